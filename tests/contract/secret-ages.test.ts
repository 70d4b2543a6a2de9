/** How old the secrets are, through restarts and changes, as the doctor tells it: both services from the build. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BOT_TOKEN,
  CHAT_ID,
  QUIET,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../support/bridge/bridge.ts';
import { lineOf, runDoctor, type DoctorRun } from '../support/machine/doctor.ts';
import { filesThatHold } from '../support/machine/files.ts';
import type { Server } from '../support/servers/process.ts';
import { startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const DAY = 24 * 3_600_000;
const OLD = Date.now() - 134 * DAY;
const date = new Date(OLD).toISOString().slice(0, 10);

let telegram: TelegramFake;
let bridge: Server;
let password: string;
beforeAll(async () => {
  telegram = await startTelegram();
  bridge = await startBridge(telegram, {}, { config: QUIET });
  password = join(bridge.folder, 'password');
});
afterAll(async () => {
  await bridge.close();
  await telegram.close();
});

const doctor = (env: Readonly<Record<string, string>> = {}): Promise<DoctorRun> =>
  runDoctor(
    {
      MONITORING_BOT_TOKEN: BOT_TOKEN,
      ADMIN_TELEGRAM_ID: String(CHAT_ID),
      WEBHOOK_TOKEN,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      STATE_DIR: join(bridge.folder, 'state'),
      LOG_DIR: join(bridge.folder, 'log'),
      ...env,
    },
    bridge.folder,
    ['--no-send'],
  );
/** The line of its age, and not that of the setting. */
const ageOf = ({ output }: DoctorRun, name: string): string | undefined =>
  lineOf({ code: 0, output: output.slice(output.indexOf('Age of secrets')) }, name);

it('is told for what either service is given, and stays when they are started again', async () => {
  expect(ageOf(await doctor(), 'WEBHOOK_TOKEN')).toMatch(
    /^✓ ok {2}WEBHOOK_TOKEN {2}0 days old, since \d{4}-\d\d-\d\d$/,
  );
  const kept = join(bridge.folder, 'state/alert-bridge/secret-ages.json');
  const since = (name: string): unknown =>
    (JSON.parse(readFileSync(kept, 'utf8')) as { secrets: Record<string, { since: number }> }).secrets[name]
      ?.since;
  const before = since('WEBHOOK_TOKEN');
  await bridge.restart();
  expect([before, since('WEBHOOK_TOKEN')]).toEqual([before, before]);

  writeFileSync(password, 'canary-of-a-password\n');
  utimesSync(password, OLD / 1000, OLD / 1000);
  const env = { DB_PASSWORD_FILE: password };
  const exporter = await startService('exporter', env, { folder: bridge.folder });
  // The doctor itself is not given it, and knows it from the exporter.
  const old = `! warning  DB_PASSWORD  134 days old, since ${date}: change it, as docs/security.md#change-secrets says`;
  expect(ageOf(await doctor(), 'DB_PASSWORD')).toBe(old);
  await exporter.restart();
  const told = await doctor(env);
  expect(ageOf(told, 'DB_PASSWORD')).toBe(old);
  expect([
    told.output.includes('canary'),
    filesThatHold('canary-of-a-password', join(bridge.folder, 'state')),
  ]).toEqual([false, []]);

  writeFileSync(password, 'canary-of-another\n');
  expect(ageOf(await doctor(env), 'DB_PASSWORD')).toContain(
    'not noted yet: the services do it when they start',
  );
  await exporter.restart();
  expect(ageOf(await doctor(env), 'DB_PASSWORD')).toContain('✓ ok  DB_PASSWORD  0 days old');
  await exporter.close();
});

it('is no warning where the configuration says so', async () => {
  writeFileSync(password, 'canary-of-a-password\n');
  utimesSync(password, OLD / 1000, OLD / 1000);
  writeFileSync(join(bridge.folder, 'never.yml'), 'secret_max_age_days: 0\n');
  const folder = { STATE_DIR: join(bridge.folder, 'elsewhere') };
  const exporter = await startService(
    'exporter',
    { DB_PASSWORD_FILE: password, ...folder },
    { folder: bridge.folder },
  );
  const never = { BRIDGE_CONFIG: join(bridge.folder, 'never.yml') };
  expect(ageOf(await doctor(folder), 'DB_PASSWORD')).toContain('! warning');
  expect(ageOf(await doctor({ ...folder, ...never }), 'DB_PASSWORD')).toContain(
    `✓ ok  DB_PASSWORD  134 days old`,
  );
  await exporter.close();
});
