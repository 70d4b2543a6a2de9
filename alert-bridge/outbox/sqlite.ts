import { migrate, type SqliteDatabase } from '../../common/sqlite.ts';
import type { NewSignal, SignalBody } from '../signal.ts';
import { isAnyFiring, type Acknowledgement, type AlertThread, type Thread } from '../thread.ts';
import { createDigests } from './digests.ts';
import { createLedger } from './ledger.ts';
import { createOpenAlerts } from './open-alerts.ts';
import type {
  Acceptance,
  KeyValue,
  Outbox,
  PendingSignal,
  Settlement,
  SignalQuery,
  Submission,
} from './outbox.ts';
import { OUTBOX_MIGRATIONS } from './schema.ts';
import { querySignals, type SignalRow } from './signal-log.ts';
import { URGENCY } from './urgency.ts';

type PendingRow = SignalRow & { attempted_at: number | null };

/** The outbox on one SQLite file; the database belongs to it from here on. */
export function openOutbox(database: SqliteDatabase): Outbox {
  migrate(database, OUTBOX_MIGRATIONS);
  const ledger = createLedger(database);
  const digests = createDigests(database);
  const openAlerts = createOpenAlerts(database);
  const prepared = prepare(database);

  const insert = (signal: NewSignal, submission: Submission): void => {
    const { now, chatsOf } = submission;
    const reason = submission.suppress(signal);
    const { lastInsertRowid: seq } = prepared.insertSignal.run({
      ...signal,
      kind: signal.body.kind,
      body: JSON.stringify(signal.body),
      now,
    });
    ledger.add('accepted');
    openAlerts.note(signal);
    if (signal.body.kind === 'critical_error') prepared.countError.run(quarterOf(signal.occurredAt));
    if (reason !== undefined) {
      ledger.settleSignal(Number(seq), 'suppressed', reason, now);
      return;
    }
    for (const chat of chatsOf(signal)) {
      prepared.insertDelivery.run({ seq, chat, type: signal.type, urgency: URGENCY[signal.severity] });
    }
  };

  const saveThread = (chat: string, thread: Thread, stale: boolean, now: number): void => {
    const stored = parseThread(prepared.thread.get(chat, thread.type));
    const merged = withAcknowledgement(thread, stored);
    // Acknowledged while the message was on its way: it does not say so yet.
    const overtaken = merged !== thread;
    prepared.saveThread.run({
      chat,
      type: thread.type,
      state: JSON.stringify(merged),
      stale: stale || overtaken ? 1 : 0,
      burning: merged.kind === 'alerts' && isAnyFiring(merged) ? 1 : 0,
      now,
    });
  };

  /** A savepoint of its own within the common transaction. */
  const acceptOne = database.transaction((submission: Submission): Acceptance => {
    const { notification, signals, now } = submission;
    const known = notification
      ? prepared.notification.get(notification.key, notification.since) !== undefined
      : signals.some((signal) => prepared.signalById.get(signal.id) !== undefined);
    if (known) {
      ledger.add('duplicates');
      return { status: 'duplicate' };
    }
    if (notification) prepared.rememberNotification.run(notification.key, now);
    for (const signal of signals) insert(signal, submission);
    return { status: 'accepted', count: signals.length };
  });

  return {
    accept: database.transaction((submissions: readonly Submission[]) =>
      submissions.map((submission) => {
        try {
          return acceptOne(submission);
        } catch (error) {
          // A full disk ends the whole transaction: then nothing was accepted.
          if (!(error instanceof Error) || !database.inTransaction) throw error;
          return error;
        }
      }),
    ),

    waiting: (chat, limit) => (prepared.waiting.all(chat, limit) as PendingRow[]).map(toPending),
    nextPending: (chat, limit, mildest = 'info') => {
      const first = prepared.nextType.get(chat, URGENCY[mildest]) as { type: string } | undefined;
      if (first === undefined) return undefined;
      const rows = prepared.pendingOfType.all(chat, first.type, limit) as PendingRow[];
      return { type: first.type, signals: rows.map(toPending) };
    },

    thread: (chat, type) => parseThread(prepared.thread.get(chat, type)),
    alertThreads: () =>
      prepared.allThreads
        .all()
        .map(parseThread)
        .filter((thread): thread is AlertThread => thread?.kind === 'alerts'),
    acknowledge: database.transaction((type: string, acknowledgement: Acknowledgement, now: number) => {
      const rows = prepared.threadsOfType.all(type) as { chat: string; state: string }[];
      const threads = rows.flatMap((row) => {
        const thread = parseThread(row);
        return thread?.kind === 'alerts' ? [{ chat: row.chat, thread }] : [];
      });
      if (threads.length === 0) return undefined;
      const first = threads.find(({ thread }) => thread.acknowledged)?.thread.acknowledged ?? acknowledgement;
      for (const { chat, thread } of threads) {
        if (!thread.acknowledged) saveThread(chat, { ...thread, acknowledged: first }, true, now);
      }
      return first;
    }),
    burning: (chat) => prepared.burning.all(chat).map((row) => parseThread(row) as AlertThread),
    nextStaleThread: (chat) => parseThread(prepared.staleThread.get(chat)),

    refreshed: database.transaction((chat: string, type: string, thread: Thread | undefined, now: number) => {
      if (thread === undefined) prepared.forgetThread.run(chat, type);
      else saveThread(chat, thread, false, now);
    }),

    beginAttempt: database.transaction((chat: string, seqs: readonly number[], now: number) => {
      for (const seq of seqs) prepared.attempted.run(now, seq, chat);
    }),
    attemptFailed: database.transaction((chat: string, seqs: readonly number[]) => {
      for (const seq of seqs) prepared.attempted.run(null, seq, chat);
    }),

    settle: database.transaction(({ chat, outcomes, thread, now }: Settlement) => {
      for (const { seq, outcome, reason } of outcomes) ledger.settleDelivery(seq, chat, outcome, reason, now);
      if (!thread) return;
      digests.noteResolved(chat, thread.state);
      saveThread(chat, thread.state, thread.stale, now);
    }),

    dropUnknownChats: database.transaction((chats: readonly string[], now: number) => {
      const waiting = prepared.pendingChats.all() as { seq: number; chat: string }[];
      const orphans = waiting.filter(({ chat }) => !chats.includes(chat));
      for (const { seq, chat } of orphans)
        ledger.settleDelivery(seq, chat, 'failed', 'chat_not_configured', now);
      return orphans.length;
    }),

    unseenCritical: (limit) => (prepared.unseenCritical.all(limit) as PendingRow[]).map(toPending),
    seenElsewhere: database.transaction((seqs: readonly number[], now: number) => {
      for (const seq of seqs) prepared.seenElsewhere.run(now, seq);
    }),

    countPossibleDuplicate: () => ledger.add('possible_duplicates'),
    ledger: database.transaction(() => ledger.read()),
    criticalErrors: (from, to) => prepared.errorsBetween.get(from, to) as number,
    signals: database.transaction((query: SignalQuery) => querySignals(database, query)),
    digests,
    openAlerts: () => openAlerts.all(),
    state: keyValue(database),

    prune: database.transaction((before: number) => {
      prepared.pruneSignals.run(before);
      prepared.pruneNotifications.run(before);
      prepared.pruneThreads.run(before);
      digests.prune();
    }),
    close: () => void database.close(),
  };
}

