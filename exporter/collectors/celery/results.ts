/**
 * Results of tasks, as Celery keeps them in Redis under `celery-task-meta-<id>`. Redis is gone through with SCAN, in passes that a run
 * takes up where the last one stopped. Each result counts once: at the end of the first pass that began after it was
 * written. What was counted, and up to when, is on disk.
 */
import type { Redis } from 'ioredis';
import type { RedisConnection } from '../../../common/env/redis.ts';
import { ProbeError, type Collector } from '../../model/collector.ts';
import type { ProbeTiming } from '../../model/timing.ts';
import type { KpiStore } from '../../kpi/sqlite.ts';
import { redisClient } from '../redis.ts';
import { dial, redisWork, runScript, unlessCut } from './redis-work.ts';
import { RESULTS_SCRIPT, textsIn, timeIn } from './scripts.ts';
import { taskSamples, withResults, type Result, type TaskRecord, type TaskRecords } from './task-records.ts';

export interface ResultsOptions {
  readonly connection: RedisConnection;
  /** The variable that names it. */
  readonly settings: string;
  /** Of the server; undefined: that of the broker. */
  readonly database: number | undefined;
  readonly keyPrefix: string;
}

/** How much one run may ask for. */
export interface Budget {
  /** Keys of any kind that are gone past. */
  readonly keys: number;
  /** Results that are looked into, since nobody has seen them yet. */
  readonly results: number;
}

/** Each takes some 50 ms of the time of Redis 7 at most, about 1 ms at once. */
const BUDGET: Budget = { keys: 50_000, results: 5_000 };
const SCAN_COUNT = 1_000;
const RESULTS_AT_ONCE = 100;
/** Beyond it somebody keeps results for ever. */
const MAX_RESULTS = 200_000;
/** From the time that a worker notes to the result that is there, by clocks that do not quite agree. */
const SETTLED_AFTER_MS = 20_000;
const STORE_KEY = 'celery_results';

interface Saved {
  /** Unix milliseconds: what was done by then is counted. */
  readonly countedTo: number;
  readonly tasks: readonly (readonly [string, TaskRecord])[];
}

/** What has been done of one pass. */
interface Pass {
  cursor: string;
  /** Unix milliseconds: what was done by then is there. */
  readonly upTo: number;
  readonly results: Result[];
  /** Keys that need no second look. */
  readonly settled: Set<string>;
}

/** @param onRecords told of what is known after every run */
export function resultsCollector(
  { connection, settings, database, keyPrefix }: ResultsOptions,
  timing: ProbeTiming,
  store: Pick<KpiStore, 'load' | 'save'>,
  onRecords: (records: TaskRecords) => void,
  budget: Budget = BUDGET,
): Collector {
  const client = redisClient(connection);
  if (database !== undefined) client.options.db = database;
  const { during, close } = redisWork([client], { variables: settings, right: 'results_right' });
  const pattern = `${keyPrefix.replaceAll(/[\\*?[\]]/g, '\\$&')}*`;
  const saved = store.load(STORE_KEY) as Saved | undefined;
  let countedTo = saved?.countedTo ?? 0;
  let records: TaskRecords = new Map(saved?.tasks ?? []);
  let known: ReadonlySet<string> = new Set();
  let pass: Pass | undefined;

  const finish = ({ upTo, results, settled }: Pass, now: number): void => {
    // A clock that was set back: nothing counts twice, and counting goes on.
    const from = Math.min(countedTo, upTo);
    const fresh = results.filter(({ doneAt }) => doneAt > from);
    const next = withResults(records, fresh, now);
    const value: Saved = { countedTo: upTo, tasks: [...next] };
    store.save(STORE_KEY, value);
    [countedTo, records, known, pass] = [upTo, next, settled, undefined];
  };

  return {
    ...timing,
    name: 'celery_results',
    kind: 'query',
    close,
    collect: ({ now, signal }) =>
      during(signal, async (abort) => {
        await unlessCut(dial(client), abort);
        let { keys, results } = budget;
        while (keys > 0 && results > 0) {
          pass ??= { cursor: '0', upTo: now - SETTLED_AFTER_MS, results: [], settled: new Set() };
          results -= await step(client, pattern, pass, known, abort);
          keys -= SCAN_COUNT;
          if (pass.settled.size > MAX_RESULTS) {
            pass = undefined;
            throw new ProbeError({ code: 'results_many', limit: MAX_RESULTS });
          }
          if (pass.cursor !== '0') continue;
          finish(pass, now);
          break;
        }
        onRecords(records);
        return { samples: taskSamples(records) };
      }),
  };
}

/** One page of keys, and the results on it that are new. @returns how many of those were looked into */
async function step(
  client: Redis,
  pattern: string,
  pass: Pass,
  known: ReadonlySet<string>,
  abort: AbortSignal,
): Promise<number> {
  const page = client.scan(pass.cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
  const [cursor, keys] = await unlessCut(page, abort);
  const unseen = [...new Set(keys)].filter((key) => !pass.settled.has(key) && !known.has(key));
  const found: { readonly key: string; readonly row: readonly string[] }[] = [];
  for (let at = 0; at < unseen.length; at += RESULTS_AT_ONCE) {
    const some = unseen.slice(at, at + RESULTS_AT_ONCE);
    const rows = await unlessCut(runScript(client, RESULTS_SCRIPT, some), abort);
    for (const [index, key] of some.entries()) found.push({ key, row: textsIn(rows[index]) ?? [] });
  }
  // All of the page or nothing: a run that is cut short reads it again.
  pass.cursor = cursor;
  for (const key of keys) if (known.has(key)) pass.settled.add(key);
  for (const { key, row } of found) {
    const result = resultIn(row);
    // What was done since the pass began is looked at again by the next one.
    if (result === undefined ? !isFinal(row) : result.doneAt > pass.upTo) continue;
    pass.settled.add(key);
    if (result !== undefined) pass.results.push(result);
  }
  return unseen.length;
}

/** It is never written again, or nobody can read it. */
const isFinal = ([status = '']: readonly string[]): boolean =>
  ['SUCCESS', 'FAILURE', 'REVOKED', '?'].includes(status);

/** Undefined for a task that has not ended, was revoked, or whose result cannot be read. */
function resultIn([status = '', done = '', task = '', exception = '']: readonly string[]):
  Result | undefined {
  const doneAt = timeIn(done);
  if (doneAt === undefined || (status !== 'SUCCESS' && status !== 'FAILURE')) return undefined;
  return {
    task: task === '' ? undefined : task,
    doneAt,
    exception: status === 'SUCCESS' ? undefined : exception || '?',
  };
}
