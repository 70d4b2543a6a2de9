/** Commands of the runbooks that servers here can run: those of amtool and psql, without the container around them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { runTool } from '../support/run-tool.ts';
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
  await withClient(postgres.url, (client) => client.query(sql));
});

it('the commands were found', () => {
  expect(mutes.length).toBeGreaterThan(30);
  expect(statements.length).toBeGreaterThan(3);
});
