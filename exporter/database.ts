/**
 * Read-only access to the application's database with at most two connections: one lane for the probe, one for
 * figures, one statement at a time in each, so that a slow figure never makes the probe wait.
 *
 * A frozen server (SIGSTOP, a stuck disk) never answers and never closes. A lane therefore keeps waiting on the
 * connection it has instead of opening one more per attempt; the poller has long called the run failed. Only
 * after `abandonAfterMs` the connection is reset and the next statement dials anew, because a server that was
 * moved or recreated never answers on the old one either; the wait doubles while that does not help.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import { ProbeError } from './collectors/collector.ts';
import { describeDatabaseError, isRefusedStatement } from './database-error.ts';

export type DatabaseConnection =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password: string | undefined;
    };

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

export interface Lane {
  /**
   * Runs one statement in a read-only transaction. Aborting leaves the queue and gives up dialling; a statement
   * under way is left to its answer.
   * @throws ProbeError
   */
  query(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>;
}

export interface QueryLane extends Lane {
  /**
   * As `query`, through a cursor, which refuses whatever does not only read.
   * @param onTurn called when the statements before it have ended
   */
  read(query: ForeignQuery, signal: AbortSignal, onTurn?: () => void): Promise<TextTable>;
}

export interface ReadOnlyDatabase {
  readonly probe: Lane;
  readonly figures: QueryLane;
  close(): void;
}

/** First wait for a connection that does not answer, and the longest. */
export const ABANDON_AFTER_MS = { first: 60_000, longest: 240_000 };

const LOCK_TIMEOUT_MS = 1_000;

/** Nothing is dialled before the first statement. */
export function openDatabase(
  connection: DatabaseConnection,
  abandonAfterMs = ABANDON_AFTER_MS,
): ReadOnlyDatabase {
  const lanes = {
    probe: new ConnectionLane(connection, abandonAfterMs),
    figures: new ConnectionLane(connection, abandonAfterMs),
  };
  return {
    ...lanes,
    close: () => {
      lanes.probe.close();
      lanes.figures.close();
    },
  };
}

interface Dialled {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly target: string;
}

class ConnectionLane implements QueryLane {
  readonly #connection: DatabaseConnection;
  #dialled: Dialled | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #patience: typeof ABANDON_AFTER_MS;
  #abandonAfterMs: number;
  #closed = false;

  constructor(connection: DatabaseConnection, patience: typeof ABANDON_AFTER_MS) {
    this.#connection = connection;
    this.#patience = patience;
    this.#abandonAfterMs = patience.first;
  }

  async query(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    const work = (client: pg.Client): Promise<readonly Row[]> =>
      transact(client, statement.timeoutMs, () => all(client, statement));
    const { isLong = false, timeoutMs } = statement;
    return this.#inTurn(signal, work, isLong ? timeoutMs + LOCK_TIMEOUT_MS : 0);
  }

  async read(query: ForeignQuery, signal: AbortSignal, onTurn?: () => void): Promise<TextTable> {
    return this.#inTurn(signal, (client) => {
      onTurn?.();
      return transact(client, query.timeoutMs, () => fetchSome(client, query));
    });
  }

  async #inTurn<T>(
    signal: AbortSignal,
    work: (client: pg.Client) => Promise<T>,
    leastPatienceMs = 0,
  ): Promise<T> {
    const before = this.#last;
    const turn = orAborted(before, signal).then(() => this.#run(work, signal, leastPatienceMs));
    // Whoever gives up waiting does not let the next one overtake the statement under way.
    this.#last = Promise.allSettled([before, turn]);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #run<T>(
    work: (client: pg.Client) => Promise<T>,
    signal: AbortSignal,
    leastPatienceMs: number,
  ): Promise<T> {
    if (this.#closed) throw new ProbeError('the exporter is stopping');
    const dialled = this.#dialled ?? this.#prepare();
    const giveUpDialling = (): void => {
      if (dialled.socket.connecting) this.#drop();
    };
    signal.addEventListener('abort', giveUpDialling, { once: true });
    const abandon = setTimeout(
      () => {
        this.#abandonAfterMs = Math.min(this.#abandonAfterMs * 2, this.#patience.longest);
        this.#drop();
      },
      Math.max(this.#abandonAfterMs, leastPatienceMs),
    );
    try {
      if (this.#dialled === undefined) {
        this.#dialled = dialled;
        await dialled.client.connect();
      }
      const result = await work(dialled.client);
      this.#abandonAfterMs = this.#patience.first;
      return result;
    } catch (error) {
      if (!isRefusedStatement(error)) this.#drop();
      throw new ProbeError(describeDatabaseError(error, dialled.target), { cause: error });
    } finally {
      clearTimeout(abandon);
      signal.removeEventListener('abort', giveUpDialling);
    }
  }

  #prepare(): Dialled {
    const socket = new Socket();
    const client = new pg.Client({
      ...this.#connection,
      application_name: 'expensebot-exporter',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // Belt and braces: every statement also runs in a transaction that is read only by itself.
      options: `-c default_transaction_read_only=on -c lock_timeout=${LOCK_TIMEOUT_MS}`,
      stream: () => socket,
    });
    const dialled = { client, socket, target: `${client.host}:${client.port}` };
    // A connection that dies between two statements (a restarted server) is no failure: the next one dials anew.
    const forget = (): void => {
      if (this.#dialled === dialled) this.#drop();
    };
    client.on('error', forget);
    client.on('end', forget);
    return dialled;
  }

  #drop(): void {
    const dialled = this.#dialled;
    this.#dialled = undefined;
    if (dialled === undefined) return;
    // A reset leaves nothing half-closed behind on a server that is too frozen to close its own end.
    if (dialled.socket.connecting || dialled.socket.destroyed) dialled.socket.destroy();
    else dialled.socket.resetAndDestroy();
  }
}

async function transact<T>(client: pg.Client, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const statementTimeoutMs = Math.max(1, Math.floor(timeoutMs));
  await client.query(
    `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
  );
  try {
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The server takes one statement and no second one behind a semicolon; not among the declared types of pg. */
const EXTENDED = { queryMode: 'extended' };

async function all(client: pg.Client, { text, values = [] }: Statement): Promise<readonly Row[]> {
  const { rows } = await client.query<Row>({ ...EXTENDED, text, values: [...values] });
  return rows;
}

const CURSOR = 'custom_query';
const DECLARE = `DECLARE ${CURSOR} NO SCROLL CURSOR FOR\n`;
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

async function fetchSome(client: pg.Client, { text, maxRows }: ForeignQuery): Promise<TextTable> {
  // All rows are wanted: without this the planner prepares for a tenth of them.
  await client.query('SET LOCAL cursor_tuple_fraction = 1');
  await client.query({ ...EXTENDED, text: `${DECLARE}${text}` }).catch((error: unknown) => {
    throw located(error, text);
  });
  const { fields, rows } = await client.query<(string | null)[]>({
    text: `FETCH FORWARD ${maxRows} FROM ${CURSOR}`,
    rowMode: 'array',
    types: AS_TEXT,
  });
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

async function orAborted(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let stopWaiting = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stopWaiting = resolve;
    signal.addEventListener('abort', stopWaiting, { once: true });
  });
  if (!signal.aborted) await Promise.race([before, aborted]);
  signal.removeEventListener('abort', stopWaiting);
  if (signal.aborted) throw new ProbeError('another statement still holds the connection');
}
