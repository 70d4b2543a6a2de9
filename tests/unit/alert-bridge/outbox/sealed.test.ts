import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outboxPath } from '../../../../alert-bridge/outbox/folder.ts';
import { openKeptOutbox, sealOf, type KeptOutbox } from '../../../../alert-bridge/outbox/open.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { OUTBOX_MIGRATIONS } from '../../../../alert-bridge/outbox/schema.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';
import type { Incident } from '../../../../alert-bridge/model/incident.ts';
import { connectSqlite, migrate, openSqlite } from '../../../../common/state/sqlite.ts';

const NOW = 1_700_000_000_000;
const CANARY = 'canary-of-a-body';
const [KEY, OTHER_KEY] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];

let folder: string;
let opened: Outbox | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealed-'));
});
afterEach(() => {
  opened?.close();
  opened = undefined;
  rmSync(folder, { recursive: true });
});

const open = (...keys: Buffer[]): KeptOutbox => {
  opened?.close();
  const kept = openKeptOutbox(folder, sealOf(folder, keys), NOW);
  opened = kept.outbox;
  return kept;
};
const close = () => {
  opened?.close();
  opened = undefined;
};

const event = (id: string): NewSignal => ({
  id,
  type: 'critical_error:X',
  severity: 'critical',
  occurredAt: 1,
  body: { kind: 'critical_error', errorType: 'X', details: `${CANARY} of ${id}`, userId: '5512345678' },
});
const alert: NewSignal = {
  id: 'alert',
  type: 'alert:Down',
  severity: 'critical',
  occurredAt: 1,
  body: {
    kind: 'alert',
    status: 'firing',
    fingerprint: 'f',
    labels: { alertname: 'Down' },
    annotations: { summary: CANARY },
    startsAt: 1,
  },
};
const incidentOf = (type: string): Incident => ({
  kind: 'events',
  type,
  severity: 'critical',
  rangAt: 1,
  messageId: 1,
  count: 1,
  firstAt: 1,
  lastAt: 1,
  body: { kind: 'custom', title: type, text: CANARY },
});
const fill = (outbox: Outbox): void => {
  const signals = [event('1'), event('2'), alert];
  outbox.accept([{ signals, chatsOf: () => ['a'], suppress: () => undefined, now: NOW }]);
  const incident = { state: incidentOf('t'), stale: false };
  outbox.settle({ chat: 'a', outcomes: [{ seq: 1, outcome: 'delivered', reason: '' }], incident, now: NOW });
};
const waiting = (outbox: Outbox) => outbox.waiting('a', 10).map(({ body }) => body);
const bytes = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
const tell = (text: string) => bytes().some((content) => content.includes(text));

/** As a release before this one kept it. */
function plainOutbox(): void {
  const database = openSqlite(outboxPath(folder));
  migrate(database, OUTBOX_MIGRATIONS.slice(0, 5));
  const insert =
    database.prepare(`INSERT INTO signals (id, kind, type, severity, occurred_at, accepted_at, body, outcome)
    VALUES (?, ?, ?, 'critical', 1, 1, ?, ?)`);
  database.transaction(() => {
    for (let n = 0; n < 300; n += 1) insert.run(`old-${n}`, 'custom', 'x', `"${CANARY}"`, 'delivered');
    insert.run('2', 'critical_error', 'critical_error:X', JSON.stringify(event('2').body), null);
    insert.run('alert', 'alert', 'alert:Down', JSON.stringify(alert.body), null);
    for (const seq of [301, 302])
      database.prepare("INSERT INTO deliveries (seq, chat, type, urgency) VALUES (?, 'a', 'x', 0)").run(seq);
    database
      .prepare("INSERT INTO threads (chat, type, state, stale, updated_at) VALUES ('a', 't', ?, 0, 1)")
      .run(JSON.stringify(incidentOf('t')));
  })();
  // What was deleted stays in free pages.
  database.exec("DELETE FROM signals WHERE id LIKE 'old-%' AND seq > 5");
  database.close();
}

