/** The bridge from the build, while a program of somebody else holds its state file for seconds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHAT_ID, notification, post, readLedger, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { SQLITE_LIBRARY } from '../../common/state/sqlite-library.ts';
import { until } from '../support/machine/until.ts';
let folder: string;
let free: () => Promise<void>;
const world = useInstallation((at) => {
  folder = at.makeFolder();
  free = () => Promise.resolve();
});
afterEach(() => free());

const HOLDER = `
import Database from '${SQLITE_LIBRARY}';
const database = new Database(process.argv[1], { timeout: 60_000 });
database.exec('BEGIN EXCLUSIVE');
process.stdout.write('held');
process.stdin.once('data', () => { database.exec('ROLLBACK'); database.close(); process.exit(0); });`;

/** Another process takes the file, and keeps it until `free`. */
async function hold(): Promise<void> {
  const path = join(folder, 'state/alert-bridge/outbox.sqlite');
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  free = async () => {
    free = () => Promise.resolve();
    const ended = once(holder, 'exit');
    holder.stdin.end('end');
    await ended;
  };
}

/** The longest time that the bridge answered nobody, ms, until `end`. */
function watchStalls(): { end(): Promise<number> } {
  let longest = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const askedAt = performance.now();
      await (await fetch(`${world.bridge.url}/-/healthy`)).text();
      longest = Math.max(longest, performance.now() - askedAt);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return longest;
    },
  };
}

const alert = (alertname: string) =>
  post(world.bridge, '/webhooks/alertmanager', notification([{ alertname }]));
const shown = (text: string) =>
  world.telegram.messages(CHAT_ID).filter((message) => message.text.includes(text));
const ready = async () => {
  const response = await fetch(`${world.bridge.url}/-/ready`);
  return { status: response.status, body: await response.text() };
};

describe('while another process holds the state file for seconds', () => {
  it(
    'posts are refused or wait, everything else is answered, and afterwards each alert is shown once',
    {
      timeout: 300_000,
      meta: {
        tried: 'Another process holds the state file of the bridge exclusively for seconds',
        held: 'posts get 503 or wait; the bridge answers meanwhile; each alert is shown once',
      },
    },
    async () => {
      await world.startBridge({}, { folder });
      expect((await alert('Before')).status).toBe(200);
      await settled(world.bridge);
      await hold();
      const heldAt = performance.now();
      const stalls = watchStalls();
      expect(await ready()).toMatchObject({
        status: 503,
        body: expect.stringContaining('SQLITE_BUSY') as string,
      });
      const names = Array.from({ length: 20 }, (_, i) => `Held${i}x`);
      const refused = await Promise.all(names.map(alert));
      for (const { status } of refused) expect(status).toBe(503);
      const late = alert('Patient');
      await free();
      const heldMs = performance.now() - heldAt;
      expect((await late).status).toBe(200);
      // Alertmanager repeats what was refused.
      for (const name of names) expect((await alert(name)).status).toBe(200);
      await until(ready, ({ status }) => status === 200, { what: 'readiness' });
      const ledger = await settled(world.bridge);
      expect(await stalls.end()).toBeLessThan(heldMs / 4);
      expect(ledger).toMatchObject({ accepted: 22, failed: 0, possibleDuplicates: 0 });
      expect(shown('Patient')).toHaveLength(1);
    },
  );

  it(
    'a message that was sent just before is not sent again',
    {
      timeout: 300_000,
      meta: {
        tried: 'The state file is taken by another process while Telegram answers a message',
        held: 'the message is settled once the file is free, and never sent again',
      },
    },
    async () => {
      await world.startBridge({}, { folder });
      world.telegram.addOutage({ answer: 'slow', method: 'sendMessage', delayMs: 10_000, times: 1 });
      expect((await alert('OnItsWay')).status).toBe(200);
      await until(
        () => world.telegram.requests({ method: 'sendMessage' }),
        ({ length }) => length === 1,
        { what: 'a message on its way' },
      );
      await hold();
      await until(
        () => world.telegram.requests({ method: 'sendMessage' })[0]?.outcome,
        (outcome) => outcome !== 'pending',
        { what: 'the answer' },
      );
      // By then the write that follows has failed.
      await until(ready, ({ status }) => status === 503, { what: 'trouble' });
      expect((await alert('Refused')).status).toBe(503);
      expect(await readLedger(world.bridge)).toMatchObject({ pending: 1 });
      await free();
      expect(await settled(world.bridge)).toMatchObject({ accepted: 1, delivered: 1, possibleDuplicates: 0 });
      expect(shown('OnItsWay')).toHaveLength(1);
      expect(world.telegram.requests({ method: 'sendMessage' })).toHaveLength(1);
    },
  );

  it(
    'at the start it waits, alive but not ready, and works once the file is free',
    {
      timeout: 300_000,
      meta: {
        tried: 'Another process holds the state file when the bridge starts',
        held: 'it is alive, answers posts with 503, and takes them once the file is free',
      },
    },
    async () => {
      await world.startBridge({}, { folder });
      expect((await alert('Before')).status).toBe(200);
      await settled(world.bridge);
      await world.bridge.kill();
      await hold();
      await world.bridge.restart();
      expect((await fetch(`${world.bridge.url}/-/healthy`)).status).toBe(200);
      expect(await ready()).toMatchObject({
        status: 503,
        body: expect.stringContaining('SQLITE_BUSY') as string,
      });
      expect((await alert('Waiting')).status).toBe(503);
      await free();
      await until(ready, ({ status }) => status === 200, { what: 'readiness' });
      expect((await alert('Waiting')).status).toBe(200);
      await settled(world.bridge);
      expect(shown('Waiting')).toHaveLength(1);
    },
  );
});
