/**
 * The `monitoring` schema, version by version. Only ever forward: a released entry is never edited, changes are
 * appended.
 */
import pg from 'pg';
import { logged, ProbeError } from '../model/collector.ts';
import { sqlStateOf } from '../postgres/errors.ts';
import type { Execute } from '../postgres/postgres.ts';

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE monitoring.system_health_check (
    component varchar(50) NOT NULL,
    timestamp timestamptz NOT NULL,
    status varchar(20) NOT NULL,
    response_time_ms integer,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (component, timestamp)
  );
  CREATE INDEX system_health_check_timestamp ON monitoring.system_health_check (timestamp);

  CREATE TABLE monitoring.user_analytics (
    date date PRIMARY KEY,
    total_users integer NOT NULL,
    active_users integer NOT NULL,
    new_users integer NOT NULL,
    retention_7d double precision
  );

  CREATE TABLE monitoring.ai_service_metrics (
    date date NOT NULL,
    provider varchar(50) NOT NULL,
    requests_count integer NOT NULL,
    tokens_used bigint NOT NULL,
    cost_usd numeric(10, 4) NOT NULL,
    success_rate double precision NOT NULL,
    PRIMARY KEY (date, provider)
  );

  CREATE TABLE monitoring.daily_figures (
    date date NOT NULL,
    figure text NOT NULL,
    label text NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (date, figure, label)
  );

  CREATE TABLE monitoring.job_runs (
    job text NOT NULL,
    slot timestamptz NOT NULL,
    replica text NOT NULL,
    claimed_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (job, slot)
  );
  `,
  // What the application does not note is not known; and a day may cost more than numeric(10, 4) holds.
  `
  ALTER TABLE monitoring.ai_service_metrics
    ALTER tokens_used DROP NOT NULL,
    ALTER cost_usd DROP NOT NULL,
    ALTER cost_usd TYPE numeric(20, 4);
  DROP TABLE monitoring.job_runs;
  `,
];

/** Any constant will do that nobody else in the database locks. */
const LOCK = '7305811903464198';

/** Brings the schema to the newest version; whoever comes second waits for the first and finds nothing to do. */
export async function migrateHistory(execute: Execute, migrations = MIGRATIONS): Promise<void> {
  if (await hasVersion(execute, migrations.length)) return;
  await execute(`SELECT pg_advisory_xact_lock(${LOCK})`);
  const [schema] = await execute(`SELECT to_regnamespace('monitoring') AS name`);
  if (schema?.['name'] === null) await execute('CREATE SCHEMA monitoring');
  const [table] = await execute(`SELECT to_regclass('monitoring.schema_migrations') AS name`);
  if (table?.['name'] === null) {
    await execute(
      'CREATE TABLE monitoring.schema_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL)',
    );
  }
  const current = await newestVersion(execute);
  for (const [index, statements] of migrations.entries()) {
    if (index < current) continue;
    await execute(statements);
    await execute('INSERT INTO monitoring.schema_migrations VALUES ($1, now())', [index + 1]);
  }
}

async function hasVersion(execute: Execute, version: number): Promise<boolean> {
  const [table] = await execute(`SELECT to_regclass('monitoring.schema_migrations') AS name`);
  if (table?.['name'] === null) return false;
  const found = await newestVersion(execute);
  if (found > version) {
    throw new ProbeError(
      logged(
        `the monitoring schema has version ${found}, newer than the ${version} this release knows: start the newer release`,
      ),
    );
  }
  return found === version;
}

async function newestVersion(execute: Execute): Promise<number> {
  const [row] = await execute(
    'SELECT coalesce(max(version), 0) AS version FROM monitoring.schema_migrations',
  );
  return Number(row?.['version']);
}

/** What whoever owns the database runs, so that `role` can keep its history there and touch nothing else. */
export function historyGrants(role: string, database: string): readonly string[] {
  const name = pg.escapeIdentifier(role);
  return [
    `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${name};`,
    // Without AUTHORIZATION: only a member of the role may give it a schema.
    'CREATE SCHEMA IF NOT EXISTS monitoring;',
    `GRANT USAGE, CREATE ON SCHEMA monitoring TO ${name};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA monitoring TO ${name};`,
  ];
}

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
export const INSUFFICIENT_PRIVILEGE = '42501';

/** Names the way out where a right is missing. */
export function explainRefusal(error: unknown, role: string, database: string): unknown {
  if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) return error;
  const grants = historyGrants(role, database).join(' ');
  return new ProbeError(
    logged(`the role ${role} may not write the history; the owner of ${database} can run: ${grants}`),
    // The server's own words, as before: whoever has a way without the right knows it by their code.
    { cause: error instanceof ProbeError ? error.cause : error },
  );
}
