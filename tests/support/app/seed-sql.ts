/**
 * The statements that make a year of the application's life, all of it on the server. Every draw is a hash of the row
 * and the seed, so the same seed gives the same rows whatever plan PostgreSQL chooses.
 */
import pg from 'pg';
import { OWN_CATEGORY_CANARY, PRIVATE_CANARIES, telegramId } from './database.ts';
import { CURRENCIES, EXPENSE_CATEGORIES, INCOME_CATEGORIES, PROVIDERS, STARS } from './market.ts';

export interface SeedPlan {
  readonly users: number;
  readonly days: number;
  readonly now: Date;
  readonly timezone: string;
  readonly rngSeed: number;
}

const text = (value: string) => pg.escapeLiteral(value);
const values = (rows: readonly (readonly (string | number)[])[]) =>
  rows
    .map((row) => `(${row.map((cell) => (typeof cell === 'string' ? text(cell) : String(cell))).join(', ')})`)
    .join(', ');

/** Rows `(slot, …, low, high)`: a uniform number in [low, high) picks the row. */
function ladder<T extends { readonly weight: number }>(
  items: readonly T[],
  columns: (item: T) => readonly (string | number)[],
): string {
  let low = 0;
  return values(
    items.map((item, index) => {
      const row = [index + 1, ...columns(item), low, low + item.weight];
      low += item.weight;
      return row;
    }),
  );
}

const OWN_SLOT = EXPENSE_CATEGORIES.length + 1;
const SLOTS = OWN_SLOT + 3;

/** Temporary functions and tables of the seeding session; they vanish with it. */
export function preparation({ days, now, timezone, rngSeed }: SeedPlan): string {
  return `
    CREATE FUNCTION pg_temp.draw(key bigint, purpose int) RETURNS double precision IMMUTABLE LANGUAGE sql AS
      $$ SELECT (hashint8extended($1, $2 + ${Math.trunc(rngSeed)}::bigint * 1000) & 2147483647) / 2147483648.0::double precision $$;
    CREATE FUNCTION pg_temp.bell(key bigint, purpose int) RETURNS double precision IMMUTABLE LANGUAGE sql AS
      $$ SELECT sqrt(-2 * ln(1 - pg_temp.draw($1, $2))) * cos(2 * pi() * pg_temp.draw($1, $2 + 500)) $$;
    -- Breakfast, lunch and evening: seconds after local midnight.
    CREATE FUNCTION pg_temp.second_of_day(key bigint, purpose int) RETURNS double precision IMMUTABLE LANGUAGE sql AS
      $$ SELECT least(86399, greatest(0, 3600 * (
           CASE WHEN pg_temp.draw($1, $2) < 0.25 THEN 9.5 WHEN pg_temp.draw($1, $2) < 0.55 THEN 13.5 ELSE 19.5 END
           + 1.8 * pg_temp.bell($1, $2 + 1)))) $$;
    CREATE TEMP TABLE edge AS
      SELECT ${text(now.toISOString())}::timestamptz AS now, ${text(timezone)}::text AS zone,
             (${text(now.toISOString())}::timestamptz AT TIME ZONE ${text(timezone)})::date AS today,
             (${text(now.toISOString())}::timestamptz AT TIME ZONE ${text(timezone)})::date - ${days} AS first_day;
    CREATE TEMP TABLE kind (slot, name, typical, low, high) AS
      VALUES ${ladder(EXPENSE_CATEGORIES, (kind) => [kind.name, kind.typicalRub])};
    CREATE TEMP TABLE money (slot, code, per_rub, low, high) AS
      VALUES ${ladder(CURRENCIES, (currency) => [currency.code, currency.perRub])};
    CREATE TEMP TABLE provider (slot, service, model, failure_ratio, seconds, usd_per_token, low, high) AS
      VALUES ${ladder(PROVIDERS, (p) => [p.service, p.model, p.failureRatio, p.typicalSeconds, p.usdPerToken])};`;
}

