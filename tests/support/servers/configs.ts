/**
 * The project's own Prometheus and Alertmanager files with nothing but addresses and intervals changed, so that tests
 * and demo run what production runs. Everything not named here passes through as it is. Pure: text in, text out.
 */
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { formatDurationMs, parseDurationMs } from './durations.ts';

const duration = z.string();
const scrapeConfigSchema = z.looseObject({
  job_name: z.string(),
  scrape_interval: duration.optional(),
  scrape_timeout: duration.optional(),
  static_configs: z.array(z.looseObject({ targets: z.array(z.string()) })),
});
const prometheusSchema = z.looseObject({
  global: z.looseObject({}).default({}),
  rule_files: z.array(z.string()).optional(),
  alerting: z.looseObject({ alertmanagers: z.array(z.looseObject({})).optional() }).optional(),
  scrape_configs: z.array(scrapeConfigSchema),
});

export interface PrometheusChanges {
  /** Also the scrape time-out when it would be longer; a job's own interval gives way to it. */
  readonly scrapeIntervalMs?: number;
  readonly evaluationIntervalMs?: number;
  /** `host:port`, or several, by job name. Every job of the file must be here; null leaves the job out. */
  readonly targets: Readonly<Record<string, string | readonly string[] | null>>;
  /** `host:port` each; an empty list sends alerts nowhere. */
  readonly alertmanagers: readonly string[];
  /** Absolute paths, or relative to the folder of the written file. */
  readonly ruleFiles: readonly string[];
}

/** @throws Error when the file and `targets` do not name the same jobs. */
export function rewritePrometheusConfig(sourceYaml: string, changes: PrometheusChanges): string {
  const config = prometheusSchema.parse(parse(sourceYaml));
  const { scrapeIntervalMs, evaluationIntervalMs, targets } = changes;
  const jobs = config.scrape_configs.map((job) => job.job_name);
  for (const job of jobs) {
    if (targets[job] === undefined)
      throw new Error(`No target is given for job "${job}" (null leaves it out)`);
  }
  for (const job of Object.keys(targets)) {
    if (!jobs.includes(job)) throw new Error(`The file has no job "${job}"; it has ${jobs.join(', ')}`);
  }

  const interval = scrapeIntervalMs === undefined ? undefined : formatDurationMs(scrapeIntervalMs);
  const scrapeConfigs = config.scrape_configs.flatMap(({ scrape_interval, scrape_timeout, ...job }) => {
    const target = targets[job.job_name];
    if (target === null || target === undefined) return [];
    const own = interval === undefined ? { scrape_interval, scrape_timeout } : {};
    return [
      {
        ...job,
        ...withoutUndefined(own),
        static_configs: job.static_configs.map((s) => ({ ...s, targets: [target].flat() })),
      },
    ];
  });
  const [firstAlertmanager = {}] = config.alerting?.alertmanagers ?? [];
  return stringify({
    ...config,
    global: {
      ...config.global,
      ...(interval === undefined ? {} : { scrape_interval: interval, scrape_timeout: interval }),
      ...(evaluationIntervalMs === undefined
        ? {}
        : { evaluation_interval: formatDurationMs(evaluationIntervalMs) }),
    },
    rule_files: [...changes.ruleFiles],
    alerting: {
      ...config.alerting,
      alertmanagers:
        changes.alertmanagers.length === 0
          ? []
          : [{ ...firstAlertmanager, static_configs: [{ targets: [...changes.alertmanagers] }] }],
    },
    scrape_configs: scrapeConfigs,
  });
}

interface Route {
  [key: string]: unknown;
  group_wait?: string | undefined;
  group_interval?: string | undefined;
  repeat_interval?: string | undefined;
  routes?: Route[] | undefined;
}
const routeSchema: z.ZodType<Route> = z.lazy(() =>
  z.looseObject({
    group_wait: duration.optional(),
    group_interval: duration.optional(),
    repeat_interval: duration.optional(),
    routes: z.array(routeSchema).optional(),
  }),
);
const webhookSchema = z.looseObject({ url: z.string(), http_config: z.looseObject({}).optional() });
const alertmanagerSchema = z.looseObject({
  route: routeSchema,
  receivers: z.array(z.looseObject({ name: z.string(), webhook_configs: z.array(webhookSchema).optional() })),
});

