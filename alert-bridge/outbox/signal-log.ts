import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { givenId, idOfEvent, type Severity, type SignalBody } from '../model/signal.ts';
import type { Outcome, SignalQuery, SignalRecord } from './outbox.ts';

export interface SignalRow {
  seq: number;
  id: string;
  kind: SignalBody['kind'];
  type: string;
  severity: Severity;
  occurred_at: number;
  accepted_at: number;
  body: Buffer;
  outcome: Outcome | null;
  reason: string | null;
  settled_at: number | null;
}

/** What became of signals, the newest first. */
export function querySignals(
  database: SqliteDatabase,
  { id, type, outcome, before, exceptReason, limit }: SignalQuery,
): readonly SignalRecord[] {
  const rows = database
    .prepare(
      `SELECT * FROM signals WHERE (@id IS NULL OR id IN (@id, @event)) AND (@type IS NULL OR type = @type)
       AND (@outcome IS NULL OR ifnull(outcome, 'pending') = @outcome)
       AND seq < @before
       AND (@exceptReason IS NULL OR ifnull(reason, '') <> @exceptReason) ORDER BY seq DESC LIMIT @limit`,
    )
    .all({
      id: id ?? null,
      event: id === undefined ? null : idOfEvent(id),
      type: type ?? null,
      outcome: outcome ?? null,
      before: before ?? Number.MAX_SAFE_INTEGER,
      exceptReason: exceptReason ?? null,
      limit,
    }) as SignalRow[];
  const deliveries = database.prepare(
    'SELECT chat, outcome, reason FROM deliveries WHERE seq = ? ORDER BY chat',
  );
  return rows.map((row) => ({
    seq: row.seq,
    id: givenId(row.id),
    kind: row.kind,
    type: row.type,
    severity: row.severity,
    occurredAt: row.occurred_at,
    acceptedAt: row.accepted_at,
    outcome: row.outcome ?? 'pending',
    reason: row.reason ?? undefined,
    settledAt: row.settled_at ?? undefined,
    deliveries: (
      deliveries.all(row.seq) as { chat: string; outcome: Outcome | null; reason: string | null }[]
    ).map((delivery) => ({
      chat: delivery.chat,
      outcome: delivery.outcome ?? 'pending',
      reason: delivery.reason ?? undefined,
    })),
  }));
}
