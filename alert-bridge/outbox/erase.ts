/** Removes a person from the outbox, while the bridge runs or not. */
import { writing, type SqliteDatabase } from '../../common/sqlite.ts';
import { createLedger } from './ledger.ts';
import { mentions } from './mentions.ts';
import {
  createSealedRows,
  prepareSealed,
  readable,
  unreadable,
  type SealedBody,
  type SealedOpenAlert,
  type SealedThread,
} from './sealed-rows.ts';
import type { Seal } from './seal.ts';

export interface Erased {
  /** Settled ones and those that waited. */
  readonly signals: number;
  /** Of them, those that waited: they are not shown any more. */
  readonly waiting: number;
  /** What messages stand for; the messages themselves stay in the chats. */
  readonly threads: number;
  readonly openAlerts: number;
  readonly digestMembers: number;
  /** Rows that could not be opened, and so not be searched. */
  readonly unreadable: number;
}

interface SignalRow extends SealedBody {
  readonly seq: number;
  readonly type: string;
}
interface MemberRow {
  readonly chat: string;
  readonly digest: string;
  readonly member: string;
  readonly name: string;
}
interface Found {
  readonly signals: readonly SignalRow[];
  readonly threads: readonly SealedThread[];
  readonly openAlerts: readonly SealedOpenAlert[];
  readonly members: readonly MemberRow[];
}

/** What the bridge writes about the person meanwhile is looked for again, so often at most. */
const MAX_ROUNDS = 5;

/**
 * Removes every row that names the user: by the field meant for it, or anywhere in a text. What waits is settled as
 * suppressed, `erased`. Searching holds nobody up; what was found is removed in one short transaction.
 * @param now Unix ms
 * @throws OtherKeyError
 */
export function eraseUser(database: SqliteDatabase, seal: Seal, userId: string, now: number): Erased {
  prepareSealed(database, seal);
  const search = createSearch(database, seal, userId);
  const remove = createRemoval(database, now);
  let erased: Erased = {
    signals: 0,
    waiting: 0,
    threads: 0,
    openAlerts: 0,
    digestMembers: 0,
    unreadable: search.unreadable(),
  };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = search.find();
    if (Object.values(found).every((rows: readonly unknown[]) => rows.length === 0)) break;
    const waiting = remove(found);
    erased = {
      ...erased,
      signals: erased.signals + found.signals.length,
      waiting: erased.waiting + waiting,
      threads: erased.threads + found.threads.length,
      openAlerts: erased.openAlerts + found.openAlerts.length,
      digestMembers: erased.digestMembers + found.members.length,
    };
  }
  database.pragma('wal_checkpoint(TRUNCATE)');
  return erased;
}

function createSearch(database: SqliteDatabase, seal: Seal, userId: string) {
  const sealed = createSealedRows(seal);
  const signals = database.prepare('SELECT seq, id, type, body FROM signals');
  const threads = database.prepare('SELECT chat, type, state FROM threads');
  const openAlerts = database.prepare('SELECT * FROM open_alerts');
  const members = database.prepare('SELECT chat, digest, member, name FROM digest_members');

  /** What cannot be opened is searched by what is in the clear. */
  const those = <Row>(rows: Iterable<unknown>, contentOf: (row: Row) => unknown): readonly Row[] => {
    const found: Row[] = [];
    for (const row of rows as Iterable<Row>) if (mentions(contentOf(row), userId)) found.push(row);
    return found;
  };
  return {
    unreadable: (): number =>
      unreadable<SealedBody>(signals.iterate(), sealed.openBody).length +
      unreadable<SealedThread>(threads.iterate(), sealed.openThread).length +
      unreadable<SealedOpenAlert>(openAlerts.iterate(), sealed.openOpenAlert).length,
    find: (): Found => {
      const found = those<SignalRow>(signals.iterate(), (row) => [
        row.id,
        row.type,
        readable(() => sealed.openBody(row)),
      ]);
      const ids = new Set(found.map(({ id }) => id));
      return {
        signals: found,
        threads: those<SealedThread>(threads.iterate(), (row) => [
          row.type,
          readable(() => sealed.openThread(row)),
        ]),
        openAlerts: those<SealedOpenAlert>(openAlerts.iterate(), (row) =>
          readable(() => sealed.openOpenAlert(row)),
        ),
        members: (members.all() as MemberRow[]).filter(
          ({ member, name }) => ids.has(member) || mentions([member, name], userId),
        ),
      };
    },
  };
}

/** @returns what removes it all at once, and says how many of the signals waited */
function createRemoval(database: SqliteDatabase, now: number): (found: Found) => number {
  const ledger = createLedger(database);
  const pending = database.prepare('SELECT chat FROM deliveries WHERE seq = ? AND outcome IS NULL').pluck();
  const isWaiting = database.prepare('SELECT 1 FROM signals WHERE seq = ? AND outcome IS NULL');
  const deleteSignal = database.prepare('DELETE FROM signals WHERE seq = ?');
  const deleteThread = database.prepare('DELETE FROM threads WHERE chat = ? AND type = ?');
  const deleteOpenAlert = database.prepare('DELETE FROM open_alerts WHERE fingerprint = ?');
  const deleteMember = database.prepare(
    'DELETE FROM digest_members WHERE chat = ? AND digest = ? AND member = ?',
  );
  return writing(database, ({ signals, threads, openAlerts, members }: Found) => {
    const waiting = signals.filter(({ seq }) => isWaiting.get(seq) !== undefined);
    for (const { seq } of waiting) {
      for (const chat of pending.all(seq) as string[])
        ledger.settleDelivery(seq, chat, 'suppressed', 'erased', now);
    }
    for (const { seq } of signals) deleteSignal.run(seq);
    for (const { chat, type } of threads) deleteThread.run(chat, type);
    for (const { fingerprint } of openAlerts) deleteOpenAlert.run(fingerprint);
    for (const { chat, digest, member } of members) deleteMember.run(chat, digest, member);
    return waiting.length;
  });
}
