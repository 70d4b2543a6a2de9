import { writing, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { textOf, type AlertBody, type SignalBody } from '../model/signal.ts';
import {
  digestType,
  type DigestMember,
  type DigestName,
  type DigestSummary,
  type Incident,
} from '../model/incident.ts';
import type { Digests, PendingSignal, SharedMember } from './outbox.ts';
import { readable, type SealedBody, type SealedOpenAlert, type SealedRows } from './sealed-rows.ts';
import { severityOfUrgency, urgencyOf } from '../model/severity.ts';

/** More names than a message has room for. */
const NAMES_LIMIT = 500;
/** More texts of events than a message has room for. */
const TEXTS_LIMIT = 100;
/** Alerts of one name that are looked at for what they say. */
const ALERTS_OF_A_NAME = 3;

export interface DigestStore extends Digests {
  /** Alerts that a message of their own shows as resolved are resolved in their digest too. Within a transaction. */
  noteResolved(chat: string, incident: Incident): void;
  /** A member by its fingerprint or id. */
  sharedMember(chat: string, digest: DigestName, member: string): SharedMember | undefined;
  /** Takes over members that another bridge has shown. Within a transaction. */
  join(chat: string, members: readonly SharedMember[]): void;
  /** The digest begins anew: what is resolved in it is left behind. Within a transaction. */
  leaveResolved(chat: string, digest: DigestName): void;
  /** Forgets the members of digests that are forgotten. Within a transaction. */
  prune(): void;
}

interface FoldedRow {
  seq: number;
  id: string;
  accepted_at: number;
  attempted_at: number | null;
  status: string | null;
}

export function createDigests(
  database: SqliteDatabase,
  { openBody, openOpenAlert }: Pick<SealedRows, 'openBody' | 'openOpenAlert'>,
): DigestStore {
  const prepared = prepare(database);

  /** By name. They stand nowhere else in the chat: a folded event has no message of its own. */
  const textsIn = (chat: string, digest: DigestName): ReadonlyMap<string, ReadonlySet<string>> => {
    const texts = new Map<string, Set<string>>();
    for (const row of prepared.told.all(chat, digest, TEXTS_LIMIT) as (SealedBody & { name: string })[]) {
      const body = readable(() => openBody(row));
      const text = body === undefined ? '' : textOf(body);
      if (text !== '') texts.set(row.name, (texts.get(row.name) ?? new Set()).add(text));
    }
    return texts;
  };

  /** By name, the first that fire: what their rule says of them names them better than its name does. */
  const alertsIn = (chat: string, digest: DigestName): ReadonlyMap<string, readonly AlertBody[]> => {
    const alerts = new Map<string, AlertBody[]>();
    for (const row of prepared.firing.all(chat, digest, ALERTS_OF_A_NAME) as (SealedOpenAlert & {
      name: string;
    })[]) {
      const body = readable(() => openOpenAlert(row));
      if (body !== undefined) alerts.set(row.name, [...(alerts.get(row.name) ?? []), body]);
    }
    return alerts;
  };

  const upsert = (
    chat: string,
    digest: DigestName,
    { id, body, type, severity, occurredAt }: PendingSignal,
  ) =>
    prepared.upsert.run({
      chat,
      digest,
      member: memberOf(id, body),
      name: nameOf(body, type),
      urgency: urgencyOf(severity),
      status: body.kind === 'alert' ? body.status : 'told',
      startedAt: body.kind === 'alert' ? body.startsAt : occurredAt,
      endedAt: body.kind === 'alert' ? (body.endsAt ?? null) : null,
    });

  /** What is over is over in every digest that shows it. */
  const resolveElsewhere = (chat: string, body: SignalBody): void => {
    if (body.kind !== 'alert' || body.status === 'firing') return;
    const digests = prepared.resolve.all(body.endsAt ?? null, chat, body.fingerprint) as DigestName[];
    for (const digest of digests) prepared.overtaken.run(chat, digestType(digest));
  };

  return {
    member: (chat, fingerprint) => prepared.member.get(chat, fingerprint) as DigestMember | undefined,

    fold: writing(
      database,
      (chat: string, digest: DigestName, signals: readonly PendingSignal[], isNew: boolean) => {
        if (isNew) prepared.leaveResolved.run(chat, digest);
        for (const signal of signals) {
          upsert(chat, digest, signal);
          resolveElsewhere(chat, signal.body);
          prepared.mark.run(digest, signal.seq, chat);
        }
      },
    ),

    unshown: (chat) => prepared.unshown.all(chat) as DigestName[],

    folded: (chat, digest) =>
      (prepared.folded.all(chat, digest) as FoldedRow[]).map((row) => ({
        seq: row.seq,
        id: row.id,
        acceptedAt: row.accepted_at,
        mayBeShown: row.attempted_at !== null,
        isResolution: row.status === 'resolved',
      })),

    summary: (chat, digest) => {
      const counts = prepared.counts.get(chat, digest) as Omit<DigestSummary, 'names'>;
      const names = prepared.names.all(chat, digest, NAMES_LIMIT) as {
        name: string;
        urgency: number;
        members: number;
        resolved: number;
      }[];
      const texts = textsIn(chat, digest);
      const alerts = alertsIn(chat, digest);
      return {
        ...counts,
        names: names.map(({ urgency, ...row }) => {
          const said = texts.get(row.name);
          const firing = alerts.get(row.name);
          return {
            ...row,
            severity: severityOfUrgency(urgency),
            ...(said === undefined ? {} : { texts: [...said] }),
            ...(firing === undefined ? {} : { alerts: firing }),
          };
        }),
      };
    },

    noteResolved: (chat, incident) => {
      if (incident.kind !== 'alerts') return;
      for (const alert of Object.values(incident.members)) resolveElsewhere(chat, alert);
    },

    sharedMember: (chat, digest, member) =>
      prepared.shared.get(chat, digest, member) as SharedMember | undefined,
    join: (chat, members) => {
      for (const member of members) prepared.upsert.run({ chat, ...member });
    },
    leaveResolved: (chat, digest) => void prepared.leaveResolved.run(chat, digest),

    prune: () => void prepared.prune.run(),
  };
}

function prepare(database: SqliteDatabase) {
  const statement = (sql: string) => database.prepare(sql);
  return {
    // The planner would rather go through all members of a chat, once for each alert of a storm.
    member: statement(`SELECT digest, status, started_at AS startsAt
      FROM digest_members INDEXED BY digest_members_by_alert
      WHERE chat = ? AND member = ? AND status <> 'told' ORDER BY status = 'firing' DESC, started_at DESC LIMIT 1`),
    shared:
      statement(`SELECT digest, member, name, urgency, status, started_at AS startedAt, ended_at AS endedAt
      FROM digest_members WHERE chat = ? AND digest = ? AND member = ?`),
    upsert: statement(`INSERT INTO digest_members
      VALUES (@chat, @digest, @member, @name, @urgency, @status, @startedAt, @endedAt)
      ON CONFLICT (chat, digest, member) DO UPDATE SET
      status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at`),
    mark: statement('UPDATE deliveries SET digest = ? WHERE seq = ? AND chat = ?'),
    leaveResolved: statement(
      "DELETE FROM digest_members WHERE chat = ? AND digest = ? AND status <> 'firing'",
    ),
    unshown: database
      .prepare(
        'SELECT DISTINCT digest FROM deliveries WHERE chat = ? AND outcome IS NULL AND digest IS NOT NULL',
      )
      .pluck(),
    folded: statement(`SELECT seq, signals.id, accepted_at, attempted_at, status
      FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND digest = ? AND deliveries.outcome IS NULL ORDER BY seq`),
    counts: statement(`SELECT count(*) AS members, count(DISTINCT name) AS nameCount,
      total(status = 'firing') AS firing, total(status = 'resolved') AS resolved,
      ifnull(min(started_at), 0) AS startedAt, ifnull(max(ended_at), 0) AS endedAt
      FROM digest_members WHERE chat = ? AND digest = ?`),
    names:
      statement(`SELECT name, min(urgency) AS urgency, count(*) AS members, sum(status = 'resolved') AS resolved
      FROM digest_members WHERE chat = ? AND digest = ?
      GROUP BY name ORDER BY urgency, total(status = 'firing') DESC, members DESC, name LIMIT ?`),
    told: statement(`SELECT name, signals.id, body
      FROM digest_members CROSS JOIN signals ON signals.id = member
      WHERE chat = ? AND digest = ? AND digest_members.status = 'told'
      ORDER BY urgency, started_at DESC, seq DESC LIMIT ?`),
    firing: statement(`SELECT name, fingerprint, body FROM
      (SELECT name, member, row_number() OVER (PARTITION BY name ORDER BY started_at) AS nth
        FROM digest_members WHERE chat = ? AND digest = ? AND status = 'firing')
      JOIN open_alerts ON fingerprint = member WHERE nth <= ? ORDER BY nth`),
    resolve: database
      .prepare(
        `UPDATE digest_members INDEXED BY digest_members_by_alert SET status = 'resolved', ended_at = ?
         WHERE chat = ? AND member = ? AND status = 'firing' AND status <> 'told' RETURNING digest`,
      )
      .pluck(),
    overtaken: statement('UPDATE threads SET stale = 1 WHERE chat = ? AND type = ?'),
    prune: statement(`DELETE FROM digest_members WHERE
      NOT EXISTS (SELECT 1 FROM threads WHERE chat = digest_members.chat AND type = 'digest:' || digest)
      AND NOT EXISTS (SELECT 1 FROM deliveries WHERE chat = digest_members.chat
        AND digest = digest_members.digest AND outcome IS NULL)`),
  };
}

/** What a digest knows a signal by. */
export const memberOf = (id: string, body: SignalBody): string =>
  body.kind === 'alert' ? body.fingerprint : id;

/** By what a person calls it. */
function nameOf(body: SignalBody, type: string): string {
  switch (body.kind) {
    case 'alert':
      return body.labels['alertname'] ?? type;
    case 'critical_error':
      return body.errorType;
    case 'custom':
      return body.title;
    default:
      return body.kind;
  }
}