/** Registrations come faster towards the end: user i of N joins at the share (i/N)^0.75 of the time. */
export function people({ users, days }: SeedPlan): string {
  return `
    INSERT INTO users_profile (id, telegram_id, language_code, timezone, currency, is_active, bot_blocked, bot_blocked_at,
      created_at, updated_at, is_beta_tester, beta_access_key, accepted_privacy, accepted_offer,
      acquisition_source, acquisition_campaign, acquisition_date, acquisition_details)
    SELECT i, ${telegramId(0)} + i, CASE WHEN code = 'RUB' THEN 'ru' ELSE 'en' END, edge.zone, code, true,
      blocked_at IS NOT NULL, blocked_at, joined, joined, i % 50 = 0, CASE WHEN i % 50 = 0 THEN ${text(PRIVATE_CANARIES.betaKey)} || i END,
      true, true, (ARRAY['organic', 'blogger', 'ads', 'referral'])[1 + (pg_temp.draw(i, 1) * 4)::int % 4], 'launch', joined,
      jsonb_build_object('name', ${text(`${PRIVATE_CANARIES.personName} Иван Петров `)} || i, 'username', ${text(PRIVATE_CANARIES.username)} || i)
    FROM edge, generate_series(1, ${users}) AS i
    CROSS JOIN LATERAL (SELECT code FROM money WHERE pg_temp.draw(i, 2) >= low AND pg_temp.draw(i, 2) < high LIMIT 1) AS money
    CROSS JOIN LATERAL (SELECT first_day + floor(${days + 1} * power((i - 0.5) / ${users}, 0.75))::int AS day) AS calendar
    CROSS JOIN LATERAL (SELECT CASE
      WHEN day = today THEN now - pg_temp.draw(i, 3) * (now - (today::timestamp AT TIME ZONE zone))
      ELSE (day + make_interval(secs => pg_temp.second_of_day(i, 4))) AT TIME ZONE zone END AS joined) AS arrival
    CROSS JOIN LATERAL (SELECT CASE WHEN pg_temp.draw(i, 6) < 0.15 AND joined + interval '480 hours' < now
      THEN joined + pg_temp.draw(i, 7) * (now - joined) END AS blocked_at) AS farewell;

    INSERT INTO expenses_category (id, profile_id, name, name_ru, icon, created_at, updated_at)
    SELECT (u.id - 1) * ${SLOTS} + slot, u.id, name, name, '', u.created_at, u.created_at
    FROM users_profile AS u, (SELECT slot, name FROM kind UNION ALL SELECT ${OWN_SLOT}, ${text(OWN_CATEGORY_CANARY)}) AS k;
    INSERT INTO incomes_category (id, profile_id, name, name_ru, icon, created_at, updated_at)
    SELECT (u.id - 1) * ${INCOME_CATEGORIES.length} + slot, u.id, name, name, '', u.created_at, u.created_at
    FROM users_profile AS u, (VALUES ${values(INCOME_CATEGORIES.map((name, index) => [index + 1, name]))}) AS k (slot, name);`;
}

/** Who writes on which day: an own rate, busier week-ends, four in ten leave within weeks, the others slowly. */
const ACTIVITY = `
  users_profile AS u
  CROSS JOIN edge
  CROSS JOIN LATERAL (SELECT (u.created_at AT TIME ZONE zone)::date AS joined_day) AS j
  CROSS JOIN LATERAL generate_series(0, today - joined_day) AS age
  CROSS JOIN LATERAL (SELECT joined_day + age AS day, u.id * 10000 + age AS visit) AS d`;
const IS_ACTIVE = `
  pg_temp.draw(visit, 10) < (0.3 + 0.7 * pg_temp.draw(u.id, 11))
    * (ARRAY[0.85, 0.85, 0.9, 0.95, 1.1, 1.2, 1.0])[extract(isodow FROM day)::int]
    * exp(-age / CASE WHEN pg_temp.draw(u.id, 12) < 0.4 THEN 12.0 ELSE 420.0 END)
  AND (u.bot_blocked_at IS NULL OR day < (u.bot_blocked_at AT TIME ZONE zone)::date)`;
/** On the first day people write right after they have joined; \`salt\` must differ between the tables. */
const writtenAt = (salt: number) => `CASE WHEN age = 0
  THEN u.created_at + pg_temp.draw(entry, ${salt}) * interval '3 hours'
  ELSE (day + make_interval(secs => pg_temp.second_of_day(entry, ${salt + 1}))) AT TIME ZONE zone END`;

