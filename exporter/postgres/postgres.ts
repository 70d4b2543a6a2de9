/**
 * Access to the application's database with at most two connections: one for the probe, one for figures and history,
 * one transaction at a time in each, so that a slow figure never makes the probe wait. The history may be written as
 * another role, or to another server: then that one connection changes hands.
 *
 * A frozen server (SIGSTOP, a stuck disk) never answers and never closes. A session therefore keeps waiting on the
 * connection it has instead of opening one more per attempt; the poller has long called the run failed. Only
 * after `abandonAfterMs` the connection is reset and the next statement dials anew, because a server that was
 * moved or recreated never answers on the old one either; the wait doubles while that does not help.
 */
import pg from 'pg';
import { ProbeError } from '../model/collector.ts';
import { readOnly, type RowFormat } from './session.ts';
import { LOCK_TIMEOUT_MS, PinnedConnection, type DatabaseConnection, type Patience } from './connection.ts';

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Enforced by the server; a little less than the deadline of the run, so that the server gets to say so. */
  readonly timeoutMs: number;
  /** Reads whole tables for minutes: the connection is not given up before the server had that time. */
  readonly isLong?: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** A query of somebody who is not us: one statement that reads, of unknown size. */
export interface ForeignQuery {
  readonly text: string;
  /** Enforced by the server. */
  readonly timeoutMs: number;
  /** No more than so many are fetched, however many there are; 0 only asks for the columns. */
  readonly maxRows: number;
}

export interface TextTable {
  readonly columns: readonly string[];
  /** Values as PostgreSQL writes them, in the order of the columns. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Session {
  /**
   * Runs one statement in a read-only transaction. Aborting leaves the queue and gives up dialling; a statement
   * under way is left to its answer.
   * @throws ProbeError
   */
  query(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>;
}

export interface QuerySession extends Session {
  /**
   * As `query`, through a cursor, which refuses whatever does not only read.
   * @param onTurn called when the statements before it have ended
   */
  read(query: ForeignQuery, signal: AbortSignal, onTurn?: () => void): Promise<TextTable>;
}

/** Runs a statement within the transaction and answers its rows. */
export type Execute = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

export interface WriteSession {
  /**
   * Runs `work` in one transaction that may write; nothing of it stays when `work` rejects.
   * @param timeoutMs of each of its statements
   * @throws ProbeError
   */
  transaction<T>(work: (execute: Execute) => Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T>;
}

export interface Database {
  readonly probe: Session;
  /** Waits for the same turn as `history`. */
  readonly figures: QuerySession;
  readonly history: WriteSession;
  close(): void;
}

export interface DatabaseOptions {
  /** Where the history is written; default: as the figures are read. */
  readonly history?: DatabaseConnection;
  readonly abandonAfterMs?: Patience;
}

/** First wait for a connection that does not answer, and the longest. */
const ABANDON_AFTER_MS: Patience = { first: 60_000, longest: 240_000 };

/** Nothing is dialled before the first statement. */
export function openDatabase(connection: DatabaseConnection, options: DatabaseOptions = {}): Database {
  const { history = connection, abandonAfterMs = ABANDON_AFTER_MS } = options;
  const first = new PinnedConnection(abandonAfterMs);
  const second = new PinnedConnection(abandonAfterMs);
  return {
    probe: readSession(first, connection),
    figures: readSession(second, connection),
    history: {
      transaction: (work, timeoutMs, signal) =>
        second.take(history, signal, (client) => write(client, timeoutMs, work)),
    },
    close: () => {
      first.close();
      second.close();
    },
  };
}

const readSession = (pinned: PinnedConnection, connection: DatabaseConnection): QuerySession => ({
  query: async (statement, signal) => {
    const { isLong = false, timeoutMs } = statement;
    const work = async (client: pg.Client): Promise<readonly Row[]> => {
      const [result] = await readOnly<Row>(client, [statement], timeouts(timeoutMs));
      return result?.rows ?? [];
    };
    const rows = await pinned.take(connection, signal, work, isLong ? timeoutMs + LOCK_TIMEOUT_MS : 0);
    // Whoever asked has been given up, and another may have taken its place: it must not count on with these rows.
    if (signal.aborted) throw new ProbeError({ code: 'database_late' });
    return rows;
  },
  read: (query, signal, onTurn) =>
    pinned.take(connection, signal, (client) => {
      onTurn?.();
      return fetchSome(client, query);
    }),
});

const timeouts = (statement: number) => ({ statement, lock: LOCK_TIMEOUT_MS });

const executeOn =
  (client: pg.Client): Execute =>
  async (text, values = []) =>
    (await client.query<Row>(text, [...values])).rows;

async function write<T>(
  client: pg.Client,
  timeoutMs: number,
  work: (execute: Execute) => Promise<T>,
): Promise<T> {
  const statementTimeoutMs = Math.max(1, Math.floor(timeoutMs));
  await client.query(
    `BEGIN TRANSACTION READ WRITE; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
  );
  let end = 'ROLLBACK';
  try {
    const answer = await work(executeOn(client));
    end = 'COMMIT';
    return answer;
  } finally {
    await client.query(end);
  }
}

const CURSOR = 'custom_query';
/** Only a cursor that is held needs no BEGIN; closed before the transaction ends, it is not kept. */
const DECLARE = `DECLARE ${CURSOR} NO SCROLL CURSOR WITH HOLD FOR\n`;
const FORMAT: RowFormat = { rowMode: 'array', types: { getTypeParser: () => (value: string) => value } };

async function fetchSome(client: pg.Client, { text, maxRows, timeoutMs }: ForeignQuery): Promise<TextTable> {
  const statements = [
    { text: `${DECLARE}${text}` },
    { text: `FETCH FORWARD ${maxRows} FROM ${CURSOR}` },
    { text: `CLOSE ${CURSOR}` },
  ];
  const results = await readOnly<(string | null)[]>(client, statements, timeouts(timeoutMs), FORMAT).catch(
    (error: unknown) => {
      throw located(error, text);
    },
  );
  const { fields = [], rows = [] } = results[1] ?? {};
  return { columns: fields.map(({ name }) => name), rows };
}

/** With the place in the query as it was written. */
function located(error: unknown, text: string): unknown {
  if (!(error instanceof pg.DatabaseError) || error.position === undefined) return error;
  // Counted in characters, from 1: https://www.postgresql.org/docs/15/protocol-error-fields.html
  const before = Array.from(text)
    .slice(0, Number(error.position) - 1 - DECLARE.length)
    .join('');
  const lines = before.split('\n');
  error.message += ` (line ${lines.length}, column ${Array.from(lines.at(-1) ?? '').length + 1})`;
  return error;
}
