import type { SqliteDatabase } from '../../common/sqlite.ts';
import { isFromAlertmanager, WATCHDOG_ALERT } from '../signal.ts';
import type { AlertBody, NewSignal, Severity } from '../signal.ts';

/** An alert that Alertmanager told of and has not resolved, whether a chat has been shown it yet or not. */
export interface OpenAlert {
  readonly type: string;
  readonly severity: Severity;
  readonly body: AlertBody;
}

export interface OpenAlertStore {
  /** Keeps up with what is accepted. Within the transaction that accepts it. */
  note(signal: NewSignal): void;
  all(): readonly OpenAlert[];
}

export function createOpenAlerts(database: SqliteDatabase): OpenAlertStore {
  const open = database.prepare(`INSERT INTO open_alerts (fingerprint, type, severity, body)
    VALUES (?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET
    type = excluded.type, severity = excluded.severity, body = excluded.body`);
  const close = database.prepare('DELETE FROM open_alerts WHERE fingerprint = ?');
  const all = database.prepare('SELECT type, severity, body FROM open_alerts');
  return {
    note: ({ type, severity, body }) => {
      if (body.kind !== 'alert' || !isFromAlertmanager(body)) return;
      if (body.labels['alertname'] === WATCHDOG_ALERT) return;
      if (body.status === 'resolved') close.run(body.fingerprint);
      else open.run(body.fingerprint, type, severity, JSON.stringify(body));
    },
    all: () =>
      (all.all() as { type: string; severity: Severity; body: string }[]).map(({ body, ...rest }) => ({
        ...rest,
        body: JSON.parse(body) as AlertBody,
      })),
  };
}