export function expenses(): string {
  return `
    INSERT INTO expenses_expense (profile_id, category_id, amount, currency, description, expense_date, expense_time,
      ai_categorized, ai_confidence, cashback_amount, is_recurring, receipt_photo, created_at, updated_at)
    SELECT u.id, CASE
        WHEN kind.slot IS NOT NULL THEN (u.id - 1) * ${SLOTS} + kind.slot
        WHEN u.currency = 'RUB' AND pg_temp.draw(entry, 20) < 0.98 THEN (u.id - 1) * ${SLOTS} + ${OWN_SLOT} END,
      greatest(0.01, round((per_rub * CASE WHEN kind.slot IS NULL THEN 20 * pg_temp.draw(entry, 21)
        ELSE kind.typical * exp(0.7 * pg_temp.bell(entry, 22) - 0.245) END)::numeric,
        CASE WHEN pg_temp.draw(entry, 23) < 0.7 AND per_rub >= 1 THEN 0 ELSE 2 END)),
      u.currency, ${text(`${PRIVATE_CANARIES.description} кофе с коллегой `)} || entry,
      -- One in eight is written down days later.
      day - CASE WHEN pg_temp.draw(entry, 24) < 0.12 THEN 1 + (pg_temp.draw(entry, 25) * 9)::int ELSE 0 END,
      (at AT TIME ZONE zone)::time(0), pg_temp.draw(entry, 26) < 0.6,
      CASE WHEN pg_temp.draw(entry, 26) < 0.6 THEN round((0.6 + 0.4 * pg_temp.draw(entry, 27))::numeric, 2) END,
      0, pg_temp.draw(entry, 28) < 0.02,
      CASE WHEN pg_temp.draw(entry, 29) < 0.03 THEN ${text(PRIVATE_CANARIES.receipt)} || entry || '.jpg' ELSE '' END, at, at
    FROM ${ACTIVITY}
    CROSS JOIN LATERAL generate_series(1, 1 + floor(6 * power(pg_temp.draw(visit, 13), 1.7))::int) AS nth
    CROSS JOIN LATERAL (SELECT visit * 10 + nth AS entry) AS e
    CROSS JOIN LATERAL (SELECT ${writtenAt(30)} AS at) AS w
    JOIN money ON money.code = u.currency
    LEFT JOIN kind ON pg_temp.draw(entry, 20) >= kind.low AND pg_temp.draw(entry, 20) < kind.high
    WHERE ${IS_ACTIVE} AND at <= edge.now
    ORDER BY at;`;
}

/** Salaries on the 5th and the 20th of those who note them, and now and then something else. */
export function incomes(): string {
  return `
    INSERT INTO incomes_income (profile_id, category_id, amount, currency, description, income_date, income_time,
      is_recurring, ai_categorized, created_at, updated_at)
    SELECT u.id, (u.id - 1) * ${INCOME_CATEGORIES.length} + CASE WHEN salary THEN 1 ELSE 2 + (entry % 2) END,
      round((per_rub * CASE WHEN salary THEN 45000 ELSE 6000 END * exp(0.4 * pg_temp.bell(entry, 40)))::numeric, 2),
      u.currency, ${text(`${PRIVATE_CANARIES.description} аванс `)} || entry,
      day - CASE WHEN pg_temp.draw(entry, 41) < 0.1 THEN 1 ELSE 0 END, (at AT TIME ZONE zone)::time(0), salary, false, at, at
    FROM ${ACTIVITY}
    CROSS JOIN LATERAL (SELECT visit * 10 AS entry, extract(day FROM day) IN (5, 20) AS salary) AS e
    CROSS JOIN LATERAL (SELECT ${writtenAt(42)} AS at) AS w
    JOIN money ON money.code = u.currency
    WHERE ${IS_ACTIVE} AND at <= edge.now AND pg_temp.draw(u.id, 44) < 0.4
      AND pg_temp.draw(entry, 45) < CASE WHEN salary THEN 0.8 ELSE 0.06 END
    ORDER BY at;`;
}

/** One call for each expense that was categorised by AI, and a bad day of the first provider three weeks ago. */
export function aiCalls(): string {
  return `
    INSERT INTO ai_service_metrics (service, timestamp, response_time, tokens_used, characters_processed, success,
      error_type, error_message, user_id, operation_type, model_used, estimated_cost)
    SELECT service, e.created_at - make_interval(secs => took), took, CASE WHEN ok THEN tokens END, tokens * 3, ok,
      CASE WHEN NOT ok THEN (ARRAY['Timeout', 'RateLimitError', 'APIError'])[1 + e.id % 3] END,
      CASE WHEN NOT ok THEN ${text(`${PRIVATE_CANARIES.errorMessage} for user `)} || u.telegram_id END,
      u.telegram_id, CASE WHEN e.id % 20 = 0 THEN 'voice_recognition' ELSE 'categorize_expense' END, model,
      CASE WHEN ok THEN round((tokens * usd_per_token)::numeric, 6) END
    FROM edge, expenses_expense AS e
    JOIN users_profile AS u ON u.id = e.profile_id
    JOIN provider ON pg_temp.draw(e.id, 50) >= provider.low AND pg_temp.draw(e.id, 50) < provider.high
    CROSS JOIN LATERAL (SELECT 150 + (750 * pg_temp.draw(e.id, 51))::int AS tokens,
      provider.seconds * exp(0.5 * pg_temp.bell(e.id, 52)) AS took,
      pg_temp.draw(e.id, 53) >= CASE WHEN provider.slot = 1 AND e.expense_date = today - 21 THEN 0.4 ELSE failure_ratio END AS ok) AS c
    WHERE e.ai_categorized
    ORDER BY e.created_at;`;
}

