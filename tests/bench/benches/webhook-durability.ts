/**
 * How fast the bridge answers events that are on disk, against how fast the same disk takes commits at all.
 *
 * The chat has blocked the bot, so that nothing is delivered meanwhile. The answers are counted against the ledger at
 * the end: an answer that was not kept is no answer.
 */
import { join } from 'node:path';
import { openSqlite } from '../../../common/state/sqlite.ts';
import {
  CHAT_ID,
  readLedger,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../../support/bridge/bridge.ts';
import { makeTemporaryFolder } from '../../support/servers/folders.ts';
import { until } from '../../support/machine/until.ts';
import type { Bench, Prepared } from '../harness.ts';
import { createLoad } from '../support/load.ts';

const RAW = 'SQLite commits, a row each';
const RAW_ROUND_MS = 500;
const GOAL = 0.5;

const eventOf = (id: string): string =>
  JSON.stringify({
    type: 'payment_received',
    id,
    user_id: 5_512_345_678,
    amount: 150,
    currency: 'XTR',
    payment_type: 'month',
  });

export const webhookDurability: Bench = {
  name: 'webhook-durability',
  needs: [],
  unit: 'answers/s',
  rounds: 14,
  prepare: async (): Promise<Prepared> => {
    const telegram = await startTelegram();
    telegram.setChatState(CHAT_ID, { blocked: true });
    const bridge = await startBridge(telegram);
    const url = `${bridge.url}/api/v1/events`;
    const loadOf = (connections: number, run: string) =>
      createLoad({
        url,
        connections,
        method: 'POST',
        headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
        body: (n) => eventOf(`bench-${connections}-${run}-${n}`),
      });

    const trial = loadOf(1, 'trial');
    await trial.round();
    await until(
      async () => (await fetch(`${bridge.url}/-/ready`)).status,
      (status) => status === 503,
      { what: 'The bridge seeing that the chat refuses messages' },
    );
    const one = loadOf(1, 'measured');
    const many = loadOf(32, 'measured');
    const loads = [trial, one, many];
    const raw = openRaw();
    return {
      // Commits in the middle: next to each of the two that are compared with them.
      subjects: {
        [nameOf(1)]: one.round,
        [RAW]: () => Promise.resolve(raw.round()),
        [nameOf(32)]: many.round,
      },
      comparisons: [1, 32].map((connections) => ({
        name: nameOf(connections),
        subject: nameOf(connections),
        peer: RAW,
        goal: { ratio: GOAL },
      })),
      close: async () => {
        raw.close();
        for (const load of loads) load.close();
        try {
          const answers = loads.reduce((sum, load) => sum + load.answers(), 0);
          const { accepted, pending } = await readLedger(bridge);
          if (accepted !== answers || pending !== answers) {
            throw new Error(`${answers} answers, but ${accepted} accepted and ${pending} pending`);
          }
        } finally {
          await bridge.close();
          await telegram.close();
        }
      },
    };
  },
};

const nameOf = (connections: number): string => `webhook-durability, ${connections} at a time`;

/** The same disk and the same settings as the bridge's outbox: write-ahead log, on disk before a commit returns. */
function openRaw(): { readonly round: () => number; readonly close: () => void } {
  const database = openSqlite(join(makeTemporaryFolder(), 'raw.sqlite'));
  database.exec('CREATE TABLE events (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO events (body) VALUES (?)');
  return {
    round: () => {
      const startedAt = performance.now();
      let commits = 0;
      while (performance.now() - startedAt < RAW_ROUND_MS) {
        insert.run(eventOf(`bench-raw-${commits}`));
        commits += 1;
      }
      return (commits * 1_000) / (performance.now() - startedAt);
    },
    close: () => void database.close(),
  };
}
