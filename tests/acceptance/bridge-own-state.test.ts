/** The real bridge on state that it cannot use: it starts, delivers a new alert, and tells the chat of the loss. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { CHAT_ID, notification, post, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';

const inOutbox = (folder: string, sql: string): void => {
  const database = connectSqlite(join(folder, 'outbox.sqlite'));
  database.exec(sql);
  database.close();
};
const BUDGET = `INSERT INTO state VALUES ('telegram_budget', '{"spent":[],"pausedUntil":[["all",1e306]]}')
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;

const world = useInstallation((at) => at.startBridge({}, { config: 'report: { enabled: false }\n' }));

it.each<[string, (folder: string) => void]>([
  ['an empty key', (folder) => writeFileSync(join(folder, 'state.key'), '')],
  ['a garbled key', (folder) => writeFileSync(join(folder, 'state.key'), 'no key at all\n')],
  ['a newer schema', (folder) => inOutbox(folder, 'PRAGMA user_version = 999')],
  ['a budget beyond all time', (folder) => inOutbox(folder, BUDGET)],
  ['an emptied outbox', (folder) => writeFileSync(join(folder, 'outbox.sqlite'), '')],
  ['a lost write-ahead log', (folder) => rmSync(join(folder, 'outbox.sqlite-wal'))],
])(
  'with %s: an alert is delivered, and the chat hears of the loss',
  {
    timeout: 300_000,
    meta: {
      tried: 'State of the bridge that it cannot use: key, schema, budget, outbox or its log',
      held: 'the real bridge starts, delivers a new alert, and tells the chat of the loss',
    },
  },
  async (_what, harm) => {
    const { telegram, bridge } = world;
    await settled(bridge);
    await bridge.kill();
    const state = join(bridge.folder, 'state/alert-bridge');
    expect(existsSync(join(state, 'state.key'))).toBe(true);
    harm(state);
    await bridge.restart();
    const answer = await post(bridge, '/webhooks/alertmanager', notification([{ alertname: 'After' }]));
    expect(answer.status).toBe(200);
    const texts = () => telegram.messages(CHAT_ID).map(({ text }) => text);
    for (const word of ['After', 'мониторинга'])
      await until(texts, (all) => all.some((text) => text.includes(word)), { what: word });
  },
);
