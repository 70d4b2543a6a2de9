/** When a cron expression expects somebody, across changes of the clock. Pure. */
import cronParser from 'cron-parser';
import { DateTime } from 'luxon';

export interface CronSchedule {
  /** Five fields of crontab(5), or `@daily` and its kin. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
}

const FIELDS = /^(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+(?:\s+\S+){4})$/i;

/** In the hour that is skipped in spring, at most every minute. */
const MOST_SKIPPED = 120;

/** Whether it is an expression that will ever be due. */
export function isCron(expression: string): boolean {
  try {
    return FIELDS.test(expression.trim()) && dueAfter({ expression, timezone: 'utc' }, 0) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The first time after `from` at which a run may be asked for, both Unix ms. Programs differ in what they do where the clock is
 * changed, so that nothing false may be told of any of them: what would run in an hour that is skipped is not expected on
 * that day, and what would run in an hour that comes twice has until the second one.
 */
export function dueAfter({ expression, timezone }: CronSchedule, from: number): number | undefined {
  const times = cronParser.parseExpression(expression.trim(), { currentDate: new Date(from), tz: timezone });
  const { hour, minute } = times.fields;
  for (let skipped = 0; skipped < MOST_SKIPPED; skipped += 1) {
    const due = DateTime.fromMillis(times.next().getTime(), { zone: timezone });
    // The library moves a time that does not exist to one that does.
    const exists = includes(hour, due.hour) && includes(minute, due.minute);
    if (exists) return Math.max(...due.getPossibleOffsets().map((one) => one.toMillis()));
  }
  return undefined;
}

const includes = (field: readonly number[], value: number): boolean => field.includes(value);
