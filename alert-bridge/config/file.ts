/** The shape of `alert-bridge/config.yml`, which says what each key means. */
import { SEVERITIES } from '../model/severity.ts';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { duration } from '../../common/time/duration.ts';
import { timeOfDay } from '../../common/time/time-of-day.ts';
import { isCron } from '../monitor/cron.ts';
import { policyKeys } from './notification-keys.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const fileSchema = z.strictObject({
  ...policyKeys,
  duplicate_window: duration({ minMs: 0, maxMs: DAY_MS }).default(60 * MINUTE_MS),
  keep_settled: duration({ minMs: 60 * MINUTE_MS, maxMs: 365 * DAY_MS }).default(7 * DAY_MS),
  keep_incidents: duration({ minMs: DAY_MS, maxMs: 365 * DAY_MS }).default(30 * DAY_MS),
  watchdog: z
    .strictObject({ silent_after: duration({ minMs: 1_000, maxMs: DAY_MS }).default(5 * MINUTE_MS) })
    .prefault({}),
  checkins: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]{1,64}$/, 'Write letters, digits, dots, dashes and underscores'),
        period: duration({ minMs: 1_000, maxMs: 365 * DAY_MS }).optional(),
        cron: z
          .string()
          .refine(isCron, 'Write the five fields of a crontab, such as "30 3 * * *", or @daily')
          .optional(),
        timezone: z
          .string()
          .refine((name) => IANAZone.isValidZone(name), 'Write an IANA time zone, such as Europe/Moscow')
          .optional(),
        grace: duration({ minMs: 0, maxMs: 365 * DAY_MS }).default(MINUTE_MS),
        max_duration: duration({ minMs: 1_000, maxMs: 365 * DAY_MS }).optional(),
        severity: z.enum(SEVERITIES).default('critical'),
      }),
    )
    .refine(
      (all) => all.every(({ period, cron }) => (period === undefined) !== (cron === undefined)),
      'Give every check-in either a period or a cron expression',
    )
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'Give every check-in a name of its own',
    )
    .default([]),
  reconcile: z
    .strictObject({
      every: duration({ minMs: 500, maxMs: DAY_MS }).default(5 * MINUTE_MS),
      confirm_after: duration({ minMs: 500, maxMs: DAY_MS }).default(2 * MINUTE_MS),
      gap_after: duration({ minMs: 0, maxMs: DAY_MS }).default(MINUTE_MS),
    })
    .prefault({}),
  secret_max_age_days: z
    .int('Write a whole number of days, 0 for never')
    .min(0, 'Write a whole number of days, 0 for never')
    .max(3650, 'Write at most 3650 days, 0 for never')
    .default(90),
  tell_start_and_stop: z.boolean('Write true or false').default(true),
  report: z
    .strictObject({
      enabled: z.boolean().default(true),
      at: timeOfDay.prefault('10:00'),
      give_up_at: timeOfDay.prefault('12:00'),
    })
    .refine(({ at, give_up_at: giveUpAt }) => at < giveUpAt, {
      path: ['give_up_at'],
      error: 'Write a time later on the same day than `at`',
    })
    .prefault({}),
  pictures: z
    .strictObject({
      enabled: z.boolean().default(true),
      window: duration({ minMs: 10 * MINUTE_MS, maxMs: 7 * DAY_MS }).default(3 * 60 * MINUTE_MS),
    })
    .prefault({}),
  second_channel: z
    .strictObject({ after: duration({ minMs: 1_000, maxMs: DAY_MS }).default(50_000) })
    .prefault({}),
  talk: z
    .strictObject({
      morning: timeOfDay.prefault('09:00'),
      announce_before: duration({ minMs: MINUTE_MS, maxMs: 60 * MINUTE_MS }).default(10 * MINUTE_MS),
    })
    .prefault({}),
  telegram: z
    .strictObject({ timeout: duration({ minMs: 1_000, maxMs: 2 * MINUTE_MS }).default(15_000) })
    .prefault({}),
});