describe('the file', () => {
  it('holds no text of bodies, incidents and open alerts, and reads as they were', () => {
    fill(open(KEY).outbox);
    expect(tell(CANARY)).toBe(false);
    expect(tell('5512345678')).toBe(false);
    // What is looked for is found where it is in plain text.
    expect(tell('critical_error:X')).toBe(true);
    const { outbox } = open(KEY);
    expect(waiting(outbox)).toEqual([event('2').body, alert.body]);
    expect(outbox.incident('a', 't')).toEqual(incidentOf('t'));
    expect(outbox.openAlerts()).toMatchObject([
      { type: 'alert:Down', severity: 'critical', body: alert.body },
    ]);
    close();
    expect(tell(CANARY)).toBe(false);
  });

  it('of a release that did not seal is sealed, and nothing of the text stays behind', () => {
    plainOutbox();
    expect(tell(CANARY)).toBe(true);
    const { outbox, lost } = open(KEY);
    expect(lost).toBeUndefined();
    expect(tell(CANARY)).toBe(false);
    expect(waiting(outbox)).toEqual([event('2').body, alert.body]);
    expect(outbox.incident('a', 't')).toEqual(incidentOf('t'));
    const database = connectSqlite(outboxPath(folder), { readonly: true });
    const statuses = database.prepare('SELECT id, status FROM signals WHERE outcome IS NULL').raw().all();
    database.close();
    expect(statuses).toEqual([
      ['event:2', null],
      ['alert', 'firing'],
    ]);
  });

  it('leaves nothing of what was deleted', () => {
    const { outbox } = open();
    fill(outbox);
    const database = connectSqlite(outboxPath(folder));
    const sealed = database.prepare('SELECT body FROM signals WHERE seq = 1').pluck().get() as Buffer;
    expect(tell(sealed.toString('latin1'))).toBe(true);
    outbox.prune({ settledBefore: NOW + 1, incidentsBefore: NOW + 1 });
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    expect(tell(sealed.toString('latin1'))).toBe(false);
    expect(outbox.incident('a', 't')).toBeUndefined();
    expect(waiting(outbox)).toHaveLength(2);
  });

  it('that is kept is never opened without a key', () => {
    expect(() => openOutbox(openSqlite(outboxPath(folder)))).toThrow('give the key it is sealed with');
  });
});

describe('the key', () => {
  it('is made once in the folder', () => {
    fill(open().outbox);
    expect(waiting(open().outbox)).toHaveLength(2);
    expect(readdirSync(folder)).toContain('state.key');
  });

  it('can be changed: by naming both, and from the one made here', () => {
    fill(open().outbox);
    expect(waiting(open(OTHER_KEY).outbox)).toHaveLength(2);
    rmSync(join(folder, 'state.key'));
    expect(open(KEY, OTHER_KEY).lost).toBeUndefined();
    const { outbox, lost } = open(KEY);
    expect(lost).toBeUndefined();
    expect(waiting(outbox)).toEqual([event('2').body, alert.body]);
    expect(outbox.openAlerts()).toHaveLength(1);
  });

  it('that is another one: the file is set aside as it is, a new one is begun, and both can be put back', () => {
    fill(open(KEY).outbox);
    const { outbox, lost } = open(OTHER_KEY);
    expect(lost).toEqual({ file: 'outbox.sqlite.other-key-20231114T221320Z', cause: 'other_key' });
    expect(outbox.ledger().accepted).toBe(0);
    fill(outbox);
    close();
    const [aside, back] = [join(folder, lost?.file ?? ''), join(folder, 'back')];
    mkdirSync(back);
    const whole = connectSqlite(aside);
    whole.exec(`VACUUM INTO '${outboxPath(back)}'`);
    whole.close();
    const again = openKeptOutbox(back, sealOf(back, [KEY]), NOW);
    expect(waiting(again.outbox)).toHaveLength(2);
    again.outbox.close();
  });
});

it('gives up what cannot be opened any more, keeps the rest, and the law holds', () => {
  fill(open(KEY).outbox);
  close();
  const database = connectSqlite(outboxPath(folder));
  // Moved from one row to another, and altered.
  database.exec('UPDATE signals SET body = (SELECT body FROM signals WHERE seq = 3) WHERE seq = 2');
  database.exec("UPDATE threads SET state = zeroblob(60) WHERE type = 't'");
  database.close();
  const { outbox, lost } = open(KEY);
  expect(lost).toBeUndefined();
  expect(outbox.dropUnreadable(NOW)).toBe(2);
  expect(waiting(outbox)).toEqual([alert.body]);
  expect(outbox.incident('a', 't')).toBeUndefined();
  expect(outbox.ledger()).toMatchObject({
    accepted: 3,
    delivered: 1,
    failed: { unreadable: 1 },
    pending: 1,
  });
  expect(outbox.dropUnreadable(NOW)).toBe(0);
});
