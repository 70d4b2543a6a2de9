/** Room for one connection to a database: who may use it, when it is dialled, and when it is given up. */
import { Socket } from 'node:net';
import pg from 'pg';
import { ProbeError } from '../model/collector.ts';
import { boundAnswers } from './answer-bounds.ts';
import { databaseReasons, isAboutTls, isRefusedStatement, mayWorkOtherwise } from './errors.ts';
import { tlsWays, withoutTls, type TlsWays } from './tls.ts';
import { Turns } from '../scheduler/turns.ts';

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
  readonly isUnix: boolean;
  readonly target: string;
}

function waysTo(connection: DatabaseConnection): {
  readonly config: pg.ClientConfig;
  readonly ways: TlsWays;
} {
  if (!('connectionString' in connection))
    return { config: connection, ways: tlsWays(connection.host, new URLSearchParams()) };
  const { connectionString } = connection;
  const { searchParams: said, hostname } = new URL(connectionString);
  return {
    config: { connectionString: withoutTls(connectionString) },
    ways: tlsWays(said.get('host') ?? decodeURIComponent(hostname), said),
  };
}

/** Room for one connection, which one transaction at a time may use. */
export class PinnedConnection {
  #dialled: Dialled | undefined;
  readonly #turns = new Turns({ code: 'database_taken' });
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
  take<T>(
    connection: DatabaseConnection,
    signal: AbortSignal,
    work: (client: pg.Client) => Promise<T>,
    leastPatienceMs = 0,
  ): Promise<T> {
    return this.#turns.take(signal, () => this.#run(connection, signal, work, leastPatienceMs));
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
    if (this.#dialled?.connection !== connection) await this.#leave();
    // Also when it was closed while the other connection was left.
    if (this.#closed) throw new ProbeError({ code: 'stopping' });
    let target = this.#dialled?.target ?? '';
    let isOver = false;
    const giveUpDialling = (): void => {
      if (this.#dialled?.socket.connecting !== true) return;
      isOver = true;
      this.#drop();
    };
    signal.addEventListener('abort', giveUpDialling, { once: true });
    let abandon: NodeJS.Timeout | undefined;
    // It ends the turn whatever the client makes of its lost connection.
    const abandoned = new Promise<never>((_resolve, reject) => {
      abandon = setTimeout(
        () => {
          isOver = true;
          this.#abandonAfterMs = Math.min(this.#abandonAfterMs * 2, this.#patience.longest);
          this.#drop();
          reject(new Error('No answer came.'));
        },
        Math.max(this.#abandonAfterMs, leastPatienceMs),
      );
    });
    const dial = async (): Promise<pg.Client> => {
      const { config, ways } = waysTo(connection);
      let first: unknown;
      let address: string | undefined;
      for (const ssl of ways) {
        const dialled = this.#prepare(connection, { ...config, ssl }, address);
        target = dialled.target;
        this.#dialled = dialled;
        try {
          await dialled.client.connect();
          return dialled.client;
        } catch (error) {
          if (isOver || this.#closed || !mayWorkOtherwise(error)) throw error;
          first ??= error;
          // The name may have addresses that do not answer: there is no time to try them twice.
          address = dialled.socket.remoteAddress;
          // One that was refused is gone before another is dialled.
          this.#drop();
          if (ssl === ways.at(-1)) throw isAboutTls(first) ? error : first;
        }
      }
      throw first;
    };
    const connectAndWork = async (): Promise<T> => work(this.#dialled?.client ?? (await dial()));
    try {
      const answer = await Promise.race([connectAndWork(), abandoned]);
      this.#abandonAfterMs = this.#patience.first;
      return answer;
    } catch (error) {
      if (!isRefusedStatement(error)) this.#drop();
      throw new ProbeError(databaseReasons(error, target), { cause: error });
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
    const gone = new Promise<void>((resolve) => {
      if (dialled.socket.closed) resolve();
      else dialled.socket.once('close', () => resolve());
    });
    dialled.client.end().catch(() => undefined);
    await gone;
    clearTimeout(deadline);
    this.#dialled = undefined;
  }

  /** @param address instead of the host's, which is still the one that a certificate must name */
  #prepare(connection: DatabaseConnection, config: pg.ClientConfig, address?: string): Dialled {
    const socket = new Socket();
    if (address !== undefined) {
      const connect = socket.connect.bind(socket) as (port: number, host: string) => Socket;
      socket.connect = ((port: number) => connect(port, address)) as typeof socket.connect;
    }
    const client = new pg.Client({
      ...config,
      application_name: 'expensebot-exporter',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => socket,
    });
    boundAnswers(client, socket);
    // pg takes a host that begins with a slash for the folder of a Unix socket.
    const isUnix = client.host.startsWith('/');
    const target = isUnix ? `${client.host}/.s.PGSQL.${client.port}` : `${client.host}:${client.port}`;
    const dialled = { connection, client, socket, isUnix, target };
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
    const { socket, isUnix } = dialled;
    // A reset leaves nothing half-closed behind on a server that is too frozen to close its own end; only TCP has one.
    // One that is still writing its end (pg does so when a server has no TLS) cannot be reset: its handle would stay for ever.
    const isEnding = socket.writableEnded && !socket.writableFinished;
    if (isUnix || isEnding || socket.connecting || socket.destroyed) socket.destroy();
    else socket.resetAndDestroy();
  }
}
