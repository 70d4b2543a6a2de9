/**
 * Requests over real sockets of loopback, with keep-alive. Node's own client, which parses in native code and leaves
 * bodies undecoded: one that reads a body as text is slower than the servers, and then all of them look alike.
 */
import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  /** Requests under way at any time, each on a connection of its own. */
  readonly connections: number;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** @param n counts the requests of this load from 0 */
  readonly body?: (n: number) => string;
}

export interface Generator {
  /** Answers per second over half a second. @throws when anything but success was answered. */
  readonly round: () => Promise<number>;
  /** So far, over all rounds. */
  readonly answers: () => number;
  readonly close: () => void;
}

const ROUND_MS = 500;
const ANSWER_TIMEOUT_MS = 10_000;

export function createLoad(load: Load): Generator {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  let sent = 0;
  let answers = 0;

  const ask = async (): Promise<void> => {
    await send(load, agent, load.body?.(sent++));
    answers += 1;
  };

  return {
    answers: () => answers,
    round: async () => {
      const before = answers;
      const startedAt = performance.now();
      const askAgainAndAgain = async (): Promise<void> => {
        while (performance.now() - startedAt < ROUND_MS) await ask();
      };
      await Promise.all(Array.from({ length: load.connections }, askAgainAndAgain));
      return ((answers - before) * 1_000) / (performance.now() - startedAt);
    },
    close: () => agent.destroy(),
  };
}

/** Resolves when the whole answer is there. */
function send({ url, method = 'GET', headers = {} }: Load, agent: Agent, body?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method,
      timeout: ANSWER_TIMEOUT_MS,
      headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.once('error', reject);
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`${url} did not answer within ${ANSWER_TIMEOUT_MS} ms`)),
    );
    outgoing.once('response', (response) => {
      const { statusCode = 0 } = response;
      response.once('error', reject);
      response.once('end', () => {
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`${url} answered ${statusCode}`));
      });
      response.resume();
    });
    outgoing.end(body);
  });
}
