/** Requests over real sockets of loopback, with keep-alive, one at a time on each connection. */
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** `[<id>]` in it is replaced by an id of its own for every request. */
  readonly body?: string;
}

/** Reading the clock this often ends a round soon after its last answer. */
const SAMPLE_MS = 20;
const ROUND_SECONDS = 1.2;

/**
 * Rounds of this load. A round is a number of requests, not a length of time: so each is answered, and what was
 * counted on both ends can be compared. Their number follows the rate of the round before.
 * @returns answers per second; @throws when anything but success was answered.
 */
export function createLoad(load: Load): { readonly round: () => Promise<number>; answers: () => number } {
  let amount = load.connections * 4;
  let answers = 0;
  return {
    answers: () => answers,
    round: async () => {
      const perSecond = await fire(load, amount);
      answers += amount;
      amount = Math.max(load.connections, Math.round(perSecond * ROUND_SECONDS));
      return perSecond;
    },
  };
}

function fire(load: Load, amount: number): Promise<number> {
  const { url, connections, method = 'GET', headers = {}, body } = load;
  return new Promise((resolve, reject) => {
    let lastAnswerAt = 0;
    const startedAt = performance.now();
    const options = {
      url,
      connections,
      amount,
      method,
      headers: { ...headers },
      sampleInt: SAMPLE_MS,
      timeout: 10,
      ...(body === undefined ? {} : { body, idReplacement: true }),
    };
    const instance = autocannon(options, (error: unknown, result) => {
      if (error !== null && error !== undefined) {
        reject(error instanceof Error ? error : new Error(`The load on ${url} failed`));
      } else if (result['2xx'] !== amount || result.errors > 0) {
        const { non2xx, errors } = result;
        reject(
          new Error(`${url}: of ${amount} requests ${non2xx} were answered badly and ${errors} not at all`),
        );
      } else {
        resolve((amount * 1_000) / (lastAnswerAt - startedAt));
      }
    });
    instance.on('response', () => void (lastAnswerAt = performance.now()));
  });
}
