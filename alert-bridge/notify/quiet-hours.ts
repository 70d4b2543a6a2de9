import { DateTime } from 'luxon';

/** From one time of day to another, over midnight when `to` is not after `from`. */
export interface QuietHours {
  /** Minutes since midnight by the clock on the wall. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly timezone: string;
}

/**
 * When the quiet hours, of those that begin on these days (1 is Monday), that hold at `now` end; undefined outside of them. Pure. Unix ms.
 * They begin and end by the clock on the wall: on the night it is set they are an hour longer or shorter. A time that is
 * skipped counts as the one an hour later, a time that comes twice as the first.
 */
export function quietUntil(
  { from, to, timezone, days }: QuietHours & { readonly days?: readonly number[] },
  now: number,
): number | undefined {
  const today = DateTime.fromMillis(now, { zone: timezone }).startOf('day');
  // Those that began yesterday may still hold.
  for (const day of [today.minus({ days: 1 }), today]) {
    if (days?.includes(day.weekday) === false) continue;
    const start = at(day, from);
    const end = at(to > from ? day : day.plus({ days: 1 }), to);
    if (start <= now && now < end) return end;
  }
  return undefined;
}

const at = (day: DateTime, minutes: number): number =>
  day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 }).toMillis();
