/** Whatever happens to what the bridge keeps: it opens, takes an alert, and tells what it has lost. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { restoreBudget } from '../../../../alert-bridge/telegram/sender.ts';
import { createLifecycle, downtimeBefore } from '../../../../alert-bridge/monitor/lifecycle.ts';
import { knownReceivers } from '../../../../alert-bridge/ingest/receive.ts';
import { openState, type KeptState } from '../../../../alert-bridge/outbox/open.ts';
import { createChatSilenceStore } from '../../../../alert-bridge/bot/silence-store.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const CHAT = '42';
const ROWS: Readonly<Record<string, string>> = {
  telegram_budget: JSON.stringify({ spent: [[42, [NOW - 10]]], pausedUntil: [['all', NOW + 60_000]] }),
  lifecycle: JSON.stringify({ aliveAt: NOW - 60_000, stopped: true }),
  receivers: '["bridge"]',
  watchdog_last_seen: String(NOW - 1_000),
  [`chat:${CHAT}:migrated_to`]: '-100777',
  [`chat:${CHAT}:late_cause`]: 'backlog',
  critical_errors_counted_since: String(NOW - 1_000),
  'talk:mutes': '[]',
  'talk:offset:7': JSON.stringify({ next: 8, at: NOW }),
  'reconcile:muted': '["f"]',
  silences: '{}',
  'job:prune': JSON.stringify({ slot: NOW }),
  'checkin:backup:last': String(NOW - 1_000),
  'checkin:backup:runs': JSON.stringify({ open: [{ id: '', at: NOW - 1_000 }], failingSince: NOW - 500 }),
};

let whole: string;
let folder: string;
const logged: string[] = [];
const note = (message: string): void => void logged.push(message);
const log = { debug: note, info: note, warn: note, error: note };
const clock = { now: () => NOW };

const open = (): KeptState =>
  openState({ folder, stateKeys: [], chats: [CHAT], isShared: false, clock, log });
const alertOf = (id: string): NewSignal => ({
  id,
  type: 'custom',
  severity: 'critical',
  occurredAt: NOW,
  body: { kind: 'custom', title: id, text: id },
});
const accept = ({ outbox }: KeptState, id: string) =>
  outbox.accept([{ signals: [alertOf(id)], chatsOf: () => [CHAT], suppress: () => undefined, now: NOW }]);

/** All that is read at a start. */
function readAll({ outbox: { state } }: KeptState): void {
  expect(restoreBudget(state).readyAt(42, NOW)).toBeLessThan(NOW + 8 * 24 * 3_600_000);
  downtimeBefore(state, NOW, 1_000);
  knownReceivers(state);
  createChatSilenceStore(state).active();
}

async function survives(what: string, isTold = true): Promise<KeptState['lost']> {
  const kept = open();
  readAll(kept);
  const told: NewSignal[] = [];
  await createLifecycle({
    tell: (signal) => Promise.resolve(void told.push(signal)),
    isSettled: () => true,
    state: kept.outbox.state,
    clock: { now: () => NOW, sleep: () => new Promise(() => undefined) },
    version: '1',
    bridgeName: undefined,
    newId: () => 'id',
    onUnexpected: (error) => {
      throw error;
    },
  }).started(kept.lost);
  expect(told.map(({ body }) => body.kind).includes('bridge_state_lost'), what).toBe(isTold);
  expect(accept(kept, `after ${what}`)).toEqual([{ status: 'accepted', count: 1 }]);
  expect(
    kept.outbox.waiting(CHAT, 10).some(({ id }) => id === `after ${what}`),
    what,
  ).toBe(true);
  kept.outbox.close();
  const again = open();
  expect(again.lost, `told once of ${what}`).toEqual([]);
  again.outbox.close();
  return kept.lost;
}

