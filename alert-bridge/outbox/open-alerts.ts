import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { isForTheChain, isFromAlertmanager } from '../model/signal.ts';
import type { AlertBody, NewSignal, Severity } from '../model/signal.ts';
import { unreadable, type SealedOpenAlert, type SealedRows } from './sealed-rows.ts';

/** An alert that Alertmanager told of and has not resolved, whether a chat has been shown it yet or not. */
export interface OpenAlert {
  readonly type: string;
  readonly severity: Severity;
  readonly fingerprint: string;
  /** Opened when it is asked for: of thousands that fire, a comparison needs a few. @throws UnreadableError */
  readonly body: AlertBody;
}

export interface OpenAlertStore {
  /** Keeps up with what is accepted. Within the transaction that accepts it. */
  note(signal: NewSignal): void;
  all(): readonly OpenAlert[];
  /** Forgets what cannot be opened; returns how many there were. Within a transaction. */
  dropUnreadable(): number;
}

export function createOpenAlerts(database: SqliteDatabase, sealed: SealedRows): OpenAlertStore {
  const open = database.prepare(`INSERT INTO open_alerts (fingerprint, type, severity, body)
    VALUES (?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET
    type = excluded.type, severity = excluded.severity, body = excluded.body`);
  const close = database.prepare('DELETE FROM open_alerts WHERE fingerprint = ?');
  const all = database.prepare('SELECT * FROM open_alerts');
  return {
    note: ({ type, severity, body }) => {
      if (body.kind !== 'alert' || !isFromAlertmanager(body)) return;
      if (isForTheChain(body.labels)) return;
      if (body.status === 'resolved') close.run(body.fingerprint);
      else open.run(body.fingerprint, type, severity, sealed.sealOpenAlert(body));
    },
    all: () =>
      (all.all() as (SealedOpenAlert & { type: string; severity: Severity })[]).map((row) => ({
        type: row.type,
        severity: row.severity,
        fingerprint: row.fingerprint,
        get body() {
          return sealed.openOpenAlert(row);
        },
      })),
    dropUnreadable: () => {
      const rows = unreadable<SealedOpenAlert>(all.iterate(), sealed.openOpenAlert);
      for (const { fingerprint } of rows) close.run(fingerprint);
      return rows.length;
    },
  };
}
