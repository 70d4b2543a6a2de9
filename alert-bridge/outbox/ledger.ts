import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import type { Ledger, Outcome } from './outbox.ts';

/** The best-informed chat decides what became of a signal. */
const RANK: readonly Outcome[] = ['delivered', 'merged', 'suppressed', 'failed'];

type Total = 'accepted' | 'duplicates' | 'possible_duplicates' | Outcome;

export interface LedgerStore {
  add(total: Total, reason?: string): void;
  settleSignal(seq: number, outcome: Outcome, reason: string, now: number): void;
  /** Settles a signal for one chat, and as a whole when this was the last chat it went to. */
  settleDelivery(seq: number, chat: string, outcome: Outcome, reason: string, now: number): void;
  read(): Ledger;
}

/** The totals behind the ledger's law. Its methods run inside the caller's transactions. */
export function createLedger(database: SqliteDatabase): LedgerStore {
  const increment = database.prepare(`INSERT INTO totals (name, reason, value) VALUES (?, ?, 1)
    ON CONFLICT (name, reason) DO UPDATE SET value = value + 1`);
  const readTotals = database.prepare('SELECT name, reason, value FROM totals');
  const readPending = database.prepare(
    'SELECT count(*) AS pending, min(accepted_at) AS oldest FROM signals WHERE outcome IS NULL',
  );
  const settle = database.prepare(
    'UPDATE signals SET outcome = ?, reason = ?, settled_at = ? WHERE seq = ? AND outcome IS NULL',
  );
  const settleOne = database.prepare(
    'UPDATE deliveries SET outcome = ?, reason = ?, attempted_at = NULL WHERE seq = ? AND chat = ? AND outcome IS NULL',
  );
  const deliveriesOf = database.prepare('SELECT outcome, reason FROM deliveries WHERE seq = ?');

  const add = (total: Total, reason = ''): void => void increment.run(total, reason);

  const settleSignal: LedgerStore['settleSignal'] = (seq, outcome, reason, now) => {
    if (settle.run(outcome, reason, now, seq).changes === 0) return;
    // Delivered and merged need no reason in the totals; the signal itself keeps it.
    add(outcome, outcome === 'suppressed' || outcome === 'failed' ? reason : '');
  };

  return {
    add,
    settleSignal,
    settleDelivery: (seq, chat, outcome, reason, now) => {
      settleOne.run(outcome, reason, seq, chat);
      const all = deliveriesOf.all(seq) as { outcome: Outcome | null; reason: string }[];
      if (all.some((delivery) => delivery.outcome === null)) return;
      const best = RANK.map((rank) => all.find((delivery) => delivery.outcome === rank)).find(Boolean);
      if (best?.outcome) settleSignal(seq, best.outcome, best.reason, now);
    },
    read: () => {
      const totals = readTotals.all() as { name: Total; reason: string; value: number }[];
      const sum = (name: Total): number => totals.find((total) => total.name === name)?.value ?? 0;
      const byReason = (name: Total): Record<string, number> =>
        Object.fromEntries(
          totals.filter((total) => total.name === name).map(({ reason, value }) => [reason, value]),
        );
      const { pending, oldest } = readPending.get() as { pending: number; oldest: number | null };
      return {
        accepted: sum('accepted'),
        delivered: sum('delivered'),
        merged: sum('merged'),
        suppressed: byReason('suppressed'),
        failed: byReason('failed'),
        pending,
        duplicates: sum('duplicates'),
        possibleDuplicates: sum('possible_duplicates'),
        oldestPendingAt: oldest ?? undefined,
      };
    },
  };
}
