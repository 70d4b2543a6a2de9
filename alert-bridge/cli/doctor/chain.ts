/** The services around: who runs, whether the rules are loaded, whether alerts find their way to this bridge. */
import { parse } from 'yaml';
import { z } from 'zod';
import { leftOut, ok, wrong, type Check, type Finding } from '../../../common/doctor/check.ts';
import { createAlertmanagerClient } from '../../../common/clients/alertmanager.ts';
import { getJson } from '../../../common/clients/http-json.ts';
import { WATCHDOG_ALERT } from '../../model/signal.ts';

const SECTION = 'Services';
const LIMITS = { timeoutMs: 5_000, maxBytes: 8 * 1024 * 1024 };

export interface ChainOptions {
  /** `http://127.0.0.1:9847`, without a slash at the end, as all of them. */
  readonly exporter: string;
  readonly bridge: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly webhookToken: string | undefined;
}

export function chainChecks(urls: ChainOptions): readonly Check[] {
  return [
    check('exporter', (signal) => isAlive(urls.exporter, 'exporter', 'EXPORTER_URL', signal)),
    check('alert-bridge', (signal) => isAlive(urls.bridge, 'alert-bridge', 'BRIDGE_LISTEN', signal)),
    check('WEBHOOK_TOKEN', (signal) => checkToken(urls, signal)),
    check('prometheus', (signal) => checkPrometheus(urls.prometheus, signal)),
    check('alertmanager', (signal) => checkAlertmanager(urls.alertmanager, signal)),
    check('notifications', (signal) => checkNotifications(urls.prometheus, signal)),
  ];
}

const check = (name: string, look: Check['look']): Check => ({ section: SECTION, name, look });

async function isAlive(url: string, name: string, variable: string, signal: AbortSignal): Promise<Finding> {
  try {
    const { status } = await fetch(`${url}/-/ready`, { signal });
    if (status === 200) return ok(`ready at ${url}`);
    if (status === 503) return wrong(`runs at ${url} and is not ready`, `See why: curl -s ${url}/-/ready`);
    return wrong(
      `${url} answers ${status}`,
      `Something else listens there, or refuses this host: check ${variable}.`,
    );
  } catch {
    return wrong(`nothing answers at ${url}`, `Start it: docker compose up -d ${name}; or mend ${variable}.`);
  }
}

