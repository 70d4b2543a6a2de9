/**
 * The answer of the exporter's `GET /api/v1/daily/YYYY-MM-DD`: what the daily report prints. The exporter checks what
 * it sends and the alert bridge what it receives against this one schema, for they never import each other.
 *
 * A section that could not be read is null, never zero. Amounts are in units of their currency and never added across
 * currencies.
 */
import { z } from 'zod';

const count = z.int().nonnegative();
const date = z.iso.date();

/** Null where an older release has recorded the day. */
const countSinceLater = count.nullable().default(null);

/** Sums by currency (ISO 4217), largest first, and how many entries each is of. */
const amounts = z.array(z.strictObject({ currency: z.string(), amount: z.number(), count: countSinceLater }));
const bookings = z.strictObject({ count, amounts });

const dailyCategorySchema = z.strictObject({
  /** As people named it, emoji included; the same name of many people is one category. */
  name: z.string(),
  currency: z.string(),
  amount: z.number(),
  count,
});

const dailyProviderSchema = z.strictObject({
  provider: z.string(),
  requests: count,
  failed: count,
  /** Of the calls that have a count; null when none has. */
  tokens: count.nullable(),
  /** Of the calls that have a cost; null when none has. */
  cost_usd: z.number().nonnegative().nullable(),
});

/** One day of the picture; null where that day is not known. */
const dailyPointSchema = z.strictObject({
  date,
  active_users: count.nullable(),
  new_users: count.nullable(),
  expenses: bookings.nullable(),
  incomes: bookings.nullable(),
  ai_requests: count.nullable(),
  ai_cost_usd: z.number().nonnegative().nullable(),
});

export const dailyFiguresSchema = z.strictObject({
  date,
  /** IANA name of the zone whose calendar day this is. */
  timezone: z.string(),
  /** When the figures were counted. */
  counted_at: z.iso.datetime(),
  users: z
    .strictObject({
      /** Registered by the end of the day. */
      total: count,
      active: count,
      new: count,
      /** Of those registered seven days before, the share active on the day; null when nobody registered then. */
      retention_7d_ratio: z.number().min(0).max(1).nullable(),
    })
    .nullable(),
  expenses: bookings.nullable(),
  incomes: bookings.nullable(),
  subscriptions: z
    .strictObject({
      /** Trials too. */
      active: count,
      /** People with an active subscription that they paid for. */
      paying_people: countSinceLater,
      /** People who have nothing but trials. */
      trial_people: countSinceLater,
      /** Telegram Stars paid on the day. */
      payments_stars: count,
    })
    .nullable(),
  ai: z.array(dailyProviderSchema).nullable(),
  /** At most ten of each currency, largest amount first. */
  top_categories: z.array(dailyCategorySchema).nullable(),
  /** Oldest first, the day itself last. */
  last_30_days: z.array(dailyPointSchema).length(30),
});

/** The sum of what is known; null when something was there and nothing of it is known. */
export function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 && values.length > 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

export type DailyFigures = z.infer<typeof dailyFiguresSchema>;
export type DailyPoint = z.infer<typeof dailyPointSchema>;