const QUARTER_MS = 15 * 60_000;
const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;

function prepare(database: SqliteDatabase) {
  const statement = (sql: string) => database.prepare(sql);
  return {
    insertSignal: statement(`INSERT INTO signals (id, kind, type, severity, occurred_at, accepted_at, body)
      VALUES (@id, @kind, @type, @severity, @occurredAt, @now, @body)`),
    insertDelivery: statement(
      'INSERT INTO deliveries (seq, chat, type, urgency) VALUES (@seq, @chat, @type, @urgency)',
    ),
    signalById: statement('SELECT 1 FROM signals WHERE id = ?'),
    notification: statement('SELECT 1 FROM notifications WHERE key = ? AND accepted_at >= ?'),
    rememberNotification: statement(`INSERT INTO notifications (key, accepted_at) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET accepted_at = excluded.accepted_at`),
    nextType: statement(
      `SELECT type FROM deliveries WHERE chat = ? AND outcome IS NULL AND digest IS NULL AND urgency <= ?
       ORDER BY urgency, seq LIMIT 1`,
    ),
    waiting: statement(`SELECT signals.*, deliveries.attempted_at FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND deliveries.outcome IS NULL AND digest IS NULL ORDER BY urgency, seq LIMIT ?`),
    pendingOfType:
      statement(`SELECT signals.*, deliveries.attempted_at FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND deliveries.type = ? AND deliveries.outcome IS NULL AND digest IS NULL
      ORDER BY seq LIMIT ?`),
    pendingChats: statement('SELECT seq, chat FROM deliveries WHERE outcome IS NULL'),
    unseenCritical: statement(`SELECT signals.*, NULL AS attempted_at FROM signals
      WHERE outcome IS NULL AND severity = 'critical' AND seen_elsewhere_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM deliveries WHERE seq = signals.seq AND outcome IN ('delivered', 'merged', 'suppressed')
      ) ORDER BY seq LIMIT ?`),
    seenElsewhere: statement('UPDATE signals SET seen_elsewhere_at = ? WHERE seq = ?'),
    attempted: statement('UPDATE deliveries SET attempted_at = ? WHERE seq = ? AND chat = ?'),
    thread: statement('SELECT state FROM threads WHERE chat = ? AND type = ?'),
    allThreads: statement('SELECT state FROM threads ORDER BY updated_at DESC'),
    threadsOfType: statement('SELECT chat, state FROM threads WHERE type = ?'),
    staleThread: statement('SELECT state FROM threads WHERE chat = ? AND stale = 1 LIMIT 1'),
    saveThread: statement(`INSERT INTO threads (chat, type, state, stale, burning, updated_at)
      VALUES (@chat, @type, @state, @stale, @burning, @now)
      ON CONFLICT (chat, type) DO UPDATE SET state = excluded.state, stale = excluded.stale,
      burning = excluded.burning, updated_at = excluded.updated_at`),
    burning: statement('SELECT state FROM threads WHERE chat = ? AND burning = 1'),
    countError: statement(`INSERT INTO critical_errors (quarter, count) VALUES (?, 1)
      ON CONFLICT (quarter) DO UPDATE SET count = count + 1`),
    errorsBetween: statement(
      'SELECT ifnull(sum(count), 0) FROM critical_errors WHERE quarter >= ? AND quarter < ?',
    ).pluck(),
    forgetThread: statement('DELETE FROM threads WHERE chat = ? AND type = ?'),
    pruneSignals: statement('DELETE FROM signals WHERE outcome IS NOT NULL AND settled_at < ?'),
    pruneNotifications: statement('DELETE FROM notifications WHERE accepted_at < ?'),
    pruneThreads: statement('DELETE FROM threads WHERE stale = 0 AND updated_at < ?'),
  };
}

function keyValue(database: SqliteDatabase): KeyValue {
  const get = database.prepare('SELECT value FROM state WHERE key = ?').pluck();
  const set = database.prepare(
    'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    get: (key) => get.get(key) as string | undefined,
    set: (key, value) => void set.run(key, value),
  };
}

const toPending = (row: PendingRow): PendingSignal => ({
  seq: row.seq,
  id: row.id,
  type: row.type,
  severity: row.severity,
  occurredAt: row.occurred_at,
  acceptedAt: row.accepted_at,
  body: JSON.parse(row.body) as SignalBody,
  mayBeShown: row.attempted_at !== null,
});

/** Of one incident, the acknowledgement that is stored survives a message that was drawn before it. */
function withAcknowledgement(thread: Thread, stored: Thread | undefined): Thread {
  if (thread.kind !== 'alerts' || stored?.kind !== 'alerts') return thread;
  const isSameIncident = thread.openedAt === stored.openedAt;
  if (!isSameIncident || thread.acknowledged || !stored.acknowledged) return thread;
  return { ...thread, acknowledged: stored.acknowledged };
}

const parseThread = (row: unknown): Thread | undefined =>
  row === undefined ? undefined : (JSON.parse((row as { state: string }).state) as Thread);
