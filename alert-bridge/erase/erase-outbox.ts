/** Removes a person from the outbox, while the bridge runs or not. */
import { randomUUID } from 'node:crypto';
import { writing, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { identityOf, type NewSignal } from '../model/signal.ts';
import { createNotesEraser } from './notes.ts';
import { createLedger } from '../outbox/ledger.ts';
import { mentions, withoutMentions } from './mentions.ts';
import {
  createSealedRows,
  readable,
  unreadable,
  type SealedBody,
  type SealedOpenAlert,
  type SealedRows,
  type SealedIncident,
} from '../outbox/sealed-rows.ts';
import type { Seal } from '../outbox/seal.ts';

/** How many there were. */
export interface Erased {
  /** Settled ones: deleted. */
  readonly signals: number;
  /** Signals that wait: they are delivered, with MARK in place of the id. */
  readonly waiting: number;
  /** What messages stand for: deleted; the messages themselves stay in the chats. */
  readonly incidents: number;
  /** Alerts that fire: kept, with MARK in place of the id, so that their end is known as theirs. */
  readonly openAlerts: number;
  /** Deleted; one that waits joins again without the id. */
  readonly digestMembers: number;
  /** What several bridges tell one another: kept without what names the user. */
  readonly shared: number;
  /** Mutes, names of receivers: deleted. */
  readonly settings: number;
}

export interface Erasure extends Erased {
  /** Rows that could not be opened, and so were searched by what is in the clear only. */
  readonly unreadable: number;
  /** False: another program reads the file, and its write-ahead log still holds what was erased. */
  readonly isLogEmptied: boolean;
}

interface SignalRow extends SealedBody, Pick<NewSignal, 'type' | 'severity'> {
  readonly seq: number;
}
interface OpenAlertRow extends SealedOpenAlert {
  readonly type: string;
}
interface MemberRow {
  readonly chat: string;
  readonly digest: string;
  readonly member: string;
  readonly name: string;
}
export interface Found {
  readonly signals: readonly SignalRow[];
  readonly incidents: readonly SealedIncident[];
  readonly openAlerts: readonly OpenAlertRow[];
  readonly members: readonly MemberRow[];
}

export interface Eraser {
  /** Every row that names the user: by the field meant for it, or anywhere in a text. */
  find(user: string): Found;
  /** Removes what was found, and what is quickly searched. Within a transaction. */
  remove(found: Found, user: string, now: number): Erased;
}

/** What the bridge writes about the person meanwhile is looked for again, so often at most. */
const MAX_ROUNDS = 5;

/**
 * Removes a user from the file. Searching holds nobody up; what was found is removed in one short transaction.
 * @param seal of `keysInUse`: a bridge may have the file open
 * @param now Unix ms
 */
export function eraseUser(database: SqliteDatabase, seal: Seal, user: string, now: number): Erasure {
  const sealed = createSealedRows(seal);
  const eraser = createEraser(database, sealed);
  const remove = writing(database, (found: Found) => eraser.remove(found, user, now));
  let erased = remove(eraser.find(user));
  for (let round = 1; round < MAX_ROUNDS; round += 1) {
    const more = remove(eraser.find(user));
    if (isNothing(more)) break;
    erased = sum(erased, more);
  }
  const [checkpoint] = database.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  return { ...erased, unreadable: countUnreadable(database, sealed), isLogEmptied: checkpoint.busy === 0 };
}

export function createEraser(database: SqliteDatabase, sealed: SealedRows): Eraser {
  const notes = createNotesEraser(database);
  const remove = createRemoval(database, sealed);
  return {
    find: createSearch(database, sealed),
    remove: (found, user, now) => ({ ...remove(found, user, now), ...notes.remove(user) }),
  };
}

const keysOf = Object.keys as (erased: Erased) => (keyof Erased)[];
const isNothing = (erased: Erased): boolean => keysOf(erased).every((key) => erased[key] === 0);
const sum = (a: Erased, b: Erased): Erased =>
  Object.fromEntries(keysOf(a).map((key) => [key, a[key] + b[key]])) as unknown as Erased;

function countUnreadable(database: SqliteDatabase, sealed: SealedRows): number {
  const all = (table: string) => database.prepare(`SELECT * FROM ${table}`).iterate();
  return (
    unreadable<SealedBody>(all('signals'), sealed.openBody).length +
    unreadable<SealedIncident>(all('threads'), sealed.openIncident).length +
    unreadable<SealedOpenAlert>(all('open_alerts'), sealed.openOpenAlert).length
  );
}

function createSearch(database: SqliteDatabase, sealed: SealedRows): (user: string) => Found {
  const signals = database.prepare('SELECT seq, id, type, severity, body FROM signals');
  const incidents = database.prepare('SELECT chat, type, state FROM threads');
  const openAlerts = database.prepare('SELECT fingerprint, type, body FROM open_alerts');
  const members = database.prepare('SELECT chat, digest, member, name FROM digest_members');

  return (user) => {
    const those = <Row>(rows: Iterable<unknown>, contentOf: (row: Row) => unknown): readonly Row[] => {
      const found: Row[] = [];
      for (const row of rows as Iterable<Row>) if (mentions(contentOf(row), user)) found.push(row);
      return found;
    };
    const found = those<SignalRow>(signals.iterate(), (row) => [
      row.id,
      row.type,
      readable(() => sealed.openBody(row)),
    ]);
    const ids = new Set(found.map(({ id }) => id));
    return {
      signals: found,
      incidents: those<SealedIncident>(incidents.iterate(), (row) => [
        row.type,
        readable(() => sealed.openIncident(row)),
      ]),
      openAlerts: those<OpenAlertRow>(openAlerts.iterate(), (row) => [
        row.fingerprint,
        row.type,
        readable(() => sealed.openOpenAlert(row)),
      ]),
      members: (members.all() as MemberRow[]).filter(
        ({ member, name }) => ids.has(member) || mentions([member, name], user),
      ),
    };
  };
}

type Removed = Omit<Erased, 'shared' | 'settings'>;

function createRemoval(
  database: SqliteDatabase,
  sealed: SealedRows,
): (found: Found, user: string, now: number) => Removed {
  const ledger = createLedger(database);
  const isWaiting = database.prepare('SELECT 1 FROM signals WHERE seq = ? AND outcome IS NULL');
  const pending = database.prepare('SELECT chat FROM deliveries WHERE seq = ? AND outcome IS NULL').pluck();
  const deleteSignal = database.prepare('DELETE FROM signals WHERE seq = ?');
  const deleteIncident = database.prepare('DELETE FROM threads WHERE chat = ? AND type = ?');
  const deleteMember = database.prepare(
    'DELETE FROM digest_members WHERE chat = ? AND digest = ? AND member = ?',
  );
  const requeue = createRequeue(database, sealed);
  const rewrite = createOpenAlertRewrite(database, sealed);

  const settleUnreadable = (seq: number, now: number): void => {
    for (const chat of pending.all(seq) as string[])
      ledger.settleDelivery(seq, chat, 'failed', 'unreadable', now);
    deleteSignal.run(seq);
  };

  return ({ signals, incidents, openAlerts, members }, user, now) => {
    const waiting = signals.filter(({ seq }) => isWaiting.get(seq) !== undefined);
    for (const row of waiting) if (!requeue(row, user)) settleUnreadable(row.seq, now);
    const settled = signals.filter((row) => !waiting.includes(row));
    for (const { seq } of settled) deleteSignal.run(seq);
    for (const { chat, type } of incidents) deleteIncident.run(chat, type);
    for (const row of openAlerts) rewrite(row, user);
    for (const { chat, digest, member } of members) deleteMember.run(chat, digest, member);
    return {
      signals: settled.length,
      waiting: waiting.length,
      incidents: incidents.length,
      openAlerts: openAlerts.length,
      digestMembers: members.length,
    };
  };
}

/**
 * Puts a signal that waits at the end of the queue, without the id. It gets a new place in the ledger: a message with
 * the id that is on its way when this happens settles the old one, which is not there any more, and leaves no trace.
 * @returns what does it; false when the row cannot be opened
 */
function createRequeue(
  database: SqliteDatabase,
  sealed: SealedRows,
): (row: SignalRow, user: string) => boolean {
  const nextSeq = database
    .prepare("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'signals' RETURNING seq")
    .pluck();
  const countOf = database.prepare('SELECT count(*) FROM signals WHERE id = ?').pluck();
  const moveSignal = database.prepare(
    'UPDATE signals SET seq = @next, id = @id, type = @type, body = @body, identity = @identity WHERE seq = @seq',
  );
  const moveDeliveries = database.prepare(
    'UPDATE deliveries SET seq = @next, type = @type, digest = NULL WHERE seq = @seq',
  );
  return (row, user) => {
    const opened = readable(() => sealed.openBody(row));
    if (opened === undefined) return false;
    // The same at all bridges that were told of it, unless somebody who was forgotten earlier has left it behind.
    const masked = withoutMentions(row.id, user);
    const id = masked === row.id || countOf.get(masked) === 0 ? masked : randomUUID();
    const body = withoutMentions(opened, user);
    const type = withoutMentions(row.type, user);
    const identity = identityOf({ id, type, severity: row.severity, occurredAt: 0, body });
    const next = nextSeq.get() as number;
    // The deliveries follow in the next statement.
    database.pragma('defer_foreign_keys = ON');
    moveSignal.run({ seq: row.seq, next, id, type, body: sealed.sealBody(id, body), identity });
    moveDeliveries.run({ seq: row.seq, next, type });
    return true;
  };
}

/** A fingerprint that names the user, or a body that cannot be opened: it is forgotten. */
function createOpenAlertRewrite(
  database: SqliteDatabase,
  sealed: SealedRows,
): (row: OpenAlertRow, user: string) => void {
  const forget = database.prepare('DELETE FROM open_alerts WHERE fingerprint = ?');
  const write = database.prepare('UPDATE open_alerts SET type = ?, body = ? WHERE fingerprint = ?');
  return (row, user) => {
    const body = readable(() => sealed.openOpenAlert(row));
    if (body === undefined || mentions(row.fingerprint, user)) forget.run(row.fingerprint);
    else
      write.run(
        withoutMentions(row.type, user),
        sealed.sealOpenAlert(withoutMentions(body, user)),
        row.fingerprint,
      );
  };
}
