import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { IS_COPY } from './replication.ts';
import { FALLBACK } from './outbox.ts';

/** What the outbox asks of its tables. */
export function prepareStatements(database: SqliteDatabase) {
  const statement = (sql: string) => database.prepare(sql);
  return {
    insertSignal:
      statement(`INSERT INTO signals (id, kind, type, severity, occurred_at, accepted_at, status, body, identity)
      VALUES (@id, @kind, @type, @severity, @occurredAt, @now, @status, @body, @identity)`),
    insertDelivery: statement(
      'INSERT INTO deliveries (seq, chat, type, urgency) VALUES (@seq, @chat, @type, @urgency)',
    ),
    signalBySeq: statement('SELECT 1 FROM signals WHERE seq = ?'),
    signalById: statement('SELECT 1 FROM signals WHERE id = ?'),
    notification: statement('SELECT 1 FROM notifications WHERE key = ? AND accepted_at BETWEEN ? AND ?'),
    rememberNotification: statement(`INSERT INTO notifications (key, accepted_at) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET accepted_at = excluded.accepted_at`),
    forgetSeries: statement("DELETE FROM notifications WHERE key > @series || '/' AND key < @series || '0'"),
    nextOfAll: statement(
      `SELECT seq FROM deliveries WHERE chat = ? AND outcome IS NULL AND digest IS NULL AND urgency <= ?
       ORDER BY urgency, seq LIMIT 1`,
    ),
    nextWaitingType: statement(
      `SELECT type, seq FROM deliveries INDEXED BY deliveries_by_urgency WHERE chat = ? AND urgency = ?
       AND outcome IS NULL AND digest IS NULL AND type > ? ORDER BY type, seq LIMIT 1`,
    ),
    lastOfType: statement(
      `SELECT seq FROM deliveries INDEXED BY deliveries_by_urgency WHERE chat = ? AND urgency = ? AND type = ?
       AND outcome IS NULL AND digest IS NULL ORDER BY seq DESC LIMIT 1`,
    ).pluck(),
    countOfType: statement(
      `SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_by_urgency WHERE chat = ? AND urgency = ?
       AND type = ? AND outcome IS NULL AND digest IS NULL LIMIT ?)`,
    ).pluck(),
    pendingSignal:
      statement(`SELECT signals.*, deliveries.attempted_at FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND seq = ?`),
    waiting: statement(`SELECT signals.*, deliveries.attempted_at FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND deliveries.outcome IS NULL AND digest IS NULL ORDER BY urgency, seq LIMIT ?`),
    // By the type as it is stored: of a text that is not well-formed something else is read.
    pendingLike: statement(`SELECT signals.*, deliveries.attempted_at FROM deliveries JOIN signals USING (seq)
      WHERE chat = @chat AND deliveries.type = (SELECT type FROM deliveries WHERE seq = @seq AND chat = @chat)
      AND deliveries.outcome IS NULL AND digest IS NULL ORDER BY seq LIMIT @limit`),
    pendingBodies: statement(
      'SELECT seq, chat, id, body FROM deliveries LEFT JOIN signals USING (seq) WHERE deliveries.outcome IS NULL',
    ),
    pendingChats: statement('SELECT seq, chat FROM deliveries WHERE outcome IS NULL'),
    unseenCritical: statement(`SELECT signals.*, NULL AS attempted_at FROM signals
      WHERE outcome IS NULL AND severity = 'critical' AND seen_elsewhere_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM deliveries WHERE seq = signals.seq AND outcome IN ('delivered', 'merged', 'suppressed')
      ) AND NOT EXISTS (
        SELECT 1 FROM shown_by_others WHERE chat = '${FALLBACK}' AND identity = signals.identity AND ${IS_COPY}
      ) ORDER BY seq LIMIT ?`),
    seenElsewhere: statement('UPDATE signals SET seen_elsewhere_at = ? WHERE seq = ?'),
    attempted: statement('UPDATE deliveries SET attempted_at = ? WHERE seq = ? AND chat = ?'),
    incident: statement('SELECT chat, type, state, stale FROM threads WHERE chat = ? AND type = ?'),
    allIncidents: statement('SELECT chat, type, state FROM threads ORDER BY updated_at DESC'),
    chatIncidents: statement(
      `SELECT chat, type, state FROM threads WHERE chat <> '${FALLBACK}' ORDER BY updated_at DESC`,
    ),
    incidentsOfType: statement(
      `SELECT chat, type, state FROM threads WHERE type = ? AND chat <> '${FALLBACK}'`,
    ),
    staleIncident: statement('SELECT chat, type, state FROM threads WHERE chat = ? AND stale = 1 LIMIT 1'),
    supersedingIncident: statement(
      'SELECT chat, type, state FROM threads WHERE chat = ? AND superseding = 1 LIMIT 1',
    ),
    saveIncident: statement(`INSERT INTO threads (chat, type, state, stale, burning, superseding, updated_at)
      VALUES (@chat, @type, @state, @stale, @burning, @superseding, @now)
      ON CONFLICT (chat, type) DO UPDATE SET state = excluded.state, stale = excluded.stale,
      burning = excluded.burning, superseding = excluded.superseding, updated_at = excluded.updated_at`),
    burning: statement('SELECT chat, type, state FROM threads WHERE chat = ? AND burning = 1'),
    countError: statement(`INSERT INTO critical_errors (quarter, count) VALUES (?, ?)
      ON CONFLICT (quarter) DO UPDATE SET count = count + excluded.count`),
    errorsBetween: statement(
      'SELECT ifnull(sum(count), 0) FROM critical_errors WHERE quarter >= ? AND quarter < ?',
    ).pluck(),
    forgetIncident: statement('DELETE FROM threads WHERE chat = ? AND type = ?'),
    pruneSignals: statement(`DELETE FROM signals WHERE seq IN (
      SELECT seq FROM signals WHERE outcome IS NOT NULL AND settled_at < ? LIMIT ?)`),
    pruneNotifications: statement('DELETE FROM notifications WHERE accepted_at < ?'),
    pruneIncidents: statement('DELETE FROM threads WHERE updated_at < ?'),
  };
}
