/** Commands of the pages for emergencies, capacity, Sentry and secrets that servers here can run, as they are written there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CREATE_READER } from '../support/app/reader.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { startBridge, startTelegram } from '../support/bridge/bridge.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { until } from '../support/machine/until.ts';
import { startPostgres, withClient } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const docs = join(import.meta.dirname, '../../docs');
const read = (page: string): string => readFileSync(join(docs, page), 'utf8');
const pages = ['emergency.md', 'capacity.md', 'sentry.md', 'security.md', 'privacy.md'];
const commands = pages.flatMap((page) =>
  [...read(page).matchAll(/^ *(curl .*?)(?: {2,}#.*)?$|`(curl [^`]*)`/gm)].map(
    ([, line, code]) => line ?? code ?? '',
  ),
);

let folder: string;
let telegram: TelegramFake;
let servers: Readonly<Record<string, Server>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-commands-'));
  const configFile = join(folder, 'prometheus.yml');
  telegram = await startTelegram();
  const [exporter, bridge] = await Promise.all([startService('exporter', {}), startBridge(telegram)]);
  writeFileSync(
    configFile,
    'scrape_configs: [{ job_name: self, scrape_interval: 1s, static_configs: [{ targets: ["127.0.0.1:9090"] }] }]\n',
  );
  const prometheus = await startPrometheus({ configFile });
  const own = readFileSync(configFile, 'utf8').replace('9090', String(prometheus.port));
  writeFileSync(configFile, own);
  await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  servers = { 9847: exporter, 9848: bridge, 9090: prometheus };
  // What is to be refused, so that there is something to count.
  await fetch(`${bridge.url}/webhooks/sentry`, { method: 'POST', body: '{}' });
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await telegram.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each(commands)('answers something: %s', async (command) => {
  const here = command.replaceAll(
    /http:\/\/127\.0\.0\.1:(\d+)/g,
    (_, port: string) => servers[port]?.url ?? expect.fail(`nothing listens at ${port}`),
  );
  // jq is a program of the reader's.
  const piped = here.replace(/ \| jq \.$/, ' | python3 -m json.tool');
  const { code } = await until(
    () => runTool('bash', ['-o', 'pipefail', '-c', piped], folder),
    ({ code, output }) => code === 0 && output.trim() !== '' && !output.includes('"result":[]'),
    { what: command },
  );
  expect(code).toBe(0);
});

it('a secret of PostgreSQL is changed as the page says', async () => {
  await using postgres = await startPostgres();
  const [statement = ''] = /ALTER ROLE [^`]*/.exec(read('security.md')) ?? [];
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER.replaceAll(/reader_\w+/g, 'monitoring_reader'));
    await client.query(
      `DO $$ BEGIN CREATE ROLE monitoring_reader; EXCEPTION WHEN duplicate_object THEN END $$`,
    );
    expect(await client.query(statement)).toMatchObject({ command: 'ALTER' });
  });
});

it('the commands were found', () => {
  expect(commands.length).toBeGreaterThan(5);
});
