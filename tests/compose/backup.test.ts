/** The commands of docs/operations.md for backup, restore and a move, without the containers around them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHAT_ID, notification, post, readLedger, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { runTool } from '../support/machine/run-tool.ts';
import type { Server } from '../support/servers/process.ts';
import { SQLITE_LIBRARY } from '../../common/state/sqlite-library.ts';
import { root } from './compose-file.ts';

const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
/** Lines of the block of commands behind a mark. */
function commands(mark: string): readonly string[] {
  const [, block] = new RegExp(`<!-- ${mark} -->\\s+\`\`\`bash\\n([^]*?)\`\`\``).exec(operations) ?? [];
  if (block === undefined) throw new Error(`docs/operations.md has no block of commands marked ${mark}`);
  return block
    .trim()
    .split('\n')
    .map((line) => line.trim());
}
/** Where whoever types the commands is. */
let here: string;
const world = useInstallation((at) => {
  here = at.makeFolder();
});

interface Installed {
  readonly bridge: Server;
  readonly state: string;
}
async function install(): Promise<Installed> {
  const folder = world.makeFolder();
  const bridge = await world.startBridge({}, { folder });
  return { bridge, state: join(folder, 'state') };
}

async function type(mark: string, { bridge, state }: Installed): Promise<void> {
  for (const command of commands(mark)) {
    const inside = command.replace(/^docker compose (?:exec -T|run --rm -T --no-deps) alert-bridge /, '');
    if (inside !== command) {
      const line = inside
        .replaceAll('/app/var/state', state)
        .replace("'better-sqlite3'", `'${SQLITE_LIBRARY}'`);
      const ended = await runTool('bash', ['-c', line], here, { NODE_PATH: join(root, 'node_modules') });
      expect(ended).toEqual({ code: 0, output: '' });
    } else if (/^docker compose stop\b/.test(command)) await bridge.stop();
    else if (/^docker compose (?:start|up)\b/.test(command)) await bridge.restart();
    else expect(command).toBe('docker compose build');
  }
}

const alert = ({ bridge }: Installed, alertname: string) =>
  post(bridge, '/webhooks/alertmanager', notification([{ alertname }]));
const shown = (text: string) =>
  world.telegram.messages(CHAT_ID).filter((message) => message.text.includes(text));

describe('docs/operations.md', () => {
  it('has a backup that a running bridge can give, and a restore that it takes', async () => {
    const one = await install();
    world.telegram.setChatState(CHAT_ID, { blocked: true });
    expect((await alert(one, 'Kept')).status).toBe(200);
    await type('backup', one);
    await one.bridge.stop();
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(one.state, `alert-bridge/outbox.sqlite${end}`), { force: true });
    writeFileSync(join(one.state, 'alert-bridge/outbox.sqlite'), 'not a database');
    await type('restore', one);
    expect(await readLedger(one.bridge)).toMatchObject({ accepted: 1, pending: 1 });
    world.telegram.setChatState(CHAT_ID, { blocked: false });
    await one.bridge.restart();
    await settled(one.bridge);
    expect(shown('Kept')).toHaveLength(1);
  });

  it('has a move that loses nothing', async () => {
    const [old, fresh] = [await install(), await install()];
    await fresh.bridge.stop();
    rmSync(fresh.state, { recursive: true });
    world.telegram.setChatState(CHAT_ID, { blocked: true });
    expect((await alert(old, 'Moved')).status).toBe(200);
    await type('move: old', old);
    world.telegram.setChatState(CHAT_ID, { blocked: false });
    // The volume of the new server: empty.
    await runTool('mkdir', ['-m', '700', fresh.state], here);
    await type('move: new', fresh);
    expect(await settled(fresh.bridge)).toMatchObject({ delivered: 1, failed: 0 });
    expect(shown('Moved')).toHaveLength(1);
  });
});
