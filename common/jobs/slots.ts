/** When scheduled work is due. Pure. */
import { DateTime } from 'luxon';

export type JobRule =
  /** A wall-clock time of the operator's zone, HH:mm: once each calendar day, whatever the clocks do. */
  | { readonly dailyAt: string }
  /** Counted from the full hour; a divisor of 60. */
  | { readonly everyMinutes: number };

const MINUTE_MS = 60_000;

/** The last slot that is not after `now`. All times are Unix milliseconds. */
export function latestSlot(rule: JobRule, timezone: string, now: number): number {
  if ('everyMinutes' in rule) return now - (now % (rule.everyMinutes * MINUTE_MS));
  const today = slotOfDay(rule.dailyAt, DateTime.fromMillis(now, { zone: timezone }));
  if (today <= now) return today;
  return slotOfDay(rule.dailyAt, DateTime.fromMillis(now, { zone: timezone }).minus({ days: 1 }));
}

/** The first slot after `now`. */
export function nextSlot(rule: JobRule, timezone: string, now: number): number {
  if ('everyMinutes' in rule) return latestSlot(rule, timezone, now) + rule.everyMinutes * MINUTE_MS;
  const today = slotOfDay(rule.dailyAt, DateTime.fromMillis(now, { zone: timezone }));
  if (today > now) return today;
  return slotOfDay(rule.dailyAt, DateTime.fromMillis(now, { zone: timezone }).plus({ days: 1 }));
}

/** A time that clocks skip is the moment they resume; one that comes twice is the first. */
function slotOfDay(time: string, day: DateTime): number {
  const [hour, minute] = time.split(':').map(Number);
  return day
    .startOf('day')
    .set({ hour: hour ?? 0, minute: minute ?? 0 })
    .toMillis();
}
