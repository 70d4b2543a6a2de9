/**
 * What workers tell of themselves: `inspect active`, `reserved` and `stats`, as far as it is shown. Pure.
 *
 * Their answers hold the arguments of every task. Only the fields that are named here are ever taken over, so that
 * no argument gets further than the parser: https://github.com/celery/celery/blob/main/celery/worker/request.py.
 */
import { wellFormedText } from '../../../common/text/well-formed.ts';
import { field, isRecord } from './json.ts';

export const INSPECT_METHODS = ['active', 'reserved', 'stats'] as const;
export type InspectMethod = (typeof INSPECT_METHODS)[number];

/** `safe` sends the shortened texts of the arguments instead of the arguments: the answer stays small. */
export const INSPECT_ARGUMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  active: { safe: true },
};

export interface ActiveTask {
  readonly task: string;
  /** Unix milliseconds, by the clock of the worker; undefined for one that has not begun. */
  readonly startedAt: number | undefined;
}

export interface TaskCount {
  readonly task: string;
  readonly count: number;
}

/** Largest or oldest first; `total` counts those that are left out too. */
export interface Listing<T> {
  readonly total: number;
  readonly rows: readonly T[];
}

export interface WorkerStats {
  /** Tasks that it runs at once. */
  readonly concurrency: number | undefined;
  /** Messages that it takes ahead of acknowledging them; 0 is no limit. */
  readonly prefetch: number | undefined;
  readonly uptimeSeconds: number | undefined;
  /** Whether its tasks run in the very process that replies: the pool `solo`. */
  readonly isSolo: boolean;
  /** Tasks that it has begun since it started, by name. */
  readonly processed: Listing<TaskCount>;
}

/** Everything that one worker tells; what it has not answered is absent. */
export interface Told {
  readonly active?: Listing<ActiveTask>;
  readonly reserved?: Listing<TaskCount>;
  readonly stats?: WorkerStats;
}

/** Rows kept of each list: enough to see what goes on. */
const MAX_ROWS = 50;
const MAX_NAME_UNITS = 200;

/** What is in an answer to a call of that method; nothing for an answer of another form, such as an error. */
export function toldIn(method: string, answer: unknown): Told {
  if (method === 'active') return Array.isArray(answer) ? { active: activeIn(answer) } : {};
  if (method === 'reserved')
    return Array.isArray(answer) ? { reserved: countByName(answer.map(nameOf)) } : {};
  if (method === 'stats') return isRecord(answer) && !('error' in answer) ? { stats: statsIn(answer) } : {};
  return {};
}

function activeIn(requests: readonly unknown[]): Listing<ActiveTask> {
  const tasks = requests.map((request) => {
    const seconds = numberIn(request, 'time_start');
    return { task: nameOf(request), startedAt: seconds === undefined ? undefined : seconds * 1000 };
  });
  const age = ({ startedAt = Infinity }: ActiveTask): number => startedAt;
  const oldestFirst = tasks.toSorted((a, b) => compare(age(a), age(b)));
  return { total: tasks.length, rows: oldestFirst.slice(0, MAX_ROWS) };
}

function statsIn(answer: Readonly<Record<string, unknown>>): WorkerStats {
  const totals = Object.entries(isRecord(answer['total']) ? answer['total'] : {}).flatMap(([name, count]) =>
    isCount(count) ? [{ task: shorten(name), count }] : [],
  );
  return {
    concurrency: numberIn(answer['pool'], 'max-concurrency'),
    prefetch: numberIn(answer, 'prefetch_count'),
    uptimeSeconds: numberIn(answer, 'uptime'),
    isSolo: isSolo(answer),
    processed: largestFirst(totals),
  };
}

function isSolo(answer: Readonly<Record<string, unknown>>): boolean {
  const processes = field(answer['pool'], 'processes');
  return Array.isArray(processes) && isCount(answer['pid']) && processes.includes(answer['pid']);
}

function countByName(names: readonly string[]): Listing<TaskCount> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return largestFirst([...counts].map(([task, count]) => ({ task, count })));
}

/** Equal counts by name, so that the list is stable. */
export function largestFirst(counts: readonly TaskCount[]): Listing<TaskCount> {
  const sorted = counts.toSorted((a, b) => b.count - a.count || compare(a.task, b.task));
  return { total: counts.reduce((sum, { count }) => sum + count, 0), rows: sorted.slice(0, MAX_ROWS) };
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

function nameOf(request: unknown): string {
  const name = field(request, 'name');
  return typeof name === 'string' && name !== '' ? shorten(name) : '?';
}

export const shorten = (name: string): string =>
  name.length <= MAX_NAME_UNITS ? name : `${wellFormedText(name.slice(0, MAX_NAME_UNITS))}…`;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function numberIn(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return isCount(found) ? found : undefined;
}
