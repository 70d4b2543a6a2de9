/**
 * What the time intervals of Alertmanager's routes keep silent, which `/api/v2/alerts` does not tell. Pure.
 *
 * Since 0.28 `/api/v2/alerts/groups` tells it (`mutedBy`). Of an older one only its configuration is known: whoever may be kept
 * silent by an interval counts as kept silent, for Alertmanager itself tells what fires when the interval ends.
 */
import { z } from 'zod';
import type { AlertGroup } from '../../../common/clients/alertmanager.ts';
import { parseMatcher } from '../../notify/matchers.ts';

type Labels = Readonly<Record<string, string>>;

/** Of an alert: the receivers that are told of it now, and those of its routes that an interval keeps silent. */
export interface Told {
  readonly receivers: readonly string[];
  readonly mutedFor: readonly string[];
}

/**
 * By fingerprint; undefined when this Alertmanager does not tell it. An alert that several groups hold for one receiver is
 * silent there only when it is in all of them.
 */
export function toldByGroups(groups: readonly AlertGroup[]): ReadonlyMap<string, Told> | undefined {
  const told = new Map<string, { active: Set<string>; muted: Set<string> }>();
  for (const { receiver, alerts } of groups) {
    for (const { fingerprint, status } of alerts) {
      // Null or a list where it is known, absent where it is not.
      if (status?.mutedBy === undefined) return undefined;
      const one = told.get(fingerprint) ?? { active: new Set(), muted: new Set() };
      told.set(fingerprint, one);
      ((status.mutedBy ?? []).length > 0 ? one.muted : one.active).add(receiver.name);
    }
  }
  return new Map(
    [...told].map(([fingerprint, { active, muted }]) => [
      fingerprint,
      { receivers: [...active], mutedFor: [...muted].filter((name) => !active.has(name)) },
    ]),
  );
}

/** https://prometheus.io/docs/alerting/latest/configuration/#route */
interface Route {
  readonly receiver?: string | null | undefined;
  readonly continue?: boolean | null | undefined;
  readonly matchers?: readonly string[] | null | undefined;
  readonly match?: Labels | null | undefined;
  readonly match_re?: Labels | null | undefined;
  readonly mute_time_intervals?: readonly string[] | null | undefined;
  readonly active_time_intervals?: readonly string[] | null | undefined;
  readonly routes?: readonly Route[] | null | undefined;
}

const names = z.array(z.string()).nullish();
const labels = z.record(z.string(), z.string()).nullish();
const routeSchema: z.ZodType<Route> = z.object({
  receiver: z.string().nullish(),
  continue: z.boolean().nullish(),
  matchers: names,
  match: labels,
  match_re: labels,
  mute_time_intervals: names,
  active_time_intervals: names,
  routes: z.lazy(() => z.array(routeSchema).nullish()),
});
export const routingSchema = z.object({ route: routeSchema });

/** Names of the intervals that the routes of a configuration name; none of what is no configuration. */
export function intervalsOf(config: unknown): readonly string[] {
  const all = (route: Route): readonly string[] => [
    ...(route.mute_time_intervals ?? []),
    ...(route.active_time_intervals ?? []),
    ...(route.routes ?? []).flatMap(all),
  ];
  const { data } = routingSchema.safeParse(config);
  return data === undefined ? [] : [...new Set(all(data.route))];
}

/** What may be silent of an alert with these labels, by the routes it takes. */
export function toldByRoutes({ route }: z.infer<typeof routingSchema>, alert: Labels): Told {
  const taken = routesOf(route, route.receiver ?? '', alert);
  const receivers = taken.filter(({ isTimed }) => !isTimed).map(({ receiver }) => receiver);
  const timed = taken.filter(({ isTimed }) => isTimed).map(({ receiver }) => receiver);
  return { receivers, mutedFor: timed.filter((receiver) => !receivers.includes(receiver)) };
}

/** The deepest routes that match, as Alertmanager walks them; the receiver is inherited, intervals are not. */
function routesOf(
  route: Route,
  inherited: string,
  alert: Labels,
): readonly { readonly receiver: string; readonly isTimed: boolean }[] {
  const receiver = route.receiver ?? inherited;
  const found: { readonly receiver: string; readonly isTimed: boolean }[] = [];
  for (const child of route.routes ?? []) {
    if (!matches(child, alert)) continue;
    found.push(...routesOf(child, receiver, alert));
    if (child.continue !== true) break;
  }
  const intervals = [...(route.mute_time_intervals ?? []), ...(route.active_time_intervals ?? [])];
  return found.length > 0 ? found : [{ receiver, isTimed: intervals.length > 0 }];
}

function matches({ matchers, match, match_re: patterns }: Route, alert: Labels): boolean {
  const written = [
    ...(matchers ?? []),
    ...Object.entries(match ?? {}).map(([label, value]) => `${label}=${JSON.stringify(value)}`),
    ...Object.entries(patterns ?? {}).map(([label, value]) => `${label}=~${JSON.stringify(value)}`),
  ];
  return written.every((one) => {
    const matcher = parseMatcher(one);
    // What cannot be read may match: then it may be silent.
    return matcher === undefined || matcher.test(alert[matcher.label] ?? '');
  });
}
