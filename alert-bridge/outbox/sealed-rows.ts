import { OperatorError } from '../../common/process/operator-error.ts';
import { migrate, sqliteCode, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { parseOwnJson } from '../../common/text/json.ts';
import type { AlertBody, SignalBody } from '../model/signal.ts';
import type { Incident } from '../model/incident.ts';
import { OUTBOX_MIGRATIONS } from './schema.ts';
import { createSeal, HEADER_BYTES, keyOfFirst, UnreadableError, type Place, type Seal } from './seal.ts';

/** A column whose text is sealed. What an older release has left there in plain text is TEXT, what is sealed a BLOB. */
interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Columns that make the place of a row. */
  readonly key: readonly string[];
}

const COLUMNS = {
  body: { table: 'signals', column: 'body', key: ['id'] },
  state: { table: 'threads', column: 'state', key: ['chat', 'type'] },
  openAlert: { table: 'open_alerts', column: 'body', key: ['fingerprint'] },
} as const satisfies Record<string, SealedColumn>;

export interface SealedBody {
  readonly id: string;
  readonly body: Buffer;
}

export interface SealedIncident {
  readonly chat: string;
  readonly type: string;
  readonly state: Buffer;
}

export interface SealedOpenAlert {
  readonly fingerprint: string;
  readonly body: Buffer;
}

/** The sealed columns, by what is in them. Opening throws UnreadableError. */
export interface SealedRows {
  sealBody: (id: string, body: SignalBody) => Buffer;
  openBody: (row: SealedBody) => SignalBody;
  sealIncident: (chat: string, incident: Incident) => Buffer;
  openIncident: (row: SealedIncident) => Incident;
  sealOpenAlert: (body: AlertBody) => Buffer;
  openOpenAlert: (row: SealedOpenAlert) => AlertBody;
}

export function createSealedRows(seal: Seal): SealedRows {
  /** Whatever is in a column: what is not what we put there is as little use as what does not open. */
  const open = (sealed: unknown, place: Place, isContent: (content: Content) => boolean): unknown => {
    if (!Buffer.isBuffer(sealed)) throw new UnreadableError(`${place[0]}: it is not sealed`);
    const content = contentOf(seal.open(sealed, place));
    if (content !== undefined && isContent(content)) return content;
    throw new UnreadableError(`${place[0]}: what is sealed there is something else`);
  };
  const placeOfBody = (id: string): Place => [COLUMNS.body.table, id];
  const placeOfIncident = (chat: string, type: string): Place => [COLUMNS.state.table, chat, type];
  const placeOfOpenAlert = (fingerprint: string): Place => [COLUMNS.openAlert.table, fingerprint];
  return {
    sealBody: (id, body) => seal.seal(JSON.stringify(body), placeOfBody(id)),
    openBody: ({ id, body }) => open(body, placeOfBody(id), isBody) as SignalBody,
    sealIncident: (chat, incident) =>
      seal.seal(JSON.stringify(incident), placeOfIncident(chat, incident.type)),
    openIncident: ({ chat, type, state }) => open(state, placeOfIncident(chat, type), isIncident) as Incident,
    sealOpenAlert: (body) => seal.seal(JSON.stringify(body), placeOfOpenAlert(body.fingerprint)),
    openOpenAlert: ({ fingerprint, body }) => open(body, placeOfOpenAlert(fingerprint), isAlert) as AlertBody,
  };
}

type Content = Readonly<Record<string, unknown>>;

