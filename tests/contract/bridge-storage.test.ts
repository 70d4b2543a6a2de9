/** The bridge from the build on a disk that is full, and on a state file that another program holds. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import {
  CHAT_ID,
  notification,
  post,
  type PostAnswer,
  readLedger,
  settled,
} from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
let folder: string;
const world = useInstallation((at) => {
  folder = at.makeFolder();
});

/** A small disk needs the right to mount one; containers of CI may lack it. */
function mayMount(): boolean {
  return spawnSync('unshare', ['--mount', 'true']).status === 0;
}

const CHECK_IN = 'tell_start_and_stop: false\ncheckins: [{ name: backup, period: 1d }]\n';
const refused = {
  status: 503,
  body: { error: { code: 'storage_unavailable' } },
} as const;
const event = (id: string) =>
  post(world.bridge, '/api/v1/events', {
    type: 'custom',
    id,
    title: id,
    text: 'x'.repeat(2_000),
    severity: 'info',
  });
const alert = (alertname: string) =>
  post(world.bridge, '/webhooks/alertmanager', notification([{ alertname }]));
const shown = (text: string): boolean =>
  world.telegram.messages(CHAT_ID).some((message) => message.text.includes(text));
const showsSoon = (text: string) => until(() => shown(text), Boolean, { what: text });

describe('while another program holds the state file', () => {
  it('every post is answered 503, and taken again as soon as that lets go', async () => {
    await world.startBridge({}, { folder, config: CHECK_IN });
    expect((await event('before')).status).toBe(202);
    await showsSoon('before');
    const other = connectSqlite(join(folder, 'state/alert-bridge/outbox.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    expect(await alert('Held')).toMatchObject(refused);
    expect(await event('held')).toMatchObject(refused);
    expect(await post(world.bridge, '/api/v1/checkins/backup', {})).toMatchObject(refused);
    expect((await fetch(`${world.bridge.url}/-/healthy`)).status).toBe(200);
    other.exec('ROLLBACK');
    other.close();
    expect((await alert('Free')).status).toBe(200);
    expect((await event('held')).status).toBe(202);
    expect((await post(world.bridge, '/api/v1/checkins/backup', {})).status).toBe(202);
    await showsSoon('Free');
    await showsSoon('held');
    expect(await readLedger(world.bridge)).toMatchObject({ accepted: 3 });
  });
});

describe.runIf(mayMount())('on a full disk', () => {
  const disk = (): string => join(folder, 'state');
  beforeEach(() => {
    mkdirSync(disk(), { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', disk()]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', disk()]);
  });

  it(
    'every post is answered 503; what was accepted is told, and all works once there is room',
    { timeout: 200_000 },
    async () => {
      await world.startBridge({}, { folder });
      world.telegram.setChatState(CHAT_ID, { blocked: true });
      const accepted: string[] = [];
      const ballast = join(disk(), 'ballast');
      writeFileSync(ballast, Buffer.alloc(700_000));
      const answers = async (): Promise<PostAnswer> => {
        const id = `event-${accepted.length}`;
        const answer = await event(id);
        if (answer.status === 202) accepted.push(id);
        return answer;
      };
      const full = await until(answers, ({ status }) => status !== 202, { timeoutMs: 200_000, everyMs: 0 });
      expect(full).toMatchObject(refused);
      expect(await alert('Full')).toMatchObject(refused);
      expect((await fetch(`${world.bridge.url}/metrics`)).status).toBe(200);
      expect(world.bridge.running).toBe(true);
      expect(await readLedger(world.bridge)).toMatchObject({ accepted: accepted.length });

      rmSync(ballast);
      expect((await alert('Room')).status).toBe(200);
      world.telegram.setChatState(CHAT_ID, { blocked: false });
      await world.bridge.restart();
      await settled(world.bridge);
      expect(await readLedger(world.bridge)).toMatchObject({ accepted: accepted.length + 1, failed: 0 });
      expect(shown('Room')).toBe(true);
    },
  );
});
