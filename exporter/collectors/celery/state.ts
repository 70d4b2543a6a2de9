/** What one look at the broker cannot tell and two can: how long a message waits, who has fallen silent. Pure. */
import type { Reason } from '../../../common/reasons/reason.ts';
import { thresholds } from '../../../common/thresholds.ts';

/** The oldest message of one list at the time of a look. */
export interface Head {
  readonly queue: string;
  /** Key of the list: one queue has several. */
  readonly key: string;
  readonly id: string;
}

/** By key; `since` is Unix milliseconds. */
export type Heads = ReadonlyMap<
  string,
  { readonly queue: string; readonly id: string; readonly since: number }
>;

export const NO_HEADS: Heads = new Map();

/**
 * Messages carry no time, so the oldest of a list is known to wait since the look that first found it there: it
 * waits at least so long. A message that moved up since the last look counts from now.
 */
export function trackHeads(before: Heads, heads: readonly Head[], now: number): Heads {
  return new Map(
    heads.map(({ queue, key, id }) => {
      const known = before.get(key);
      return [key, { queue, id, since: known?.id === id ? Math.min(known.since, now) : now }];
    }),
  );
}

/** Per queue the time since when its oldest message waits at least, Unix milliseconds; empty queues are left out. */
export function oldestByQueue(heads: Heads): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  for (const { queue, since } of heads.values()) {
    oldest.set(queue, Math.min(since, oldest.get(queue) ?? since));
  }
  return oldest;
}

/** What came of one ping. */
export interface RollCall {
  /** Whoever heard the broadcast: workers, and anybody else who listens to that channel or to all of them. */
  readonly reached: number;
  readonly replies: number;
  /** Names of those that replied; several workers may have the same. */
  readonly workers: readonly string[];
  /** Names of the workers that are bound to the exchange of broadcasts. One that was killed stays bound. */
  readonly bound: readonly string[];
}

/**
 * `busy`: does not reply because it runs a task in the process that replies (pool `solo`).
 * `silent`: does not reply while somebody is connected who does not, or while nobody replies.
 * `gone`: stopped, or renamed, as every new container is.
 */
export type Standing = 'replying' | 'busy' | 'silent' | 'gone';

/** A worker that has replied to this program at some time, or is bound and does not reply. */
export interface KnownWorker {
  readonly name: string;
  readonly standing: Standing;
  /** Unix milliseconds; undefined for one that never replied. */
  readonly lastReplyAt: number | undefined;
}

export interface Attendance {
  /** By name. */
  readonly workers: readonly KnownWorker[];
  /** Workers that are connected, do not reply and are not busy. */
  readonly hung: number;
  readonly busy: number;
  /** Listeners that are no workers: they were there when nobody was missed. */
  readonly strangers: number;
  /** Names that were bound at the last ping. */
  readonly bound: ReadonlySet<string>;
  /** Those of them whose worker was not connected when that was certain. */
  readonly leftBehind: ReadonlySet<string>;
}

export const NOBODY: Attendance = {
  workers: [],
  hung: 0,
  busy: 0,
  strangers: 0,
  bound: new Set(),
  leftBehind: new Set(),
};

/** Enough to name everybody, and no growth while a broker is left alone for weeks. */
const MAX_KNOWN = 200;
/** Long enough to see in the morning who went away at night. */
const GONE_KEPT_MS = 24 * 3_600_000;
/** The pool `solo` knows no time limits: a task that takes longer than the application allows hangs. */
const BUSY_MAX_MS = thresholds.celeryTaskMaxSeconds.value * 1000;

/**
 * Who listens is counted by Redis, who works is known by name: from replies and from bindings. Whoever listens and
 * does not reply is a worker only if one is missed; else it is a stranger, and stays one for as long as it listens.
 * While nobody is connected beyond those that reply, whoever is missing has gone, and stays so until it replies.
 * @param mayBeBusy whether a worker of that name may run a task in the process that replies
 */
export function trackAttendance(
  before: Attendance,
  call: RollCall,
  now: number,
  mayBeBusy: (name: string) => boolean = () => false,
): Attendance {
  const present = new Set(numbered(call.workers));
  const bound = new Set(call.bound);
  const leftBehind = new Set([...before.leftBehind].filter((name) => bound.has(name) && !present.has(name)));
  const names = new Set(before.workers.map(({ name }) => name));
  const unheard = [...bound]
    .filter((name) => !names.has(name) && !leftBehind.has(name))
    .map((name) => ({ name, standing: 'silent' as const, lastReplyAt: undefined }));
  const missing = [...before.workers, ...unheard].filter(({ name }) => !present.has(name));
  // A worker that stops in order unbinds itself.
  const missed = missing.filter(
    ({ name, standing }) => standing !== 'gone' && (bound.has(name) || !before.bound.has(name)),
  );
  const isBusy = ({ name, lastReplyAt }: KnownWorker): boolean =>
    mayBeBusy(name) && lastReplyAt !== undefined && now - lastReplyAt <= BUSY_MAX_MS;

  const mute = Math.max(0, call.reached - call.replies);
  const strangers = missed.length === 0 ? mute : Math.min(before.strangers, mute);
  const working = missed.filter(isBusy).length;
  const hung = Math.min(mute - strangers, missed.length - working);
  const busy = Math.min(mute - strangers - hung, working);
  const isComplete = hung + busy === 0;
  if (isComplete) for (const name of bound) if (!present.has(name)) leftBehind.add(name);

  const standingOf = (worker: KnownWorker): Standing => {
    if (worker.standing === 'gone') return 'gone';
    // Nobody works: all that were there are named.
    if (isComplete && call.replies === 0) return 'silent';
    if (isComplete || !missed.includes(worker)) return 'gone';
    return isBusy(worker) ? 'busy' : 'silent';
  };
  const others = missing
    .map((worker) => ({ ...worker, standing: standingOf(worker) }))
    .filter(
      ({ standing, lastReplyAt }) =>
        standing !== 'gone' || (lastReplyAt !== undefined && now - lastReplyAt <= GONE_KEPT_MS),
    )
    // What only a binding tells of may have been dead for long: with nobody connected it is not worth a name.
    .filter(({ lastReplyAt }) => lastReplyAt !== undefined || !isComplete)
    .toSorted((a, b) => (b.lastReplyAt ?? now) - (a.lastReplyAt ?? now));
  const replying = [...present].map((name) => ({ name, standing: 'replying' as const, lastReplyAt: now }));
  const workers = [...replying, ...others]
    .slice(0, MAX_KNOWN)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { workers, hung, busy, strangers, bound, leftBehind };
}

/** Workers of the same name are told apart by a number, so that one of them is missed when it falls silent. */
function numbered(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

export const namesOf = ({ workers }: Attendance, standing: Standing): readonly string[] =>
  workers.filter((worker) => worker.standing === standing).map(({ name }) => name);

/** Why the workers are not well; empty when they are. */
export function problemsOf({ replies }: RollCall, attendance: Attendance): readonly Reason[] {
  const { hung, busy } = attendance;
  const connected = replies + busy + hung;
  if (connected > 0 && hung === 0) return [];
  const names = namesOf(attendance, 'silent').join(', ');
  return [
    connected === 0 ? { code: 'celery_nobody' } : { code: 'celery_hung', hung, connected },
    ...(names === '' ? [] : [{ code: 'celery_names' as const, names }]),
  ];
}