function contentOf(text: string): Content | undefined {
  try {
    const content = parseOwnJson(text);
    return isObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAlert = ({ kind, fingerprint, labels, annotations, startsAt }: Content): boolean =>
  kind === 'alert' &&
  typeof fingerprint === 'string' &&
  isObject(labels) &&
  isObject(annotations) &&
  typeof startsAt === 'number';
const isBody = (content: Content): boolean =>
  content['kind'] === 'alert' ? isAlert(content) : typeof content['kind'] === 'string';
function isIncident({ kind, type, messageId, members, body }: Content): boolean {
  if (typeof type !== 'string' || typeof messageId !== 'number') return false;
  if (kind === 'alerts') return isObject(members) && Object.values(members).every(isAlertLike);
  return kind === 'events' ? isObject(body) && isBody(body) : kind === 'digest';
}
const isAlertLike = (value: unknown): boolean => isObject(value) && isAlert(value);

/** What it opens; undefined where that cannot be opened. */
export function readable<Content>(open: () => Content): Content | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}

/** Those of the rows that cannot be opened. */
export function unreadable<Row>(rows: Iterable<unknown>, open: (row: Row) => object): readonly Row[] {
  const found: Row[] = [];
  for (const row of rows as Iterable<Row>) if (readable(() => open(row)) === undefined) found.push(row);
  return found;
}

/** Everything there is was sealed with keys that are not known: the key was lost, or is another one. */
export class OtherKeyError extends OperatorError {
  override readonly name = 'OtherKeyError';
}

const SCRUB_KEY = 'scrub';

/**
 * Brings the schema to the newest version and everything under the first key of the seal: plain text of an older
 * release, and what another of its keys has sealed. Of that nothing is left in the file, its free pages or its log.
 * @throws OtherKeyError
 */
export function prepareSealed(database: SqliteDatabase, seal: Seal): void {
  provideForMigrations(database, seal);
  migrate(database, OUTBOX_MIGRATIONS);
  const known = knownHeaders(database, seal);
  if (known.some((header) => header === 'plain' || !header.equals(seal.header))) {
    database.transaction(() => {
      for (const column of Object.values(COLUMNS)) sealAnew(database, seal, column);
      database.prepare("INSERT OR REPLACE INTO state VALUES (?, '')").run(SCRUB_KEY);
    })();
  }
  if (database.prepare('SELECT 1 FROM state WHERE key = ?').get(SCRUB_KEY) !== undefined) scrub(database);
}

/** What the migrations ask of JavaScript. */
function provideForMigrations(database: SqliteDatabase, seal: Seal): void {
  // SQLite keeps any bytes as text; what is read of them is well-formed.
  database.function('as_read', { deterministic: true }, (text: unknown) => text);
  database.function('body_resealed', (body: unknown, from: unknown, to: unknown) => {
    if (!Buffer.isBuffer(body)) return body;
    const place = (id: unknown): Place => [COLUMNS.body.table, String(id)];
    const text = readable(() => seal.open(body, place(from)));
    return text === undefined ? body : seal.seal(text, place(to));
  });
}

/**
 * The keys in the order in which a bridge that may have the outbox open uses them: what the first one seals opens there.
 * @throws OtherKeyError; OperatorError when another release has written the file.
 */
export function keysInUse(database: SqliteDatabase, keys: readonly Buffer[]): readonly [Buffer, ...Buffer[]] {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version !== OUTBOX_MIGRATIONS.length)
    throw new OperatorError(
      `${database.name} has schema version ${version}, and this release ${OUTBOX_MIGRATIONS.length}: use the release of the bridge that runs, or start this one's first.`,
    );
  const header = database
    .prepare(
      `SELECT substr(body, 1, ${HEADER_BYTES}) FROM
       (SELECT seq, body FROM signals UNION ALL SELECT 0, body FROM open_alerts) ORDER BY seq DESC LIMIT 1`,
    )
    .pluck()
    .get() as Buffer | undefined;
  const [first, ...others] = header === undefined ? keys : keyOfFirst(header, keys);
  if (first === undefined) throw otherKey(database);
  knownHeaders(database, createSeal([first, ...others]));
  return [first, ...others];
}

const otherKey = ({ name }: SqliteDatabase): OtherKeyError =>
  new OtherKeyError(
    `${name} is sealed with another key: set STATE_KEY to the one it was sealed with, or put state.key back beside it.`,
  );

/** @throws OtherKeyError when there is something, and nothing of it was sealed with a key that is known */
function knownHeaders(database: SqliteDatabase, seal: Seal): readonly (Buffer | 'plain')[] {
  const headers = Object.values(COLUMNS).flatMap((column) => headersIn(database, column));
  const known = headers.filter((header) => header === 'plain' || seal.knows(header));
  if (headers.length > 0 && known.length === 0) throw otherKey(database);
  return known;
}

function headersIn(database: SqliteDatabase, { table, column }: SealedColumn): readonly (Buffer | 'plain')[] {
  const rows = database
    .prepare(
      `SELECT DISTINCT CASE typeof(${column}) WHEN 'text' THEN 'plain' ELSE substr(${column}, 1, ${HEADER_BYTES}) END
       FROM ${table}`,
    )
    .pluck()
    .all();
  return rows as (Buffer | 'plain')[];
}

function sealAnew(database: SqliteDatabase, seal: Seal, { table, column, key }: SealedColumn): void {
  const isThisRow = key.map((name) => `${name} = ?`).join(' AND ');
  const read = database.prepare(`SELECT ${column} FROM ${table} WHERE ${isThisRow}`).pluck();
  const write = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${isThisRow}`);
  const keys = database
    .prepare(`SELECT ${key.join(', ')} FROM ${table}`)
    .raw()
    .all() as string[][];
  for (const values of keys) {
    const content = read.get(...values) as Buffer | string;
    const place: Place = [table, ...values];
    if (typeof content === 'string') write.run(seal.seal(content, place), ...values);
    else if (seal.knows(content.subarray(0, HEADER_BYTES)))
      write.run(seal.seal(seal.open(content, place), place), ...values);
  }
}

/** Pages that are free and the log of writes still hold what was there before. A full disk: the next start does it. */
function scrub(database: SqliteDatabase): void {
  try {
    database.exec('VACUUM');
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.prepare('DELETE FROM state WHERE key = ?').run(SCRUB_KEY);
  } catch (error) {
    if (!/^SQLITE_(FULL|IOERR)/.test(sqliteCode(error) ?? '')) throw error;
  }
}
