/** Facts about the alerts of one incident: which is worst, in what they differ, since when. Pure. */
import { severityOf, type AlertBody } from '../model/signal.ts';
import { urgencyOf } from '../model/severity.ts';
import type { AlertIncident, Draft } from '../model/incident.ts';

const rank = (alert: AlertBody): number => urgencyOf(severityOf(alert));

export interface Members {
  /** Firing before resolved, worst before mild, old before new. */
  readonly all: readonly AlertBody[];
  readonly firing: number;
  readonly resolved: number;
  /** The one the message speaks of; absent when the incident has no member. */
  readonly lead?: AlertBody;
  /** Earliest start of those that still fire, of all when none does; Unix ms. */
  readonly startedAt: number;
  /** Latest end of the resolved ones, Unix ms. */
  readonly endedAt: number;
}

export function membersOf(incident: Draft<AlertIncident>): Members {
  const order = (a: AlertBody, b: AlertBody): number =>
    Number(a.status === 'resolved') - Number(b.status === 'resolved') ||
    rank(a) - rank(b) ||
    a.startsAt - b.startsAt;
  const all = Object.values(incident.members).sort(order);
  const resolved = all.filter((alert) => alert.status === 'resolved');
  const firing = all.length - resolved.length;
  const [lead] = all;
  return {
    all,
    firing,
    resolved: resolved.length,
    ...(lead === undefined ? {} : { lead }),
    startedAt: earliest(firing > 0 ? all.slice(0, firing) : all) ?? incident.lastAt,
    endedAt: latest(resolved, incident.lastAt),
  };
}

function earliest(alerts: readonly AlertBody[]): number | undefined {
  return alerts.reduce<number | undefined>(
    (found, { startsAt }) => (found === undefined ? startsAt : Math.min(found, startsAt)),
    undefined,
  );
}

/** A resolved alert that does not say when it ended, ended by the time it was last heard of. */
function latest(resolved: readonly AlertBody[], lastAt: number): number {
  if (resolved.length === 0) return lastAt;
  return resolved.reduce((found, { endsAt }) => Math.max(found, endsAt ?? lastAt), -Infinity);
}

/** A label by a name that came from outside: `constructor` is one too. Empty when the alert has none. */
export function labelOf({ labels }: AlertBody, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

/** Names of the labels that are not the same on all alerts, sorted; `severity` is shown in another way. */
export function differingLabels(alerts: readonly AlertBody[]): readonly string[] {
  const [first, ...others] = alerts;
  if (first === undefined) return [];
  const common = new Map(Object.entries(first.labels));
  const differing = new Set<string>();
  for (const { labels } of others) {
    const entries = Object.entries(labels);
    for (const [name, value] of entries) if (common.get(name) !== value) differing.add(name);
    for (const name of common.keys()) if (!Object.hasOwn(labels, name)) differing.add(name);
  }
  differing.delete('severity');
  return [...differing].sort();
}
