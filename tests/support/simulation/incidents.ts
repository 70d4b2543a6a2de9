import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { prometheusFolder, secondsOf } from '../../unit/prometheus/rule-files.ts';
import type { Labels } from './promtool.ts';

/** The alerts that fire from `time` until the next moment. */
export interface Moment {
  readonly time: number;
  readonly firing: readonly Labels[];
}

/** What the chat sees of the alerts of one group: a message when it starts, a message when it ends. */
export interface Incident {
  readonly alertname: string;
  readonly component: string;
  readonly severity: string;
  /** Seconds of the simulation at which its start was told, every time. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}
type Matcher = (labels: Labels) => boolean;

export interface Routing {
  /** Whether a person is told of an alert at all. */
  readonly isTold: (labels: Labels) => boolean;
  readonly groupBy: readonly string[];
  /** Seconds. */
  readonly groupWait: (labels: Labels) => number;
  readonly groupInterval: number;
  readonly inhibitRules: readonly InhibitRule[];
}

const configSchema = z.object({
  route: z.object({
    receiver: z.string(),
    group_by: z.array(z.string()),
    group_wait: z.string(),
    group_interval: z.string(),
    routes: z.array(
      z.object({
        matchers: z.array(z.string()),
        receiver: z.string().optional(),
        group_wait: z.string().optional(),
        // Routes that pass an alert on, or have routes below them, are not known here.
        continue: z.literal(false).optional(),
        routes: z.never().optional(),
      }),
    ),
  }),
  inhibit_rules: z.array(
    z.strictObject({
      source_matchers: z.array(z.string()),
      target_matchers: z.array(z.string()),
      equal: z.array(z.string()).default([]),
    }),
  ),
});

/** How prometheus/alertmanager.yml groups and inhibits. */
export function projectRouting(): Routing {
  const text = readFileSync(join(prometheusFolder, 'alertmanager.yml'), 'utf8');
  const { route, inhibit_rules: rules } = configSchema.parse(parse(text));
  const routes = route.routes.map((one) => ({ ...one, matchers: one.matchers.map(matcher) }));
  const routeOf = (labels: Labels) => ({
    ...route,
    ...routes.find(({ matchers }) => matchAll(matchers, labels)),
  });
  return {
    // What is for information only is no message, but it may inhibit others.
    isTold: (labels) => labels['severity'] !== 'info' && routeOf(labels).receiver === route.receiver,
    groupBy: route.group_by,
    groupWait: (labels) => secondsOf(routeOf(labels).group_wait ?? route.group_wait),
    groupInterval: secondsOf(route.group_interval),
    inhibitRules: rules.map(({ source_matchers: source, target_matchers: target, equal }) => ({
      source: source.map(matcher),
      target: target.map(matcher),
      equal,
    })),
  };
}

/**
 * `name="value"` and its kin. A label that is missing is an empty one; an expression must match the whole value.
 * https://prometheus.io/docs/alerting/latest/configuration/#matcher
 * @throws Error for anything else
 */
export function matcher(text: string): Matcher {
  const found = /^\s*(?<name>\w+)\s*(?<operator>=~|!~|!=|=)\s*"?(?<value>[^"]*)"?\s*$/.exec(text)?.groups;
  if (found === undefined) throw new Error(`Not a matcher: ${text}`);
  const { name = '', operator = '', value = '' } = found;
  const whole = new RegExp(`^(?:${operator.endsWith('~') ? value : ''})$`);
  const matches = (actual: string): boolean =>
    operator.endsWith('~') ? whole.test(actual) : actual === value;
  return (labels) => matches(labels[name] ?? '') !== operator.startsWith('!');
}

const matchAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((one) => one(labels));

/** Whether another alert speaks for this one. What matches both sides of a rule does not inhibit its like, nor itself. */
export function isInhibited(
  target: Labels,
  firing: readonly Labels[],
  rules: readonly InhibitRule[],
): boolean {
  return rules.some((rule) => {
    if (!matchAll(rule.target, target)) return false;
    const matchesBoth = matchAll(rule.source, target);
    return firing.some(
      (source) =>
        matchAll(rule.source, source) &&
        !(matchesBoth && matchAll(rule.target, source)) &&
        rule.equal.every((label) => (source[label] ?? '') === (target[label] ?? '')),
    );
  });
}

/** Alertmanager's view of the alerts of one group. */
interface Group {
  readonly labels: Labels;
  /** Alerts that were told as firing and not as over yet. */
  readonly told: Map<string, Labels>;
  /** When it looks next; `undefined` while it has no alert. */
  nextFlush: number | undefined;
  held: ReadonlySet<string>;
  readonly starts: number[];
  readonly ends: number[];
}

/** The incidents of these moments, which are in order, as Alertmanager tells the bridge of them. */
export function incidentsOf(moments: readonly Moment[], routing: Routing = projectRouting()): Incident[] {
  const groups = new Map<string, Group>();
  for (const [index, { time, firing }] of moments.entries()) {
    const byGroup = grouped(firing.filter(routing.isTold), routing);
    for (const [key, [labels = {}]] of byGroup) {
      const group = groups.get(key) ?? newGroup(labels);
      groups.set(key, group);
      group.nextFlush ??= time + routing.groupWait(labels);
    }
    const until = moments[index + 1]?.time ?? time + routing.groupInterval;
    for (const [key, group] of groups)
      while (group.nextFlush !== undefined && group.nextFlush < until)
        flush(group, byGroup.get(key) ?? [], firing, routing);
  }
  return [...groups.values()]
    .filter(({ starts }) => starts.length > 0)
    .map(({ labels, starts, ends }) => ({
      alertname: labels['alertname'] ?? '',
      component: labels['component'] ?? '',
      severity: labels['severity'] ?? '',
      starts,
      ends,
    }))
    .toSorted((a, b) => (a.starts[0] ?? 0) - (b.starts[0] ?? 0));
}

function grouped(alerts: readonly Labels[], { groupBy }: Routing): Map<string, Labels[]> {
  const groups = new Map<string, Labels[]>();
  for (const labels of alerts) {
    const key = JSON.stringify(groupBy.map((label) => labels[label] ?? ''));
    groups.set(key, [...(groups.get(key) ?? []), labels]);
  }
  return groups;
}

const newGroup = (labels: Labels): Group => ({
  labels,
  told: new Map(),
  nextFlush: undefined,
  held: new Set(),
  starts: [],
  ends: [],
});

/** Tells what is new and nobody else speaks for. An end is told by the same rule: one that is inhibited is lost. */
function flush(group: Group, own: readonly Labels[], firing: readonly Labels[], routing: Routing): void {
  const now = group.nextFlush ?? 0;
  const current = new Map(own.map((labels) => [JSON.stringify(labels), labels]));
  const isHeard = (labels: Labels): boolean => !isInhibited(labels, firing, routing.inhibitRules);
  const wasTold = group.told.size > 0;
  for (const [key, labels] of current) if (isHeard(labels)) group.told.set(key, labels);
  if (!wasTold && group.told.size > 0) group.starts.push(now);
  // Only what Alertmanager still holds is told as over; then it forgets it.
  const isOver = [...group.held].filter((key) => !current.has(key));
  for (const key of isOver) {
    const labels = group.told.get(key);
    if (labels === undefined || !isHeard(labels)) continue;
    group.told.delete(key);
    if (group.told.size === 0) group.ends.push(now);
  }
  group.held = new Set(current.keys());
  group.nextFlush = current.size === 0 ? undefined : now + routing.groupInterval;
}
