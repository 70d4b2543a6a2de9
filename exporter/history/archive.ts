/** The history in PostgreSQL. Every statement may be repeated: keys are unique, and replicas write the same rows. */
import pg from 'pg';
import { z } from 'zod';
import { sqlStateOf } from '../postgres/errors.ts';
import type { DatabaseConnection } from '../postgres/connection.ts';
import { withoutTls } from '../postgres/tls.ts';
import type { Execute, Row, WriteSession } from '../postgres/postgres.ts';
import type { ComponentStatus } from '../model/health.ts';
import { dayOfRows, rowsOf, type DayRows, type RecordedDay } from './day-rows.ts';
import { explainRefusal, INSUFFICIENT_PRIVILEGE, migrateHistory } from './migrations.ts';
import type { HealthRow } from './sqlite.ts';

export interface Archive {
  /** @throws ProbeError, as all of these */
  writeHealth(rows: readonly HealthRow[], signal: AbortSignal): Promise<void>;
  writeDay(day: RecordedDay, signal: AbortSignal): Promise<void>;
  /** Oldest first. @param since Unix milliseconds */
  readHealth(since: number, signal: AbortSignal): Promise<readonly HealthRow[]>;
  /** From `from` to `to`, both included. */
  readDays(from: string, to: string, signal: AbortSignal): Promise<readonly RecordedDay[]>;
  /** Deletes health rows from before that Unix ms. */
  prune(before: number, signal: AbortSignal): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 10_000;
/** Nothing is dialled, and no table made, before the first use. */
export function openArchive(session: WriteSession, connection: DatabaseConnection): Archive {
  const { user = '', database = '' } = new pg.Client(
    'connectionString' in connection
      ? { connectionString: withoutTls(connection.connectionString) }
      : connection,
  );
  let isMigrated = false;

  const transact = async <T>(work: (execute: Execute) => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      if (!isMigrated)
        await session.transaction((execute) => migrateHistory(execute), STATEMENT_TIMEOUT_MS, signal);
      isMigrated = true;
      return await session.transaction(work, STATEMENT_TIMEOUT_MS, signal);
    } catch (error) {
      // Whatever it was, it may have been somebody who dropped the schema or brought a newer one.
      isMigrated = false;
      throw explainRefusal(error, user, database);
    }
  };

  return {
    writeHealth: (rows, signal) => transact((execute) => insertHealth(execute, rows), signal),
    writeDay: (day, signal) => transact((execute) => replaceDay(execute, rowsOf(day)), signal),
    readHealth: (since, signal) =>
      transact(async (execute) => {
        const rows = await execute(
          `SELECT component, timestamp, status, response_time_ms, details
           FROM monitoring.system_health_check WHERE timestamp >= $1 ORDER BY timestamp, component`,
          [new Date(since)],
        );
        return rows.map(healthOf);
      }, signal),
    readDays: (from, to, signal) => transact((execute) => selectDays(execute, from, to), signal),
    prune: async (before, signal) => {
      try {
        await transact(async (execute) => {
          await execute('DELETE FROM monitoring.system_health_check WHERE timestamp < $1', [
            new Date(before),
          ]);
        }, signal);
      } catch (error) {
        // Who may not write has written nothing that could be deleted.
        if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      }
    },
  };
}

async function insertHealth(execute: Execute, rows: readonly HealthRow[]): Promise<void> {
  await execute(
    `INSERT INTO monitoring.system_health_check (component, timestamp, status, response_time_ms, details)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::integer[], $5::jsonb[])
     ON CONFLICT DO NOTHING`,
    [
      rows.map(({ component }) => component),
      rows.map(({ timestamp }) => new Date(timestamp)),
      rows.map(({ status }) => status),
      rows.map(({ responseTimeMs }) => responseTimeMs),
      rows.map(({ details }) => JSON.stringify(details)),
    ],
  );
}

async function replaceDay(execute: Execute, { date, users, providers, figures }: DayRows): Promise<void> {
  for (const table of ['user_analytics', 'ai_service_metrics', 'daily_figures'])
    await execute(`DELETE FROM monitoring.${table} WHERE date = $1`, [date]);
  if (users !== undefined) {
    await execute(
      `INSERT INTO monitoring.user_analytics (date, total_users, active_users, new_users, retention_7d)
       VALUES ($1, $2, $3, $4, $5)`,
      [date, users.total_users, users.active_users, users.new_users, users.retention_7d],
    );
  }
  await execute(
    `INSERT INTO monitoring.ai_service_metrics (date, provider, requests_count, tokens_used, cost_usd, success_rate)
     SELECT $1::date, * FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::numeric[], $6::double precision[])`,
    [
      date,
      providers.map(({ provider }) => provider),
      providers.map(({ requests_count: requests }) => requests),
      providers.map(({ tokens_used: tokens }) => tokens),
      providers.map(({ cost_usd: cost }) => cost),
      providers.map(({ success_rate: rate }) => rate),
    ],
  );
  await execute(
    `INSERT INTO monitoring.daily_figures (date, figure, label, value)
     SELECT $1::date, * FROM unnest($2::text[], $3::text[], $4::double precision[])`,
    [
      date,
      figures.map(({ figure }) => figure),
      figures.map(({ label }) => label),
      figures.map(({ value }) => value),
    ],
  );
}

async function selectDays(execute: Execute, from: string, to: string): Promise<readonly RecordedDay[]> {
  const select = (table: string): Promise<readonly Row[]> =>
    execute(`SELECT *, date::text AS date FROM monitoring.${table} WHERE date BETWEEN $1 AND $2`, [from, to]);
  const users = z.array(usersSchema).parse(await select('user_analytics'));
  const providers = z.array(providerSchema).parse(await select('ai_service_metrics'));
  const figures = z.array(figureSchema).parse(await select('daily_figures'));
  const dates = new Set(figures.map(({ date }) => date));
  return [...dates].toSorted().flatMap((date) => {
    const day = dayOfRows({
      date,
      users: users.find((row) => row.date === date),
      providers: providers.filter((row) => row.date === date),
      figures: figures.filter((row) => row.date === date),
    });
    return day === undefined ? [] : [day];
  });
}

const usersSchema = z.object({
  date: z.string(),
  total_users: z.number(),
  active_users: z.number(),
  new_users: z.number(),
  retention_7d: z.number().nullable(),
});
const providerSchema = z.object({
  date: z.string(),
  provider: z.string(),
  requests_count: z.number(),
  // bigint and numeric arrive as text.
  tokens_used: z.union([z.null(), z.coerce.number()]),
  cost_usd: z.union([z.null(), z.coerce.number()]),
  success_rate: z.number(),
});
const figureSchema = z.object({ date: z.string(), figure: z.string(), label: z.string(), value: z.number() });

const healthSchema = z.object({
  component: z.string(),
  timestamp: z.date(),
  status: z.string(),
  response_time_ms: z.number().nullable(),
  details: z.record(z.string(), z.unknown()),
});

function healthOf(row: Row): HealthRow {
  const { timestamp, status, response_time_ms: responseTimeMs, ...rest } = healthSchema.parse(row);
  return { ...rest, timestamp: timestamp.getTime(), status: status as ComponentStatus, responseTimeMs };
}
