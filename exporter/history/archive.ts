/** The history in PostgreSQL. Every statement may be repeated: keys are unique, and replicas write the same rows. */
import pg from 'pg';
import { z } from 'zod';
import type { JobClaims } from '../../common/jobs/jobs.ts';
import { ProbeError } from '../collectors/collector.ts';
import { sqlStateOf } from '../database-error.ts';
import type { DatabaseConnection } from '../database-seat.ts';
import { withoutTls } from '../database-tls.ts';
import type { Execute, Row, WriteLane } from '../database.ts';
import type { ComponentStatus } from '../health.ts';
import { dayOfRows, rowsOf, type DayRows, type RecordedDay } from './day-rows.ts';
import { explainRefusal, INSUFFICIENT_PRIVILEGE, migrateHistory } from './migrations.ts';
import type { HealthRow } from './store.ts';

export interface Archive {
  /** @throws ProbeError, as all of these */
  writeHealth(rows: readonly HealthRow[], signal: AbortSignal): Promise<void>;
  writeDay(day: RecordedDay, signal: AbortSignal): Promise<void>;
  /** Oldest first. @param since Unix milliseconds */
  readHealth(since: number, signal: AbortSignal): Promise<readonly HealthRow[]>;
  /** From `from` to `to`, both included. */
  readDays(from: string, to: string, signal: AbortSignal): Promise<readonly RecordedDay[]>;
  /** Deletes health rows, and claims of jobs, from before that Unix ms. */
  prune(before: number, signal: AbortSignal): Promise<void>;
  readonly claims: JobClaims;
}

const STATEMENT_TIMEOUT_MS = 10_000;
/** A claim waits no longer: without an answer every replica runs, and unique keys keep one row of each. */
const CLAIM_TIMEOUT_MS = 5_000;
/** After this the replica that claimed a slot is taken for dead. */
const LEASE = `interval '20 minutes'`;
/** A claim that is later, or a run that was over before it was due: a clock was ahead. */
const STEP = `interval '1 minute'`;

/**
 * Nothing is dialled, and no table made, before the first use.
 * @param replica names this exporter among several, across restarts: what it had claimed is still its own
 */
export function openArchive(lane: WriteLane, connection: DatabaseConnection, replica: string): Archive {
  const { user = '', database = '' } = new pg.Client(
    'connectionString' in connection
      ? { connectionString: withoutTls(connection.connectionString) }
      : connection,
  );
  let isMigrated = false;

  const transact = async <T>(work: (execute: Execute) => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      if (!isMigrated)
        await lane.transaction((execute) => migrateHistory(execute), STATEMENT_TIMEOUT_MS, signal);
      isMigrated = true;
      return await lane.transaction(work, STATEMENT_TIMEOUT_MS, signal);
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
          await execute('DELETE FROM monitoring.job_runs WHERE slot < $1', [new Date(before)]);
        }, signal);
      } catch (error) {
        // Who may not write has written nothing that could be deleted.
        if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      }
    },
    claims: claimsOver(transact, replica),
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

type Transact = <T>(work: (execute: Execute) => Promise<T>, signal: AbortSignal) => Promise<T>;

function claimsOver(transact: Transact, replica: string): JobClaims {
  const ask = async <T>(work: (execute: Execute) => Promise<T>, without: T): Promise<T> => {
    try {
      return await transact(work, AbortSignal.timeout(CLAIM_TIMEOUT_MS));
    } catch (error) {
      if (error instanceof ProbeError) return without;
      throw error;
    }
  };
  return {
    claim: (job, slot) =>
      ask<'mine' | 'taken' | 'done'>(async (execute) => {
        const key = [job, new Date(slot)];
        const mine = await execute(
          `INSERT INTO monitoring.job_runs AS run (job, slot, replica, claimed_at) VALUES ($1, $2, $3, now())
           ON CONFLICT (job, slot) DO UPDATE SET replica = $3, claimed_at = now()
           WHERE (run.finished_at IS NULL
               AND (run.replica = $3 OR run.claimed_at < now() - ${LEASE} OR run.claimed_at > now() + ${STEP}))
             OR run.finished_at > now() + ${STEP} OR run.finished_at < run.slot - ${STEP}
           RETURNING job`,
          [...key, replica],
        );
        if (mine.length > 0) return 'mine';
        const [other] = await execute(
          'SELECT finished_at FROM monitoring.job_runs WHERE job = $1 AND slot = $2',
          key,
        );
        return other?.['finished_at'] instanceof Date ? 'done' : 'taken';
      }, 'mine'),
    settle: (job, slot, succeeded) =>
      ask(async (execute) => {
        await execute(
          succeeded
            ? 'UPDATE monitoring.job_runs SET finished_at = now() WHERE job = $1 AND slot = $2 AND replica = $3'
            : 'DELETE FROM monitoring.job_runs WHERE job = $1 AND slot = $2 AND replica = $3 AND finished_at IS NULL',
          [job, new Date(slot), replica],
        );
        return undefined;
      }, undefined),
  };
}
