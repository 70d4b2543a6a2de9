/** What the two services leave on disk, from the build, and for how long. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { CHAT_ID, notification, post, settled, startBridge, startTelegram } from '../support/bridge.ts';
import { everythingIn, filesThatHold, openToOthers } from '../support/files.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const USER = '5512345678901';
const DETAILS = 'canary-of-details';
const SUMMARY = 'canary-of-a-summary';

let database: PostgresServer;
beforeAll(async () => {
  database = await startPostgres();
  await withClient(database.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
  });
}, 60_000);
afterAll(() => database.close());

let telegram: TelegramFake;
let bridge: Server;
beforeEach(async () => {
  telegram = await startTelegram();
  bridge = await startBridge(telegram);
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
});

const event = (type: string, more: object) => post(bridge, '/api/v1/events', { type, ...more });
const tell = async (): Promise<void> => {
  await event('critical_error', { error_type: 'Timeout', details: DETAILS, user_id: USER });
  await event('payment_received', { user_id: USER, amount: 150, payment_type: 'month' });
  await event('custom', { title: 'Refund', text: `of user ${USER}`, severity: 'info' });
  await event('new_user', { user_id: '77' });
  await post(bridge, '/webhooks/alertmanager', notification([{ alertname: 'Down', summary: SUMMARY }]));
};

describe('on disk', () => {
  it('no text of a signal, an incident or a message is readable, while the bridge runs and after', async () => {
    await tell();
    await settled(bridge);
    expect(telegram.messages(CHAT_ID).some(({ text }) => text.includes(DETAILS))).toBe(true);
    const canaries = [DETAILS, SUMMARY, USER];
    for (const canary of canaries) expect(filesThatHold(canary, bridge.folder)).toEqual([]);
    // What is looked for is found: the state is there, with what is kept in the clear.
    expect(filesThatHold('critical_error:Timeout', bridge.folder)).not.toEqual([]);
    await bridge.stop();
    for (const canary of canaries) expect(filesThatHold(canary, bridge.folder)).toEqual([]);
  });

  it('nothing that either service leaves is for others', async () => {
    const exporter = await startService(
      'exporter',
      { DATABASE_URL: database.urlFor(READER) },
      { folder: bridge.folder },
    );
    try {
      await tell();
      await settled(bridge);
      const paths = ['state', 'log'].flatMap((name) => everythingIn(join(bridge.folder, name)));
      expect(paths.length).toBeGreaterThan(20);
      expect(openToOthers(paths)).toEqual([]);
    } finally {
      await exporter.close();
    }
  });
});
