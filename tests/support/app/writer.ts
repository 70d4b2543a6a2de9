import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';
import type { Clock } from '../../../common/time/clock.ts';
import { PRIVATE_CANARIES, telegramId } from './database.ts';
import { CURRENCIES, EXPENSE_CATEGORIES } from './market.ts';
import type { ExpensePlan, TickPlan } from './tick.ts';
import { planTick } from './tick.ts';

export interface WriterOptions {
  readonly connectionString: string;
  /** Between two beats; a beat writes 1.5 expenses on average. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Uniform numbers in [0, 1), as of createRandom. */
  readonly random: () => number;
  /** Calendar of expense_date. Default Europe/Moscow. */
  readonly timezone?: string;
}

export interface Writer {
  /** Beats written, beats that failed (nothing of them was written), and why the last one did. */
  readonly stats: () => {
    readonly written: number;
    readonly failed: number;
    readonly lastError: string | undefined;
  };
  /** Ends within about two seconds, whatever state the database is in. */
  stop(): Promise<void>;
}

/** Longest wait for a connection or a statement: a frozen database must not hold `stop()` back. */
const DATABASE_TIMEOUT_MS = 2000;

/**
 * Keeps the application's tables growing at a live rate, one transaction a beat, until stopped. A database that is
 * down costs the beats of its outage and nothing else.
 */
export function startWriter({
  connectionString,
  intervalMs,
  clock,
  random,
  timezone = 'Europe/Moscow',
}: WriterOptions): Writer {
  const stopping = new AbortController();
  let connection: Connection | undefined;
  let written = 0;
  let failed = 0;
  let lastError: string | undefined;

  const beat = async () => {
    try {
      connection ??= await connect(connectionString);
      await writeTick(connection.client, planTick(random), new Date(clock.now()), timezone);
      written += 1;
    } catch (error) {
      failed += 1;
      lastError = error instanceof Error ? error.message : String(error);
      connection?.drop();
      connection = undefined;
    }
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      await beat();
      await clock.sleep(intervalMs, stopping.signal).catch(() => undefined);
    }
    connection?.drop();
  };
  const running = run();
  return {
    stats: () => ({ written, failed, lastError }),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

interface Connection {
  readonly client: pg.Client;
  /** Cuts the line: an orderly goodbye would wait for a server that may be frozen. */
  readonly drop: () => void;
}

async function connect(connectionString: string): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString,
    stream: () => socket,
    connectionTimeoutMillis: DATABASE_TIMEOUT_MS,
    query_timeout: DATABASE_TIMEOUT_MS,
  });
  // A broken connection shows in the next statement; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { client, drop: () => socket.destroy() };
}

/** Writes one plan in one transaction, everything created at `now`. */
export async function writeTick(
  client: Pick<pg.ClientBase, 'query'>,
  plan: TickPlan,
  now: Date,
  timezone: string,
): Promise<void> {
  await client.query('BEGIN');
  try {
    for (let n = 0; n < plan.newUsers; n += 1) await register(client, now, timezone);
    for (const expense of plan.expenses) await writeExpense(client, expense, now, timezone);
    for (const { who, amountRub } of plan.incomes) {
      await client.query(
        `${SOMEONE} INSERT INTO incomes_income (profile_id, amount, currency, description, income_date, income_time, created_at, updated_at)
         SELECT id, round($2::numeric * (${PER_RUB}), 2), currency, $3, ($4::timestamptz AT TIME ZONE $5)::date,
           ($4::timestamptz AT TIME ZONE $5)::time(0), $4, $4 FROM someone`,
        [who, amountRub, `${PRIVATE_CANARIES.description} перевод`, now, timezone],
      );
    }
    for (const { who, type, stars } of plan.payments) {
      await client.query(
        `${SOMEONE} INSERT INTO subscriptions (profile_id, type, payment_method, amount, telegram_payment_charge_id, start_date, end_date, created_at, updated_at)
         SELECT id, $2, 'stars', $3, $4, $5, $5::timestamptz + make_interval(hours => $6), $5, $5 FROM someone`,
        [
          who,
          type,
          stars,
          `${PRIVATE_CANARIES.chargeId}-${randomUUID()}`,
          now,
          type === 'month' ? 720 : 4380,
        ],
      );
    }
    await client.query('COMMIT');
  } catch (error) {
    // The connection may be what failed; the first error says more than this one would.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The profile at the share $1 of those that can be reached; none while nobody is registered. */
const SOMEONE = `WITH living AS (SELECT id, telegram_id, currency, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS n
    FROM users_profile WHERE NOT bot_blocked),
  someone AS (SELECT id, telegram_id, currency FROM living WHERE place = floor($1::double precision * n))`;
const PER_RUB = `CASE currency ${CURRENCIES.map(({ code, perRub }) => `WHEN '${code}' THEN ${perRub}`).join(' ')} ELSE 1 END`;

async function writeExpense(
  client: Pick<pg.ClientBase, 'query'>,
  { who, categoryName, amountRub, daysBack, ai }: ExpensePlan,
  now: Date,
  timezone: string,
): Promise<void> {
  await client.query(
    `${SOMEONE} INSERT INTO expenses_expense (profile_id, category_id, amount, currency, description, expense_date, expense_time,
       ai_categorized, created_at, updated_at)
     SELECT id, (SELECT min(c.id) FROM expenses_category AS c WHERE c.profile_id = someone.id AND c.name = $2),
       greatest(0.01, round($3::numeric * (${PER_RUB}), 2)), currency, $4, ($5::timestamptz AT TIME ZONE $6)::date - $7::int,
       ($5::timestamptz AT TIME ZONE $6)::time(0), $8, $5, $5 FROM someone`,
    [
      who,
      categoryName,
      amountRub,
      `${PRIVATE_CANARIES.description} кофе`,
      now,
      timezone,
      daysBack,
      ai !== null,
    ],
  );
  if (ai === null) return;
  const { provider, ok, seconds, tokens } = ai;
  await client.query(
    `${SOMEONE} INSERT INTO ai_service_metrics (service, timestamp, response_time, tokens_used, characters_processed, success,
       error_type, error_message, user_id, operation_type, model_used, estimated_cost)
     SELECT $2, $3, $4, $5, $6, $7, $8, $9, telegram_id, 'categorize_expense', $10, $11 FROM someone`,
    [
      who,
      provider.service,
      now,
      seconds,
      ok ? tokens : null,
      tokens * 3,
      ok,
      ok ? null : 'Timeout',
      ok ? null : `${PRIVATE_CANARIES.errorMessage} live`,
      provider.model,
      ok ? (tokens * provider.usdPerToken).toFixed(6) : null,
    ],
  );
}

async function register(client: Pick<pg.ClientBase, 'query'>, now: Date, timezone: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO users_profile (telegram_id, timezone, created_at, updated_at, accepted_privacy, accepted_offer, acquisition_source, acquisition_details)
     SELECT coalesce(max(telegram_id), $1::bigint) + 1, $2, $3, $3, true, true, 'organic', jsonb_build_object('name', $4::text)
     FROM users_profile RETURNING id`,
    [telegramId(0), timezone, now, `${PRIVATE_CANARIES.personName} Пётр`],
  );
  await client.query(
    `INSERT INTO expenses_category (profile_id, name, name_ru, created_at, updated_at)
     SELECT $1, name, name, $2, $2 FROM unnest($3::text[]) AS name`,
    [rows[0]?.id, now, EXPENSE_CATEGORIES.map(({ name }) => name)],
  );
}