export interface AlertmanagerChanges {
  /**
   * Of the receiver `alert-bridge`, one for each of its webhooks; those of other receivers move to the origin of the
   * first and keep their path.
   */
  readonly webhookUrl: string | readonly [string, ...string[]];
  /** The bearer token, as a file or as text; with neither, no Authorization header is sent. */
  readonly tokenFile?: string;
  readonly token?: string;
  /** Of the top route; nested routes keep theirs, times `factor`. */
  readonly groupWaitMs?: number;
  readonly groupIntervalMs?: number;
  readonly repeatIntervalMs?: number;
  /** Multiplies every interval of the route tree that is not given above; default 1. */
  readonly factor?: number;
}

/** @throws Error when the file has no receiver `alert-bridge` with as many webhooks as there are addresses. */
export function rewriteAlertmanagerConfig(sourceYaml: string, changes: AlertmanagerChanges): string {
  const config = alertmanagerSchema.parse(parse(sourceYaml));
  const bridge = config.receivers.find((receiver) => receiver.name === 'alert-bridge');
  const urls = typeof changes.webhookUrl === 'string' ? ([changes.webhookUrl] as const) : changes.webhookUrl;
  if (bridge?.webhook_configs?.length !== urls.length) {
    throw new Error(`The file has no receiver "alert-bridge" with webhook_configs for ${urls.length}`);
  }
  const receivers = config.receivers.map((receiver) => ({
    ...receiver,
    ...(receiver.webhook_configs === undefined
      ? {}
      : {
          webhook_configs: receiver.webhook_configs.map((webhook, index) => ({
            ...webhook,
            url: (receiver === bridge ? urls[index] : undefined) ?? moveToOrigin(webhook.url, urls[0]),
            http_config: { ...webhook.http_config, authorization: authorization(changes) },
          })),
        }),
  }));
  const route = withoutUndefined({
    ...scaleRoute(config.route, changes.factor ?? 1),
    ...given('group_wait', changes.groupWaitMs),
    ...given('group_interval', changes.groupIntervalMs),
    ...given('repeat_interval', changes.repeatIntervalMs),
  });
  return stringify({ ...config, route, receivers });
}

export interface RuleChanges {
  /** New `for:` of every alert. */
  readonly forMs?: number;
  /** Multiplies `for:` where `forMs` is not given, and `keep_firing_for:`; default 1. */
  readonly factor?: number;
  /** New `interval:` of every group; without it the group's own, or the file's evaluation interval. */
  readonly intervalMs?: number;
}

const rulesSchema = z.looseObject({
  groups: z.array(
    z.looseObject({
      rules: z.array(
        z.looseObject({
          alert: z.string().optional(),
          for: duration.optional(),
          keep_firing_for: duration.optional(),
          annotations: z.looseObject({ pending_for: duration.optional() }).optional(),
        }),
      ),
    }),
  ),
});

/** A rule file whose alerts fire sooner; expressions, labels and texts stay. */
export function scaleRules(sourceYaml: string, { forMs, factor = 1, intervalMs }: RuleChanges): string {
  const file = rulesSchema.parse(parse(sourceYaml));
  const waits = (own: string | undefined): string | undefined =>
    forMs === undefined ? scaled(own, factor) : formatDurationMs(forMs);
  const groups = file.groups.map((group) => ({
    ...group,
    ...given('interval', intervalMs),
    rules: group.rules.map((rule) =>
      rule.alert === undefined
        ? rule
        : withoutUndefined({
            ...rule,
            for: waits(rule.for),
            keep_firing_for: scaled(rule.keep_firing_for, factor),
            // `pending_for` says what `for` says.
            annotations:
              rule.annotations?.pending_for === undefined
                ? rule.annotations
                : { ...rule.annotations, pending_for: waits(rule.for) },
          }),
    ),
  }));
  return stringify({ ...file, groups });
}

function scaleRoute(route: Route, factor: number): Route {
  return withoutUndefined({
    ...route,
    group_wait: scaled(route.group_wait, factor),
    group_interval: scaled(route.group_interval, factor),
    repeat_interval: scaled(route.repeat_interval, factor),
    routes: route.routes?.map((child) => scaleRoute(child, factor)),
  });
}

function scaled(text: string | undefined, factor: number): string | undefined {
  return text === undefined ? undefined : formatDurationMs(parseDurationMs(text) * factor);
}

function given(key: string, ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { [key]: formatDurationMs(ms) };
}

function authorization({ token, tokenFile }: AlertmanagerChanges): Record<string, string> | undefined {
  if (tokenFile !== undefined) return { type: 'Bearer', credentials_file: tokenFile };
  return token === undefined ? undefined : { type: 'Bearer', credentials: token };
}

function moveToOrigin(url: string, target: string): string {
  const { pathname, search } = new URL(url);
  return `${new URL(target).origin}${pathname}${search}`;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