beforeAll(() => {
  whole = mkdtempSync(join(tmpdir(), 'own-state-'));
  folder = whole;
  const kept = open();
  accept(kept, 'before');
  for (const [key, value] of Object.entries(ROWS)) kept.outbox.state.set(key, value);
  kept.outbox.close();
});
afterAll(() => rmSync(whole, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-state-'));
  cpSync(whole, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const aside = (): readonly string[] =>
  readdirSync(folder).filter((name) => /\.(?:damaged|newer|other-key)-/.test(name));

it('a state that is whole is no loss, nor is the very first', async () => {
  expect(await survives('nothing', false)).toEqual([]);
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  expect(await survives('a first start', false)).toEqual([]);
});

describe('files', () => {
  it.each([
    ['an empty key', 'state.key', '', 'key'],
    ['a garbled key', 'state.key', 'zz'.repeat(32), 'key'],
    ['an emptied outbox', 'outbox.sqlite', '', 'missing'],
    ['an outbox that is no database', 'outbox.sqlite', 'x'.repeat(9_000), 'damaged'],
  ])('%s: set aside, told, and going on', async (what, name, content, cause) => {
    writeFileSync(at(name), content);
    const lost = await survives(what);
    expect(lost[0]?.cause).toBe(cause);
    if (cause !== 'missing') expect(aside().join()).toContain(name);
  });

  it.each(['state.key', 'outbox.sqlite', 'outbox.mark'])('%s replaced by a folder', async (name) => {
    rmSync(at(name));
    mkdirSync(at(name));
    await survives(`folder ${name}`, name !== 'outbox.mark');
    expect(aside().join()).toContain(name);
  });

  it.each(['state.key', 'outbox.sqlite'])('%s removed', async (name) => {
    rmSync(at(name));
    expect(await survives(`without ${name}`)).toHaveLength(1);
  });

  it('a newer schema is set aside, and both versions are named', async () => {
    const database = connectSqlite(at('outbox.sqlite'));
    database.pragma('user_version = 4711');
    database.close();
    const [lost] = await survives('a downgrade');
    expect(lost).toMatchObject({ cause: 'newer', found: 4711, known: expect.any(Number) as number });
    expect(aside().join()).toContain('outbox.sqlite.newer-');
  });

  it('a write-ahead log that is gone after a crash', async () => {
    const kept = open();
    accept(kept, 'in the log');
    // As a crash leaves it.
    cpSync(folder, `${folder}-crashed`, { recursive: true });
    kept.outbox.close();
    rmSync(folder, { recursive: true });
    cpSync(`${folder}-crashed`, folder, { recursive: true });
    rmSync(`${folder}-crashed`, { recursive: true });
    expect(existsSync(at('outbox.sqlite-wal'))).toBe(true);
    rmSync(at('outbox.sqlite-wal'));
    rmSync(at('outbox.sqlite-shm'), { force: true });
    expect((await survives('a lost log'))[0]?.cause).toBe('log_missing');
  });

  it('a disk that forbids it is not damage: nothing is set aside', () => {
    const lock = connectSqlite(at('outbox.sqlite'));
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
    expect(() => open()).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    lock.close();
    expect(aside()).toEqual([]);
  }, 30_000);
});

const VALUES = ['null', '1e306', '""', '[]', '{}', '-1', '"NaN"', 'NaN', '', 'x'];

describe('rows', () => {
  it.each(Object.keys(ROWS))('%s may hold anything', (key) => {
    for (const value of VALUES) {
      const database = connectSqlite(at('outbox.sqlite'));
      database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?)').run(key, value);
      database.close();
      const kept = open();
      readAll(kept);
      const [lost] = kept.lost;
      // What it may hold: an empty list, an empty record, an empty cause.
      if (lost !== undefined) expect(lost).toEqual({ cause: 'rows', file: key });
      accept(kept, `${key} ${value}`);
      kept.outbox.close();
    }
    const database = connectSqlite(at('outbox.sqlite'), { readonly: true });
    const kept = database.prepare(`SELECT count(*) FROM state WHERE key LIKE 'set_aside:%:' || ?`).pluck();
    expect(kept.get(key)).toBeGreaterThan(0);
    database.close();
  });

  it(
    'the pause that a proxy asked for is told and forgotten',
    {
      meta: {
        tried: 'A persisted pause of 1e306 ms',
        held: 'the row is set aside and told; the next alert goes out',
      },
    },
    async () => {
      const database = connectSqlite(at('outbox.sqlite'));
      const value = '{"spent":[],"pausedUntil":[["all",1e306]]}';
      database.prepare(`UPDATE state SET value = ? WHERE key = 'telegram_budget'`).run(value);
      database.close();
      expect(await survives('a long pause')).toEqual([{ cause: 'rows', file: 'telegram_budget' }]);
    },
  );
});

const CASES = process.env['TEST_LONG'] === '1' ? 2_000 : 60;

it(
  'any file cut, emptied, or with bits flipped: it opens and takes the next alert',
  {
    timeout: 600_000,
    meta: {
      tried: 'Files of the bridge cut, emptied, garbled or replaced by folders',
      held: 'set aside, told, and the next alert is taken',
    },
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('outbox.sqlite', 'state.key', 'outbox.mark'),
        fc.oneof(
          fc.record({ cut: fc.double({ min: 0, max: 1, noNaN: true }) }),
          fc.record({
            flips: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999_999, noNaN: true }), fc.nat(255)), {
              minLength: 1,
              maxLength: 40,
            }),
          }),
        ),
        async (name, damage) => {
          rmSync(folder, { recursive: true, force: true });
          cpSync(whole, folder, { recursive: true });
          const bytes = readFileSync(at(name));
          if ('cut' in damage)
            writeFileSync(at(name), bytes.subarray(0, Math.floor(bytes.length * damage.cut)));
          else {
            for (const [place, mask] of damage.flips) {
              const index = Math.floor(place * bytes.length);
              bytes[index] = (bytes[index] ?? 0) ^ mask;
            }
            writeFileSync(at(name), bytes);
          }
          const kept = open();
          readAll(kept);
          expect(accept(kept, 'next')).toEqual([{ status: 'accepted', count: 1 }]);
          expect(kept.outbox.waiting(CHAT, 100).some(({ id }) => id === 'next')).toBe(true);
          kept.outbox.close();
          await Promise.resolve();
        },
      ),
      { numRuns: CASES },
    );
  },
);
