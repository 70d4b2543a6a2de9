/** Counts requests and what they took. Pure. */
import type { Sample } from '../model/collector.ts';
import { catalog } from '../metrics/catalog.ts';
import { FIRST_STATUS, LAST_STATUS, METHODS, type Request } from './request.ts';

/** What outlives a restart. By names: an index means something else once the list of routes was changed. */
export interface SavedCounters {
  readonly requests: readonly { method: string; code: number; route: string; count: number }[];
  readonly durations: readonly {
    route: string;
    bounds: readonly number[];
    counts: readonly number[];
    sum: number;
  }[];
  readonly unparsed: number;
}

export interface RequestCounters {
  /** @param route index into the names of routes */
  readonly count: (request: Request, route: number) => void;
  readonly countUnparsed: () => void;
  readonly hasRequests: boolean;
  readonly samples: () => readonly Sample[];
  readonly save: () => SavedCounters;
}

const BOUNDS: readonly number[] = catalog.httpRequestDuration.buckets;
const STATUSES = LAST_STATUS - FIRST_STATUS + 1;

/** How a failure of the application looks: at zero from the start, for growth is not seen of a series that begins with 1. */
const FAILURES = [500, 502, 503, 504];
const USERS_METHODS = ['GET', 'POST'] as const;

interface Durations {
  /** Each bucket for itself, the last for what is beyond all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

/** @param routes their names; counts of a route that is no longer among them are dropped. */
export function createRequestCounters(routes: readonly string[], saved?: SavedCounters): RequestCounters {
  const counts = new Float64Array(METHODS.length * STATUSES * routes.length);
  /** Keys that are not zero, in the order they came. */
  const used: number[] = [];
  const durations = routes.map((): Durations => ({ counts: new Float64Array(BOUNDS.length + 1), sum: 0 }));
  let unparsed = saved?.unparsed ?? 0;

  const keyOf = (method: number, status: number, route: number): number =>
    (route * STATUSES + status - FIRST_STATUS) * METHODS.length + method;
  const failures = routes.flatMap((_, route) =>
    FAILURES.flatMap((status) =>
      USERS_METHODS.map((method) => keyOf(METHODS.indexOf(method), status, route)),
    ),
  );
  const add = (method: number, status: number, route: number, count: number): void => {
    const key = keyOf(method, status, route);
    const before = counts[key] ?? 0;
    if (before === 0) used.push(key);
    counts[key] = before + count;
  };
  const seriesOf = (key: number): { method: string; code: number; route: string; count: number } => {
    const rest = Math.floor(key / METHODS.length);
    return {
      method: METHODS[key % METHODS.length] ?? '',
      code: FIRST_STATUS + (rest % STATUSES),
      route: routes[Math.floor(rest / STATUSES)] ?? '',
      count: counts[key] ?? 0,
    };
  };

  for (const { method, code, route, count } of saved?.requests ?? []) {
    const methodIndex = METHODS.findIndex((name) => name === method);
    const routeIndex = routes.indexOf(route);
    if (methodIndex >= 0 && routeIndex >= 0) add(methodIndex, code, routeIndex, count);
  }
  for (const { route, bounds, counts: before, sum } of saved?.durations ?? []) {
    const mine = durations[routes.indexOf(route)];
    if (mine === undefined || bounds.join() !== BOUNDS.join()) continue;
    mine.counts.set(before);
    mine.sum = sum;
  }

  return {
    count: ({ method, status, seconds }, route) => {
      add(method, status, route, 1);
      const mine = durations[route];
      if (mine === undefined || Number.isNaN(seconds)) return;
      const bucket = bucketOf(seconds);
      mine.counts[bucket] = (mine.counts[bucket] ?? 0) + 1;
      mine.sum += seconds;
    },
    countUnparsed: () => void (unparsed += 1),
    get hasRequests() {
      return used.length > 0;
    },
    samples: () => [
      ...[...new Set([...failures, ...used])].map(seriesOf).map(({ method, code, route, count }) => ({
        family: catalog.httpRequests,
        labels: { method, code: String(code), route },
        value: count,
      })),
      ...routes.flatMap((route, index) => histogram(route, durations[index])),
      { family: catalog.accessLogUnparsedLines, labels: {}, value: unparsed },
    ],
    save: () => ({
      requests: used.map(seriesOf),
      durations: routes.flatMap((route, index) => {
        const mine = durations[index];
        return mine === undefined ? [] : [{ route, bounds: BOUNDS, counts: [...mine.counts], sum: mine.sum }];
      }),
      unparsed,
    }),
  };
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
  return bucket;
}

/** None before the first request that tells its time. */
function histogram(route: string, durations: Durations | undefined): readonly Sample[] {
  if (durations === undefined) return [];
  const family = catalog.httpRequestDuration;
  let total = 0;
  const buckets = [...durations.counts].map((count, bucket): Sample => {
    total += count;
    return { family, labels: { route, le: String(BOUNDS[bucket] ?? '+Inf') }, value: total, part: 'bucket' };
  });
  if (total === 0) return [];
  return [
    ...buckets,
    // Sums of milliseconds: what adding fractions leaves behind them is nobody's.
    { family, labels: { route }, value: Math.round(durations.sum * 1e6) / 1e6, part: 'sum' },
    { family, labels: { route }, value: total, part: 'count' },
  ];
}
