import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { OUTBOX_MIGRATIONS } from '../../../../alert-bridge/outbox/schema.ts';
import { createSeal } from '../../../../alert-bridge/outbox/seal.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { idOfEvent, type NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { migrate, openSqlite, type SqliteDatabase } from '../../../../common/state/sqlite.ts';

const NOW = 1_700_000_000_000;
/** Of the last release that took ids and types as they came. */
const VERSION_BEFORE = 9;
const seal = createSeal([Buffer.alloc(32, 7)]);

let folder: string;
let database: SqliteDatabase | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unreadable-'));
});
afterEach(() => {
  database?.close();
  rmSync(folder, { recursive: true });
});
const openFile = (): SqliteDatabase => {
  database?.close();
  database = openSqlite(join(folder, 'outbox.sqlite'));
  return database;
};
const open = (): Outbox => openOutbox(openFile(), seal);

const custom = (id: string, title: string): NewSignal => ({
  id,
  type: `custom:${title}`,
  severity: 'critical',
  occurredAt: NOW,
  body: { kind: 'custom', title, text: '' },
});
const accept = (outbox: Outbox, ...signals: NewSignal[]) =>
  outbox.accept(
    signals.map((signal) => ({
      signals: [signal],
      chatsOf: () => ['1'],
      suppress: () => undefined,
      now: NOW,
    })),
  );

/** Writes what a release before this one has accepted. */
function acceptBefore(...signals: NewSignal[]): void {
  const file = openFile();
  migrate(file, OUTBOX_MIGRATIONS.slice(0, VERSION_BEFORE));
  for (const { id, type, body } of signals) {
    const { lastInsertRowid: seq } = file
      .prepare(
        `INSERT INTO signals (id, kind, type, severity, occurred_at, accepted_at, body)
         VALUES (?, ?, ?, 'critical', ?, ?, ?)`,
      )
      .run(id, body.kind, type, NOW, NOW, seal.seal(JSON.stringify(body), ['signals', id]));
    file.prepare("INSERT INTO deliveries (seq, chat, type, urgency) VALUES (?, '1', ?, 0)").run(seq, type);
    file.exec(`INSERT INTO totals VALUES ('accepted', '', 1) ON CONFLICT DO UPDATE SET value = value + 1`);
  }
}

describe('a file of the release before', () => {
  it(
    'gives out what its release got stuck at, and what comes behind it',
    {
      meta: {
        tried: 'A state file in which half a surrogate pair stops every chat',
        held: 'the new release delivers what was stuck, and what waits behind it',
      },
    },
    () => {
      acceptBefore(custom('a', 'caf\udce9.csv'), custom('b', 'next'));
      const outbox = open();
      const [first] = outbox.nextPending('1', 10)?.signals ?? [];
      expect(first).toMatchObject({ type: expect.stringContaining('custom:caf\u{fffd}') as string });
      outbox.settle({ chat: '1', outcomes: [{ seq: 1, outcome: 'delivered', reason: '' }], now: NOW });
      expect(outbox.nextPending('1', 10)).toMatchObject({
        type: 'custom:next',
        signals: [{ id: 'event:b' }],
      });
      expect(outbox.ledger()).toMatchObject({ accepted: 2, delivered: 1, pending: 1 });
    },
  );

  it('settles as failed what was kept under half a surrogate pair and opens no more', () => {
    acceptBefore(custom('\udce9', 'first'), custom('b', 'next'));
    const outbox = open();
    expect(outbox.dropUnreadable(NOW)).toBe(1);
    expect(outbox.nextPending('1', 10)).toMatchObject({ type: 'custom:next' });
    expect(outbox.ledger()).toMatchObject({ accepted: 2, failed: { unreadable: 1 }, pending: 1 });
  });

  it('gives the place of a report back that an event took, and sends no report twice', () => {
    const report = (date: string): NewSignal => ({
      id: `daily_report:${date}`,
      type: `daily_report:${date}`,
      severity: 'info',
      occurredAt: NOW,
      body: { kind: 'daily_report', date, formedAt: NOW, figures: null, errors: null },
    });
    acceptBefore(custom('daily_report:2026-11-29', 'x'), report('2026-11-28'), custom('order-1', 'y'));
    const outbox = open();
    expect(accept(outbox, report('2026-11-29'), report('2026-11-28'))).toMatchObject([
      { status: 'accepted' },
      { status: 'duplicate' },
    ]);
    // What a sender sends again is known too, and found by the id it gave.
    expect(accept(outbox, custom(idOfEvent('order-1'), 'y'))).toMatchObject([{ status: 'duplicate' }]);
    expect(outbox.signals({ id: 'order-1', limit: 9 })).toMatchObject([{ id: 'order-1', type: 'custom:y' }]);
    expect(outbox.dropUnreadable(NOW)).toBe(0);
  });
});

describe('a row that cannot be read', () => {
  const damages: Readonly<Record<string, string>> = {
    'is of the wrong type': 'UPDATE signals SET body = 7 WHERE seq = 1',
    'is empty': "UPDATE signals SET body = x'' WHERE seq = 1",
    'was altered': 'UPDATE signals SET body = zeroblob(length(body)) WHERE seq = 1',
    'is gone': 'PRAGMA foreign_keys = OFF; DELETE FROM signals WHERE seq = 1; PRAGMA foreign_keys = ON',
  };
  it.each(Object.entries(damages))('because it %s makes way for the next one', (_name, sql) => {
    const outbox = open();
    accept(outbox, custom('event:a', 'a'), custom('event:b', 'b'));
    database?.exec(sql);
    expect(() => outbox.nextPending('1', 10)).toThrow(expect.objectContaining({ name: 'UnreadableError' }));
    expect(outbox.dropUnreadable(NOW)).toBe(1);
    expect(outbox.nextPending('1', 10)).toMatchObject({ type: 'custom:b' });
  });

  it.each(['no JSON', 'null', '[]', '{}', '{"kind":"alert"}'])('because %s is sealed in it', (content) => {
    const outbox = open();
    accept(outbox, custom('event:a', 'a'), custom('event:b', 'b'));
    database
      ?.prepare('UPDATE signals SET body = ? WHERE seq = 1')
      .run(seal.seal(content, ['signals', 'event:a']));
    expect(outbox.dropUnreadable(NOW)).toBe(1);
    expect(outbox.nextPending('1', 10)).toMatchObject({ type: 'custom:b' });
    expect(outbox.ledger()).toMatchObject({ accepted: 2, failed: { unreadable: 1 }, pending: 1 });
  });
});
