/** `check-config --explain` beside a bridge that runs: it knows what was told, and changes nothing. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { BOT_TOKEN, CHAT_ID, notification, post, readLedger } from '../support/bridge/bridge.ts';
import { serviceCommand } from '../support/servers/service.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
let folder: string;
const world = useInstallation(
  async (at) => {
    ({ folder } = await at.startBridge());
  },
  { shared: true },
);

async function explain(payload: unknown): Promise<{ readonly code: number; readonly output: string }> {
  const path = join(folder, 'payload.json');
  writeFileSync(path, JSON.stringify(payload));
  const env = {
    MONITORING_BOT_TOKEN: BOT_TOKEN,
    ADMIN_TELEGRAM_ID: String(CHAT_ID),
    STATE_DIR: join(folder, 'state'),
    BRIDGE_CONFIG: join(folder, 'config.yml'),
    LOCALE: 'en',
  };
  const args = [...serviceCommand('alert-bridge'), '--check-config', '--explain', path];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

const diskLow = (component: string, severity = 'warning') =>
  notification([{ alertname: 'DiskSpaceLow', component, severity, summary: `Disk ${component}` }]);

it('says what a payload would do to the message that stands, and does nothing of it', async () => {
  await post(world.bridge, '/webhooks/alertmanager', diskLow('/'));
  const ledger = await until(
    () => readLedger(world.bridge),
    ({ delivered }) => delivered === 1,
  );

  const same = await explain(diskLow('/'));
  expect(same.code).toBe(0);
  expect(same.output).toContain(`  ${CHAT_ID}: edit: within_cooldown`);
  expect(same.output).toMatch(/message 1 of .* stands for this type: cooldown until/);
  const worse = await explain(diskLow('/', 'critical'));
  expect(worse.output).toContain(`  ${CHAT_ID}: send, with sound: severity_raised`);
  const other = await explain(diskLow('/data'));
  expect(other.output).toContain(`  ${CHAT_ID}: send, silent: first_notification`);
  expect(other.output).toContain('no message of this type so far');

  expect(await readLedger(world.bridge)).toEqual(ledger);
  expect(world.telegram.messages(CHAT_ID)).toHaveLength(1);
});

it('refuses in one sentence what the bridge would refuse', async () => {
  const { code, output } = await explain({ type: 'payment_received' });
  expect(code).not.toBe(0);
  expect(output).toMatch(/The payload would be refused: .*user_id/);
  expect(output).not.toMatch(/at .*\.js:\d+/);
});