/** A trial for most, then months and half-years in Stars, promo codes and referrals; some flags lag behind. */
export function subscriptions(): string {
  return `
    INSERT INTO subscriptions (profile_id, type, payment_method, amount, telegram_payment_charge_id, start_date, end_date,
      is_active, notification_sent, created_at, updated_at)
    SELECT id, type, method, stars, CASE WHEN method = 'stars' THEN ${text(PRIVATE_CANARIES.chargeId)} || id || '-' || nth END,
      start, finish, CASE WHEN pg_temp.draw(id * 100 + nth, 60) < 0.02 THEN finish <= now ELSE finish > now END, finish < now, start, start
    FROM edge, (
      SELECT id, 0 AS nth, 'trial' AS type, 'trial' AS method, 0 AS stars, created_at AS start, created_at + interval '720 hours' AS finish
      FROM users_profile WHERE pg_temp.draw(id, 61) < 0.9
      UNION ALL
      SELECT id, nth, 'month', 'stars', ${STARS.month}, created_at + nth * interval '720 hours', created_at + (nth + 1) * interval '720 hours'
      FROM users_profile, generate_series(1, 11) AS nth
      WHERE pg_temp.draw(id, 62) < 0.14 AND nth <= 1 + 10 * pg_temp.draw(id, 63)
      UNION ALL
      SELECT id, 20, 'six_months', 'stars', ${STARS.six_months}, created_at + interval '700 hours', created_at + interval '5080 hours'
      FROM users_profile WHERE pg_temp.draw(id, 62) BETWEEN 0.14 AND 0.18
      UNION ALL
      SELECT id, 30, 'month', 'promo', 0, created_at + interval '800 hours', created_at + interval '1520 hours'
      FROM users_profile WHERE pg_temp.draw(id, 62) BETWEEN 0.2 AND 0.24
      UNION ALL
      SELECT id, 40, 'six_months', 'referral', 0, created_at + interval '900 hours', created_at + interval '5280 hours'
      FROM users_profile WHERE pg_temp.draw(id, 62) BETWEEN 0.24 AND 0.26
    ) AS bought
    WHERE start <= now
    ORDER BY start;
    UPDATE users_profile AS u SET total_payments_count = paid.n, total_stars_paid = paid.stars
    FROM (SELECT profile_id, count(*) AS n, sum(amount) AS stars FROM subscriptions WHERE payment_method = 'stars' GROUP BY profile_id) AS paid
    WHERE paid.profile_id = u.id;
    INSERT INTO affiliate_commissions (referrer_id, referred_user_id, payment_amount, commission_amount, status, created_at, updated_at)
    SELECT 1 + profile_id / 2, profile_id, amount, amount / 2, (ARRAY['pending', 'hold', 'paid', 'cancelled', 'refunded'])[1 + id % 5], created_at, created_at
    FROM subscriptions WHERE payment_method = 'stars' AND profile_id % 5 = 0;`;
}

export function derived(): string {
  return `
    INSERT INTO user_analytics (profile_id, date, messages_sent, voice_messages, photos_sent, expenses_added, ai_categorizations, manual_categorizations)
    SELECT profile_id, (created_at AT TIME ZONE zone)::date, 2 * count(*), count(*) / 4, count(*) FILTER (WHERE receipt_photo <> ''), count(*),
      count(*) FILTER (WHERE ai_categorized), count(*) FILTER (WHERE NOT ai_categorized)
    FROM expenses_expense, edge GROUP BY 1, 2 ORDER BY 2, 1;
    INSERT INTO expenses_recurring_payment (profile_id, category_id, amount, currency, description, day_of_month, last_processed, created_at, updated_at)
    SELECT id, (id - 1) * ${SLOTS} + 8, 600, currency, ${text(`${PRIVATE_CANARIES.description} интернет`)}, 1 + id % 28, today, created_at, created_at
    FROM users_profile, edge WHERE id % 5 = 0 AND created_at < now - interval '720 hours';
    -- Identities continue after the ids given above.
    SELECT setval(pg_get_serial_sequence(name, 'id'), 1 + coalesce(top, 0), false) FROM (VALUES
      ('users_profile', (SELECT max(id) FROM users_profile)),
      ('expenses_category', (SELECT max(id) FROM expenses_category)),
      ('incomes_category', (SELECT max(id) FROM incomes_category))) AS used (name, top);`;
}
