import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { historyGrants } from '../../exporter/history/migrations.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { seed } from '../support/app/seed.ts';
import type { PostgresServer } from '../support/servers/postgres.ts';
import { startPostgres, withClient } from '../support/servers/postgres.ts';

const MONITORING_ROLE = 'expensebot_monitoring';
/** Kept data that ended longer ago are a year with a hole at its end: a new year is made instead. */
const OLDEST_KEPT_MS = 12 * 3_600_000;

/** PostgreSQL in a folder that is kept and was claimed. What a start that was killed half-way has left is made anew. */
export async function startDatabase(folder: string, password: string): Promise<PostgresServer> {
  // initdb writes its version file first and the rest of the cluster after it.
  const completed = join(folder, 'initialised');
  if (!existsSync(completed)) rmSync(join(folder, 'data'), { recursive: true, force: true });
  // Nothing runs in this folder any more. A server that was killed stays in the process table where nobody reaps it (a
  // container without an init), and PostgreSQL takes that for a living one.
  rmSync(join(folder, 'data/postmaster.pid'), { force: true });
  const server = await startPostgres({ folder, password });
  writeFileSync(completed, '');
  return server;
}

/** The role of the exporter: it reads everything, and writes its history and nothing else. Returns its URL. */
export async function createMonitoringRole(server: PostgresServer, password: string): Promise<string> {
  const role = pg.escapeIdentifier(MONITORING_ROLE);
  await withClient(server.url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [MONITORING_ROLE]);
    const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    await client.query(`GRANT pg_read_all_data TO ${role}`);
    for (const grant of historyGrants(MONITORING_ROLE, server.database)) await client.query(grant);
  });
  return server.urlFor({ user: MONITORING_ROLE, password });
}

/** True when the data of an earlier run can be gone on with. */
export async function hasUsableData(server: PostgresServer, now: number): Promise<boolean> {
  return withClient(server.url, async (client) => {
    const { rows: comments } = await client.query<{ comment: string | null }>(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()",
    );
    if (comments[0]?.comment !== dataVersion()) return false;
    const { rows } = await client.query<{ newest: Date | null }>(
      'SELECT max(created_at) AS newest FROM expenses_expense',
    );
    const newest = rows[0]?.newest?.getTime() ?? 0;
    return newest > now - OLDEST_KEPT_MS && newest <= now;
  });
}

/** Drops the application's database, and makes one with a year of life in it. */
export async function makeData(server: PostgresServer, now: number): Promise<void> {
  const database = pg.escapeIdentifier(server.database);
  await withClient(server.urlFor({ database: 'postgres' }), async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${database}`);
  });
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, now: new Date(now) });
    // Said last: data without it are incomplete.
    await client.query(`COMMENT ON DATABASE ${database} IS ${pg.escapeLiteral(dataVersion())}`);
  });
}

/** How many rows the tables have, for the person who watches the demo start. */
export async function countRows(
  server: PostgresServer,
): Promise<{ readonly users: number; readonly expenses: number }> {
  return withClient(server.url, async (client) => {
    const { rows } = await client.query<{ users: string; expenses: string }>(
      'SELECT (SELECT count(*) FROM users_profile) AS users, (SELECT count(*) FROM expenses_expense) AS expenses',
    );
    return { users: Number(rows[0]?.users), expenses: Number(rows[0]?.expenses) };
  });
}

/** Changes whenever the application's tables do. */
function dataVersion(): string {
  const schema = readFileSync(new URL('../support/app/schema.sql', import.meta.url));
  return `demo data ${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`;
}
