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
import { describeNetworkError, errorCode } from './collectors/network-error.ts';

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
}

export type Row = Readonly<Record<string, unknown>>;

export interface Lane {
  /**
   * Runs one statement in a read-only transaction. Aborting leaves the queue and gives up dialling; a statement
   * under way is left to its answer.
   * @throws ProbeError
   */
  query(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>;
}

export interface ReadOnlyDatabase {
  readonly probe: Lane;
  readonly figures: Lane;
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

class ConnectionLane implements Lane {
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
    const before = this.#last;
    const turn = orAborted(before, signal).then(() => this.#run(statement, signal));
    // Whoever gives up waiting does not let the next one overtake the statement under way.
    this.#last = Promise.allSettled([before, turn]);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #run(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    if (this.#closed) throw new ProbeError('the exporter is stopping');
    const dialled = this.#dialled ?? this.#prepare();
    const giveUpDialling = (): void => {
      if (dialled.socket.connecting) this.#drop();
    };
    signal.addEventListener('abort', giveUpDialling, { once: true });
    const abandon = setTimeout(() => {
      this.#abandonAfterMs = Math.min(this.#abandonAfterMs * 2, this.#patience.longest);
      this.#drop();
    }, this.#abandonAfterMs);
    try {
      if (this.#dialled === undefined) {
        this.#dialled = dialled;
        await dialled.client.connect();
      }
      const rows = await transact(dialled.client, statement);
      this.#abandonAfterMs = this.#patience.first;
      return rows;
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

async function transact(client: pg.Client, statement: Statement): Promise<readonly Row[]> {
  const timeoutMs = Math.max(1, Math.floor(statement.timeoutMs));
  await client.query(
    `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
  );
  try {
    const { rows } = await client.query<Row>(statement.text, [...(statement.values ?? [])]);
    return rows;
  } finally {
    await client.query('ROLLBACK');
  }
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

/** The server answered and keeps the connection: classes of SQLSTATE that end only the statement. */
function isRefusedStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|28|3D|53|57P|58|XX)/.test(error.code ?? '08');
}

/** A table or a column is missing, or this role may not read it: asking again changes nothing until somebody mends it. */
export function isUnreadable(error: unknown): boolean {
  return (
    error instanceof ProbeError &&
    error.cause instanceof pg.DatabaseError &&
    ['42P01', '42703', '42501'].includes(error.cause.code ?? '')
  );
}

const SQLSTATES: Readonly<Record<string, (message: string) => string>> = {
  '28P01': () => 'the database refuses the password (DATABASE_URL or DB_PASSWORD)',
  '28000': (message) => `the database refuses this role: ${message}`,
  '3D000': (message) => `there is no such database: ${message}`,
  '53300': () => 'the database has no connection left (too many clients)',
  '57P03': (message) => `the database takes no connections yet: ${message}`,
  '57014': () => 'the database cancelled the statement: it took too long',
  '55P03': () => 'a table is locked by somebody else',
  '42P01': (message) => `a table is missing: ${message}`,
  '42703': (message) => `a column is missing: ${message}`,
  '42501': (message) => `this role may not read that: ${message}; GRANT SELECT on it`,
};

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
export function describeDatabaseError(error: unknown, target: string): string {
  if (error instanceof ProbeError) return error.message;
  if (error instanceof pg.DatabaseError) {
    const known = SQLSTATES[error.code ?? ''];
    return known === undefined ? `the database says: ${error.message}` : known(error.message);
  }
  if (
    errorCode(error) === undefined &&
    error instanceof Error &&
    error.message.startsWith('The server does not')
  ) {
    return `${target} does not speak TLS, and the address asks for it`;
  }
  return describeNetworkError(error, target);
}
