/** Commands of the runbooks that servers here can run: those of amtool and psql, without the container around them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';

const runbooks = join(import.meta.dirname, '../../docs/runbooks');
const text = readdirSync(runbooks)
  .map((file) => readFileSync(join(runbooks, file), 'utf8'))
  .join('\n')
  .replaceAll(/\\\n */g, '');
const mutes = text.match(/(?<=exec alertmanager )amtool silence add .*/g) ?? [];
const statements = [...text.matchAll(/psql -U expense_user expense_bot -c "([^"]*)"/g)].map(
  ([, sql = '']) => sql,
);

let folder: string;
let alertmanager: Server;
let postgres: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runbooks-'));
  const configFile = join(folder, 'alertmanager.yml');
  writeFileSync(configFile, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  [alertmanager, postgres] = await Promise.all([startAlertmanager({ configFile }), startPostgres()]);
  await withClient(postgres.url, createAppDatabase);
});
afterAll(async () => {
  await Promise.all([alertmanager.close(), postgres.close()]);
  rmSync(folder, { recursive: true, force: true });
});

it.each(mutes)('mutes: %s', async (command) => {
  const here = command.replace('http://127.0.0.1:9093', alertmanager.url);
  expect(here).not.toBe(command);
  expect(await runTool('bash', ['-c', here], folder, { USER: 'ann' })).toMatchObject({ code: 0 });
});

it.each(statements)('asks the database: %s', async (sql) => {
  await expect(withClient(postgres.url, (client) => client.query(sql))).resolves.toBeDefined();
});

it("ends the application's own report for good, whatever switches it on, and no other task", async () => {
  const operations = readFileSync(join(runbooks, '../operations.md'), 'utf8');
  const [, script = ''] = /<<'SQL'\n([^]*?)\nSQL\n/.exec(operations) ?? [];
  await withClient(postgres.url, async (client) => {
    // As far as django_celery_beat 2.8 has it.
    await client.query('DROP TABLE IF EXISTS django_celery_beat_periodictask CASCADE');
    await client.query(`CREATE TABLE django_celery_beat_periodictask
      (id serial PRIMARY KEY, name text UNIQUE NOT NULL, task text NOT NULL, enabled boolean NOT NULL)`);
    const schedule = `INSERT INTO django_celery_beat_periodictask (name, task, enabled) VALUES
      ('own', 'expense_bot.celery_tasks.send_daily_admin_report', true), ('other', 'expenses.tasks.other', true)
      ON CONFLICT (name) DO UPDATE SET enabled = true`;
    const enabled = async (): Promise<unknown> => {
      const { rows } = await client.query(
        'SELECT name, enabled FROM django_celery_beat_periodictask ORDER BY name',
      );
      return rows;
    };
    await client.query(schedule);
    // Twice: whoever pastes it again changes nothing.
    for (let times = 0; times < 2; times += 1) {
      await client.query(script);
      await client.query(schedule);
      expect(await enabled()).toEqual([
        { name: 'other', enabled: true },
        { name: 'own', enabled: false },
      ]);
    }
    await client.query('DROP FUNCTION no_second_daily_report CASCADE');
    await client.query(schedule);
    expect(await enabled()).toContainEqual({ name: 'own', enabled: true });
  });
});

it('the commands were found', () => {
  expect(mutes.length).toBeGreaterThan(30);
  expect(statements.length).toBeGreaterThan(3);
});
