/**
 * Where the rows of a day are by primary key. Rows are created in the order of their ids, so a day's rows begin at some
 * id; the few that were dated ahead of their time lie before it and are known one by one. Pure.
 */

/** Rows from an id on, and some before it. */
export interface IdRange {
  readonly from: number;
  readonly others: readonly number[];
}

export const EVERYTHING: IdRange = { from: 0, others: [] };

interface KnownDay {
  /** Absent of a day that has not come yet. */
  readonly from?: number;
  /** Rows of the day that were read before it came. */
  readonly early: readonly number[];
}

/** By date, YYYY-MM-DD. */
export type DayIds = Readonly<Record<string, KnownDay>>;

export interface DatedId {
  readonly id: number;
  readonly date: string;
}

/** A row by its own id costs about as much as so many rows of a range: pages of the index against parts of one page. */
const ROWS_PER_PROBE = 200;
const MAX_EARLY = 1_000;

/** Ids drawn by transactions that have not ended when a day is first met. */
const UNDER_WAY = 500;
const DAYS_KEPT = 40;

/** The cheapest range that holds all `ids`, ascending, and those about to come when the largest of the table is `top`. */
export function rangeOf(ids: readonly number[], top: number): IdRange {
  const latest = Math.max(0, top - UNDER_WAY);
  const before = ids.filter((id) => id < latest);
  const costs = [...before.slice(0, MAX_EARLY), latest].map(
    (id, others) => top - id + others * ROWS_PER_PROBE,
  );
  const isAllOthers = before.length > MAX_EARLY;
  const candidates = isAllOthers ? costs.slice(0, -1) : costs;
  const best = candidates.indexOf(Math.min(...candidates));
  return { from: before[best] ?? latest, others: before.slice(0, best) };
}

/** Rows of the day and of all later ones: from the nearest known day that is not after it. */
export function rangeFrom(days: DayIds, date: string): IdRange {
  const known = Object.entries(days).toSorted(([a], [b]) => a.localeCompare(b));
  const from = known.findLast(([day, { from }]) => day <= date && from !== undefined)?.[1].from;
  if (from === undefined) return EVERYTHING;
  const others = known.flatMap(([day, { early }]) => (day >= date ? early : []));
  return { from, others: others.filter((id) => id < from) };
}

/**
 * Whether rows of the days from `oldest` to `today` can be found. A clock that was set back may come to a day that was
 * passed over, whose rows are anywhere.
 */
export function covers(days: DayIds, oldest: string, today: string): boolean {
  const met = Object.keys(days).filter((date) => days[date]?.from !== undefined);
  return met.some((date) => date <= oldest) && (met.includes(today) || met.every((date) => date < today));
}

/** Days as one reading of the whole table shows them. @param rows of those days and later ones, by id */
export function daysOf(rows: readonly DatedId[], dates: readonly string[], top: number): DayIds {
  const ids = new Map<string, number[]>(dates.map((date) => [date, []]));
  for (const { id, date } of rows) {
    const own = ids.get(date);
    if (own === undefined) ids.set(date, [id]);
    else own.push(id);
  }
  return Object.fromEntries(
    [...ids].map(([date, own]) => {
      const { from, others } = rangeOf(own, top);
      return [date, dates.includes(date) ? { from, early: others } : { early: own }];
    }),
  );
}

/** Takes rows in that were not there before. @param at today's date; the watermark before these rows; the largest id */
export function learn(
  days: DayIds,
  rows: readonly DatedId[],
  at: { readonly today: string; readonly watermark: number; readonly top: number },
): DayIds {
  const { today, watermark, top } = at;
  const next: Record<string, KnownDay> = { ...days };
  if (next[today]?.from === undefined) {
    const first = Math.min(top + 1, ...rows.flatMap(({ id, date }) => (date === today ? [id] : [])));
    const from = Math.max(watermark, first - UNDER_WAY);
    next[today] = { from, early: (next[today]?.early ?? []).filter((id) => id < from) };
  }
  for (const { id, date } of rows) {
    const known = next[date];
    if (date > today) next[date] = dateAhead(known, id);
    else if (known?.from !== undefined && id < known.from) next[date] = { ...known, from: id };
  }
  return newest(next);
}

function dateAhead(known: KnownDay | undefined, id: number): KnownDay {
  const early = [...(known?.early ?? []), id];
  if (known?.from !== undefined) return { ...known, from: Math.min(known.from, id) };
  // So many are no exceptions: the day is read from the first of them on.
  return early.length > MAX_EARLY ? { from: Math.min(...early), early: [] } : { early };
}

function newest(days: Record<string, KnownDay>): DayIds {
  const dates = Object.keys(days).toSorted().slice(-DAYS_KEPT);
  return Object.fromEntries(dates.map((date) => [date, days[date] ?? { early: [] }]));
}