/** An empty notification: with the right token it is refused for its content, so nothing of it is ever told. */
async function checkToken({ bridge, webhookToken }: ChainOptions, signal: AbortSignal): Promise<Finding> {
  const authorization = webhookToken === undefined ? {} : { authorization: `Bearer ${webhookToken}` };
  try {
    const { status } = await fetch(`${bridge}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: '{}',
      signal,
    });
    if (status === 400)
      return ok(webhookToken === undefined ? 'not asked for' : 'the running bridge takes it');
    if (status === 401) {
      return wrong(
        'the running bridge has another WEBHOOK_TOKEN',
        'Restart it, and Alertmanager: docker compose up -d --force-recreate alert-bridge alertmanager.',
      );
    }
    return wrong(
      `the bridge answers ${status} to a POST`,
      'See its log: docker compose logs --tail 20 alert-bridge.',
    );
  } catch {
    return leftOut('the bridge does not answer');
  }
}

const rulesSchema = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ name: z.string() })) })) }),
});
const alertmanagersSchema = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) });
const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ health: z.string(), labels: z.object({ job: z.string() }) })),
  }),
});

/**
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 * @returns what asks it, by the path behind `/api/v1/`
 */
const askPrometheus =
  (url: string, signal: AbortSignal) =>
  (path: string): Promise<unknown> =>
    getJson(`${url}/api/v1/${path}`, { ...LIMITS, signal });

async function checkPrometheus(url: string, signal: AbortSignal): Promise<Finding> {
  const ask = askPrometheus(url, signal);
  let answers: readonly [unknown, unknown, unknown];
  try {
    answers = [await ask('rules'), await ask('alertmanagers'), await ask('targets?state=active')];
  } catch (error) {
    return unreachable('Prometheus', url, 'PROMETHEUS_URL', error);
  }
  const rules = rulesSchema.parse(answers[0]).data.groups.flatMap((group) => group.rules);
  const reload = 'docker compose restart prometheus.';
  if (!rules.some(({ name }) => name === WATCHDOG_ALERT)) {
    return wrong(
      `${rules.length} rules are loaded, ${WATCHDOG_ALERT} is not among them`,
      `Name prometheus/rules/*.yml under rule_files in its configuration, then: ${reload}`,
    );
  }
  if (alertmanagersSchema.parse(answers[1]).data.activeAlertmanagers.length === 0) {
    return wrong('it knows no Alertmanager', `Name it under alerting in its configuration, then: ${reload}`);
  }
  const away = targetsSchema
    .parse(answers[2])
    .data.activeTargets.flatMap(({ health, labels }) => (health === 'up' ? [] : [labels.job]));
  if (away.length > 0) {
    return wrong(`cannot scrape: ${away.join(', ')}`, `See the reason at ${url}/targets.`);
  }
  return ok(`${rules.length} rules, every target up`);
}

const configSchema = z.object({
  receivers: z.array(
    z.object({ webhook_configs: z.array(z.object({ url: z.string().nullish() })).nullish() }),
  ),
});

async function checkAlertmanager(url: string, signal: AbortSignal): Promise<Finding> {
  let config: string | undefined;
  try {
    ({ config } = await createAlertmanagerClient(url, LIMITS).status(signal));
  } catch (error) {
    return unreachable('Alertmanager', url, 'ALERTMANAGER_URL', error);
  }
  const { receivers } = configSchema.parse(parse(config ?? ''));
  const hooks = receivers.flatMap(({ webhook_configs: configs }) =>
    (configs ?? []).map((one) => one.url ?? ''),
  );
  // Newer ones show addresses as <secret>.
  const isToBridge = hooks.some(
    (hook) => hook.includes('/webhooks/alertmanager') || hook.includes('<secret>'),
  );
  if (isToBridge) return ok('its receiver is a webhook of the bridge');
  return wrong(
    'no receiver of it points to /webhooks/alertmanager',
    'Use prometheus/alertmanager.yml, then: docker compose restart alertmanager.',
  );
}

const resultSchema = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** The Watchdog is sent every minute: within two, trouble with any of them shows. */
async function checkNotifications(url: string, signal: AbortSignal): Promise<Finding> {
  const ask = askPrometheus(url, signal);
  const grown = async (counter: string): Promise<number | undefined> => {
    const answer = await ask(`query?query=${encodeURIComponent(`sum(increase(${counter}[2m]))`)}`);
    const value = resultSchema.parse(answer).data.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  };
  let failed: number | undefined;
  let refused: number | undefined;
  try {
    failed = await grown('alertmanager_notifications_failed_total');
    refused = await grown('alert_bridge_posts_rejected_total{code="unauthorized"}');
  } catch {
    return leftOut('Prometheus does not answer');
  }
  if (failed === undefined) return leftOut('Prometheus does not know yet whether they arrive');
  if (failed === 0) return ok('none of Alertmanager has failed in the last 2 minutes');
  const told = 'notifications of Alertmanager have failed in the last 2 minutes';
  if ((refused ?? 0) > 0) {
    return wrong(
      `${told}: the bridge refuses their token`,
      'Give Alertmanager the WEBHOOK_TOKEN of the bridge: docker compose up -d --force-recreate alertmanager alert-bridge.',
    );
  }
  return wrong(told, 'See the reason: docker compose logs --tail 20 alertmanager.');
}

function unreachable(title: string, url: string, variable: string, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : 'no answer';
  return wrong(`${title} does not answer at ${url}: ${reason}`, `Start it, or mend ${variable}.`);
}
