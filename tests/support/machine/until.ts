import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is good; rejects at the deadline with the last answer or error.
 * @param options.timeoutMs default 200,000: only a failure waits so long; @param options.everyMs default 50.
 */
export async function until<T>(
  ask: () => Promise<T> | T,
  isGood: (answer: T) => boolean,
  options: { readonly timeoutMs?: number; readonly everyMs?: number; readonly what?: string } = {},
): Promise<T> {
  const { timeoutMs = 200_000, everyMs = 50, what = 'the condition' } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (isGood(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  const shown = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`${what} did not hold within ${timeoutMs} ms; last seen: ${shown}`);
}
