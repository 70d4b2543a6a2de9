import { randomBytes } from 'node:crypto';
import { writing, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { CLOCK_STEP_MS } from '../../common/time/elapsed.ts';
import { identityOf, occurrencesOf, type NewSignal } from '../model/signal.ts';
import {
  isAnyFiring,
  succeeding,
  type Acknowledgement,
  type AlertIncident,
  type Incident,
} from '../model/incident.ts';
import { createDigests } from './digests.ts';
import { createEraser } from '../erase/erase-outbox.ts';
import { createReplication } from './replication.ts';
import { createLatestStates } from './latest-states.ts';
import { createLedger } from './ledger.ts';
import { createOpenAlerts } from './open-alerts.ts';
import {
  FALLBACK,
  type Acceptance,
  type KeyValue,
  type Outbox,
  type PendingSignal,
  type PruneLimits,
  type Settlement,
  type SignalQuery,
  type Submission,
  type WaitingType,
} from './outbox.ts';
import { createSeal, UnreadableError, type Seal } from './seal.ts';
import {
  createSealedRows,
  prepareSealed,
  unreadable,
  type SealedBody,
  type SealedIncident,
} from './sealed-rows.ts';
import { querySignals, type SignalRow } from './signal-log.ts';
import { prepareStatements } from './statements.ts';
import { SEVERITIES, urgencyOf } from '../model/severity.ts';

type PendingBody = SealedBody & { readonly seq: number; readonly chat: string };
type PendingRow = SignalRow & { attempted_at: number | null };
type IncidentRow = SealedIncident & { readonly stale: number };

export interface OutboxOptions {
  /** Several bridges tell the same chats: what is shown is noted for the others. */
  readonly isShared: boolean;
}

/**
 * The outbox on one SQLite file; the database belongs to it from here on.
 * @param seal of bodies and incidents; one in memory needs none
 * @throws OtherKeyError when the file was sealed with another key.
 */
export function openOutbox(
  database: SqliteDatabase,
  seal: Seal = sealInMemory(database),
  { isShared }: OutboxOptions = { isShared: false },
): Outbox {
  prepareSealed(database, seal);
  const sealed = createSealedRows(seal);
  const ledger = createLedger(database);
  const digests = createDigests(database, sealed);
  const openAlerts = createOpenAlerts(database, sealed);
  const latestStates = createLatestStates(database);
  const prepared = prepareStatements(database);

  const originOf = ({ notification, now }: Submission) => ({ origin: notification?.origin ?? '', now });

  /** An alert that fires again with the same start says so: it is no copy of the time before. */
  const noteState = (
    signal: NewSignal,
    submission: Submission,
  ): { signal: NewSignal; isOvertaken: boolean } => {
    const { body } = signal;
    if (body.kind !== 'alert') return { signal, isOvertaken: false };
    const at = originOf(submission);
    const judgement = latestStates.judge(body, at);
    latestStates.note(body, judgement, at);
    const { verdict, again } = judgement;
    return {
      signal: again > 0 ? { ...signal, body: { ...body, again } } : signal,
      isOvertaken: verdict === 'overtaken',
    };
  };

  const saysNothingNew = ({ body }: NewSignal, submission: Submission): boolean => {
    if (body.kind !== 'alert') return true;
    const at = originOf(submission);
    const judgement = latestStates.judge(body, at);
    if (judgement.verdict === 'new') return false;
    latestStates.note(body, judgement, at);
    return true;
  };

  const insert = (told: NewSignal, submission: Submission): void => {
    const { now, chatsOf } = submission;
    const { signal, isOvertaken } = noteState(told, submission);
    const reason = isOvertaken ? OVERTAKEN_REASON : submission.suppress(signal);
    const { lastInsertRowid: seq } = prepared.insertSignal.run({
      ...signal,
      kind: signal.body.kind,
      status: signal.body.kind === 'alert' ? signal.body.status : null,
      body: sealed.sealBody(signal.id, signal.body),
      identity: identityOf(signal),
      now,
    });
    ledger.add('accepted');
    if (!isOvertaken) openAlerts.note(signal);
    if (signal.body.kind === 'critical_error')
      prepared.countError.run(quarterOf(signal.occurredAt), occurrencesOf(signal.body));
    if (reason !== undefined) {
      ledger.settleSignal(Number(seq), 'suppressed', reason, now);
      return;
    }
    for (const chat of chatsOf(signal)) {
      prepared.insertDelivery.run({ seq, chat, type: signal.type, urgency: urgencyOf(signal.severity) });
    }
  };

  const saveIncident = (chat: string, incident: Incident, stale: boolean, now: number): void => {
    const row = prepared.incident.get(chat, incident.type) as IncidentRow | undefined;
    const stored = parseIncident(row);
    const acknowledged = withAcknowledgement(incident, stored);
    // Acknowledged while the message was on its way: it does not say so yet.
    const overtaken = acknowledged !== incident;
    const merged = succeeding(acknowledged, stored, row?.stale === 1);
    prepared.saveIncident.run({
      chat,
      type: incident.type,
      state: sealed.sealIncident(chat, merged),
      stale: stale || overtaken ? 1 : 0,
      burning: merged.kind === 'alerts' && (merged.flapping !== undefined || isAnyFiring(merged)) ? 1 : 0,
      superseding: merged.kind !== 'events' && (merged.superseded ?? []).length > 0 ? 1 : 0,
      now,
    });
  };

  const parseIncident = (row: unknown): Incident | undefined =>
    row === undefined ? undefined : sealed.openIncident(row as SealedIncident);

  const toPending = (row: PendingRow): PendingSignal => ({
    seq: row.seq,
    id: row.id,
    type: row.type,
    severity: row.severity,
    occurredAt: row.occurred_at,
    acceptedAt: row.accepted_at,
    body: sealed.openBody(row),
    mayBeShown: row.attempted_at !== null,
  });
  const settle = ({ chat, outcomes, incident, now }: Settlement): void => {
    for (const { seq, outcome, reason } of outcomes) ledger.settleDelivery(seq, chat, outcome, reason, now);
    // Erased while its message was on the way: what that shows is not kept either.
    const isErased = outcomes.some(({ seq }) => prepared.signalBySeq.get(seq) === undefined);
    if (!incident || isErased) return;
    digests.noteResolved(chat, incident.state);
    saveIncident(chat, incident.state, incident.stale, now);
  };

  const refresh = (chat: string, type: string, incident: Incident | undefined, now: number): void => {
    if (incident === undefined) prepared.forgetIncident.run(chat, type);
    // Not there: erased while the edit was on its way.
    else if (prepared.incident.get(chat, type) !== undefined) saveIncident(chat, incident, false, now);
  };

  const eraser = createEraser(database, sealed);
  const erase = (user: string, now: number): void => void eraser.remove(eraser.find(user), user, now);
  const replication = createReplication(database, { settle, refresh, digests, sealed, erase });

  /** A savepoint of its own within the common transaction. */
  const acceptOne = database.transaction((submission: Submission): Acceptance => {
    const { notification, signals, now } = submission;
    const series = notification?.series;
    const key = [series, notification?.key].filter(Boolean).join('/');
    const known = notification
      ? prepared.notification.get(key, notification.since, now + CLOCK_STEP_MS) !== undefined &&
        (notification.isUnique === true || signals.every((signal) => saysNothingNew(signal, submission)))
      : signals.some((signal) => prepared.signalById.get(signal.id) !== undefined);
    if (known) {
      ledger.add('duplicates');
      return { status: 'duplicate' };
    }
    if (series !== undefined) prepared.forgetSeries.run({ series });
    if (notification) prepared.rememberNotification.run(key, now);
    for (const signal of signals) insert(signal, submission);
    return { status: 'accepted', count: signals.length };
  });

  return {
    accept: writing(database, (submissions: readonly Submission[]) =>
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
    waitingTypes: (chat, { types, count }) => {
      const found: WaitingType[] = [];
      for (const severity of SEVERITIES) {
        const urgency = urgencyOf(severity);
        for (let after = ''; found.length < types;) {
          const next = prepared.nextWaitingType.get(chat, urgency, after) as
            { type: string; seq: number } | undefined;
          if (next === undefined) break;
          const { type, seq } = next;
          const lastSeq = prepared.lastOfType.get(chat, urgency, type) as number;
          const samples = [...new Set([seq, lastSeq])].flatMap(
            (one) => (prepared.pendingSignal.get(chat, one) as PendingRow | undefined) ?? [],
          );
          const waiting = prepared.countOfType.get(chat, urgency, type, count) as number;
          found.push({ type, severity, count: waiting, samples: samples.map(toPending) });
          after = type;
        }
      }
      return found;
    },
    nextPending: (chat, limit, mildest = 'info') => {
      const next = prepared.nextOfAll.get(chat, urgencyOf(mildest)) as { seq: number } | undefined;
      if (next === undefined) return undefined;
      const rows = prepared.pendingLike.all({ chat, seq: next.seq, limit }) as PendingRow[];
      const [first, ...others] = rows.map(toPending);
      if (first === undefined) throw new UnreadableError(`deliveries: there is no signal ${next.seq}`);
      return { type: first.type, signals: [first, ...others] };
    },

    incident: (chat, type) => parseIncident(prepared.incident.get(chat, type)),
    alertIncidents: () =>
      prepared.chatIncidents
        .all()
        .map(parseIncident)
        .filter((incident): incident is AlertIncident => incident?.kind === 'alerts'),
    acknowledge: writing(database, (type: string, acknowledgement: Acknowledgement, now: number) => {
      const rows = prepared.incidentsOfType.all(type) as SealedIncident[];
      const incidents = rows.flatMap((row) => {
        const incident = parseIncident(row);
        return incident?.kind === 'alerts' ? [{ chat: row.chat, incident }] : [];
      });
      if (incidents.length === 0) return undefined;
      const first =
        incidents.find(({ incident }) => incident.acknowledged)?.incident.acknowledged ?? acknowledgement;
      for (const { chat, incident } of incidents) {
        if (!incident.acknowledged) saveIncident(chat, { ...incident, acknowledged: first }, true, now);
      }
      return first;
    }),
    firing: (chat) => prepared.burning.all(chat).map((row) => parseIncident(row) as AlertIncident),
    nextStaleIncident: (chat) => parseIncident(prepared.staleIncident.get(chat)),
    nextSuperseding: (chat) =>
      parseIncident(prepared.supersedingIncident.get(chat)) as ReturnType<Outbox['nextSuperseding']>,
    atRest: database.transaction((chat: string, type: string, messageId: number, now: number) => {
      const row = prepared.incident.get(chat, type) as IncidentRow | undefined;
      const incident = parseIncident(row);
      if (incident === undefined || incident.kind === 'events') return;
      const superseded = incident.superseded?.filter((id) => id !== messageId) ?? [];
      saveIncident(chat, { ...incident, superseded }, row?.stale === 1, now);
      if (isShared) replication.note({ chat, type, seqs: [], now });
    }),

    refreshed: writing(
      database,
      (chat: string, type: string, incident: Incident | undefined, now: number) => {
        refresh(chat, type, incident, now);
        if (isShared) replication.note({ chat, type, seqs: [], now });
      },
    ),

    beginAttempt: writing(database, (chat: string, seqs: readonly number[], now: number) => {
      for (const seq of seqs) prepared.attempted.run(now, seq, chat);
    }),
    attemptFailed: writing(database, (chat: string, seqs: readonly number[]) => {
      for (const seq of seqs) prepared.attempted.run(null, seq, chat);
    }),

    settle: writing(database, (settlement: Settlement) => {
      settle(settlement);
      if (!isShared) return;
      const { chat, outcomes, incident, now } = settlement;
      const shown = outcomes.filter(({ outcome }) => outcome === 'delivered' || outcome === 'merged');
      const seqs = shown.map(({ seq }) => seq);
      if (incident !== undefined || seqs.length > 0)
        replication.note({ chat, type: incident?.state.type, seqs, now });
    }),

    dropUnknownChats: writing(database, (chats: readonly string[], now: number) => {
      const waiting = prepared.pendingChats.all() as { seq: number; chat: string }[];
      const orphans = waiting.filter(({ chat }) => !chats.includes(chat));
      for (const { seq, chat } of orphans)
        ledger.settleDelivery(seq, chat, 'failed', 'chat_not_configured', now);
      return orphans.length;
    }),

    dropUnreadable: writing(database, (now: number) => {
      const signals = unreadable<PendingBody>(prepared.pendingBodies.iterate(), sealed.openBody);
      for (const { seq, chat } of signals) ledger.settleDelivery(seq, chat, 'failed', 'unreadable', now);
      const incidents = unreadable<SealedIncident>(prepared.allIncidents.iterate(), sealed.openIncident);
      for (const { chat, type } of incidents) prepared.forgetIncident.run(chat, type);
      return signals.length + incidents.length + openAlerts.dropUnreadable();
    }),

    unseenCritical: (limit) => (prepared.unseenCritical.all(limit) as PendingRow[]).map(toPending),
    seenElsewhere: writing(database, (seqs: readonly number[], now: number) => {
      for (const seq of seqs) prepared.seenElsewhere.run(now, seq);
      if (isShared) replication.note({ chat: FALLBACK, type: undefined, seqs, now });
    }),

    countPossibleDuplicate: () => ledger.add('possible_duplicates'),
    ledger: database.transaction(() => ledger.read()),
    criticalErrors: (from, to) => prepared.errorsBetween.get(from, to) as number,
    signals: database.transaction((query: SignalQuery) => querySignals(database, query)),
    digests,
    replication,
    openAlerts: () => openAlerts.all(),
    state: keyValue(database),

    prune: writing(database, ({ settledBefore, incidentsBefore }: PruneLimits) => {
      const { changes } = prepared.pruneSignals.run(settledBefore, PRUNED_SIGNALS);
      if (changes === PRUNED_SIGNALS) return 'more';
      prepared.pruneNotifications.run(settledBefore);
      prepared.pruneIncidents.run(incidentsBefore);
      latestStates.prune(incidentsBefore);
      digests.prune();
      replication.prune(settledBefore);
      return 'done';
    }),
    close: () => void database.close(),
  };
}

/** The key of an outbox that ends with the process. */
function sealInMemory(database: SqliteDatabase): Seal {
  if (!database.memory) throw new Error(`${database.name} is kept: give the key it is sealed with.`);
  return createSeal([randomBytes(32)]);
}

/** Why a signal is left out that a second Alertmanager has sent after the first one told otherwise. */
const OVERTAKEN_REASON = 'overtaken';

/** Signals deleted at once: posts wait so long. */
const PRUNED_SIGNALS = 250;

const QUARTER_MS = 15 * 60_000;
const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;

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

/** Of one incident, the acknowledgement that is stored survives a message that was drawn before it. */
function withAcknowledgement(incident: Incident, stored: Incident | undefined): Incident {
  if (incident.kind !== 'alerts' || stored?.kind !== 'alerts') return incident;
  const isSameIncident = incident.openedAt === stored.openedAt;
  if (!isSameIncident || incident.acknowledged || !stored.acknowledged) return incident;
  return { ...incident, acknowledged: stored.acknowledged };
}
