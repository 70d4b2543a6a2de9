/** What one look at the broker cannot tell and two can: how long a message waits, who has fallen silent. Pure. */

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
  /** Connected workers: whoever the broadcast reached. */
  readonly reached: number;
  readonly replies: number;
  readonly workers: readonly string[];
}

/**
 * `silent`: has replied before and does not now, while connected workers are silent or nobody replies.
 * `gone`: stopped, or renamed, as every new container is.
 */
export type Standing = 'replying' | 'silent' | 'gone';

/** A worker that has replied to this program at some time. */
export interface KnownWorker {
  readonly name: string;
  readonly standing: Standing;
  /** Unix milliseconds. */
  readonly lastReplyAt: number;
}

/** By name. */
export type Attendance = readonly KnownWorker[];

/** Enough to name everybody, and no growth while a broker is left alone for weeks. */
const MAX_KNOWN = 200;
/** Long enough to see in the morning who went away at night. */
const GONE_KEPT_MS = 24 * 3_600_000;

/**
 * While everybody who is connected replies, whoever is missing has gone, and stays so until it replies. While
 * somebody is silent, it may be any of those that replied before: all of them are named.
 */
export function trackAttendance(before: Attendance, call: RollCall, now: number): Attendance {
  const present = new Set(call.workers);
  const isComplete = call.replies > 0 && hungOf(call) === 0;
  const missing = before
    .filter(({ name }) => !present.has(name))
    .map((worker) => ({
      ...worker,
      standing: isComplete || worker.standing === 'gone' ? ('gone' as const) : ('silent' as const),
    }))
    .filter(({ standing, lastReplyAt }) => standing === 'silent' || now - lastReplyAt <= GONE_KEPT_MS)
    .toSorted((a, b) => b.lastReplyAt - a.lastReplyAt);
  const replying = [...present].map((name) => ({ name, standing: 'replying' as const, lastReplyAt: now }));
  return [...replying, ...missing]
    .slice(0, MAX_KNOWN)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export const namesOf = (attendance: Attendance, standing: Standing): readonly string[] =>
  attendance.filter((worker) => worker.standing === standing).map(({ name }) => name);

/** Workers that are connected and do not reply. */
export const hungOf = ({ reached, replies }: RollCall): number => Math.max(0, reached - replies);

/** Why the workers are not well, in one sentence; undefined when they are. */
export function problemOf(call: RollCall, attendance: Attendance): string | undefined {
  const { reached, replies } = call;
  const silent = namesOf(attendance, 'silent');
  const names = silent.length === 0 ? '' : `; silent: ${silent.join(', ')}`;
  if (reached === 0) return `no worker is connected to the broker${names}`;
  if (replies === 0) {
    return reached === 1
      ? `the only worker that is connected does not reply: it hangs${names}`
      : `none of the ${reached} workers that are connected replies: they hang${names}`;
  }
  const hung = hungOf(call);
  if (hung === 0) return undefined;
  return `${hung} of ${reached} workers that are connected ${hung === 1 ? 'does' : 'do'} not reply${names}`;
}
