/** Room for one connection to a database: who may use it, when it is dialled, and when it is given up. */
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

export const LOCK_TIMEOUT_MS = 1_000;
const LEAVE_TIMEOUT_MS = 1_000;

/** The first wait for a connection that does not answer, and the longest. */
export interface Patience {
  readonly first: number;
  readonly longest: number;
}

interface Dialled {
  readonly connection: DatabaseConnection;
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly target: string;
}

/** Room for one connection, which one transaction at a time may use. */
export class Seat {
  #dialled: Dialled | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #patience: Patience;
  #abandonAfterMs: number;
  #closed = false;

  constructor(patience: Patience) {
    this.#patience = patience;
    this.#abandonAfterMs = patience.first;
  }

  /**
   * Waits for its turn.
   * @param leastPatienceMs with a connection that does not answer, for work that takes long
   * @throws ProbeError
   */
  async take<T>(
    connection: DatabaseConnection,
    signal: AbortSignal,
    work: (client: pg.Client) => Promise<T>,
    leastPatienceMs = 0,
  ): Promise<T> {
    const before = this.#last;
    const turn = orAborted(before, signal).then(() => this.#run(connection, signal, work, leastPatienceMs));
    // Whoever gives up waiting does not let the next one overtake the statement under way.
    this.#last = Promise.allSettled([before, turn]);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #run<T>(
    connection: DatabaseConnection,
    signal: AbortSignal,
    work: (client: pg.Client) => Promise<T>,
    leastPatienceMs: number,
  ): Promise<T> {
    if (this.#closed) throw new ProbeError('the exporter is stopping');
    if (this.#dialled?.connection !== connection) await this.#leave();
    const dialled = this.#dialled ?? this.#prepare(connection);
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
      const answer = await work(dialled.client);
      this.#abandonAfterMs = this.#patience.first;
      return answer;
    } catch (error) {
      if (!isRefusedStatement(error)) this.#drop();
      throw new ProbeError(describeDatabaseError(error, dialled.target), { cause: error });
    } finally {
      clearTimeout(abandon);
      signal.removeEventListener('abort', giveUpDialling);
    }
  }

  /** Ends an idle connection before another one is dialled, so that there are never two. */
  async #leave(): Promise<void> {
    const dialled = this.#dialled;
    if (dialled === undefined) return;
    const deadline = setTimeout(() => this.#drop(), LEAVE_TIMEOUT_MS);
    const gone = new Promise((resolve) => dialled.socket.once('close', resolve));
    dialled.client.end().catch(() => undefined);
    await gone;
    clearTimeout(deadline);
    this.#dialled = undefined;
  }

  #prepare(connection: DatabaseConnection): Dialled {
    const socket = new Socket();
    const client = new pg.Client({
      ...connection,
      application_name: 'expensebot-exporter',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // Belt and braces: every reading transaction is read only by itself.
      options: `-c default_transaction_read_only=on -c lock_timeout=${LOCK_TIMEOUT_MS}`,
      stream: () => socket,
    });
    const dialled = { connection, client, socket, target: `${client.host}:${client.port}` };
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
