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

export interface Attendance {
  /** Names to expect at the next call. */
  readonly expected: readonly string[];
  /** Earlier repliers that are silent now, while connected workers are silent or nobody replies. */
  readonly silent: readonly string[];
}

/** Enough to name everybody, and no growth while a broker is left alone for weeks. */
const MAX_EXPECTED = 200;

/**
 * While everybody who is connected replies, whoever is missing was stopped or renamed, as every new container is:
 * that is forgotten. While somebody is silent, names are kept, so that it can be said who.
 */
export function trackAttendance(expected: readonly string[], call: RollCall): Attendance {
  const present = [...new Set(call.workers)].toSorted();
  if (call.replies > 0 && hungOf(call) === 0) return { expected: present, silent: [] };
  const silent = expected.filter((name) => !present.includes(name));
  return { expected: [...present, ...silent].slice(0, MAX_EXPECTED), silent };
}

/** Workers that are connected and do not reply. */
export const hungOf = ({ reached, replies }: RollCall): number => Math.max(0, reached - replies);

/** Why the workers are not well, in one sentence; undefined when they are. */
export function problemOf(call: RollCall, { silent }: Attendance): string | undefined {
  const { reached, replies } = call;
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
