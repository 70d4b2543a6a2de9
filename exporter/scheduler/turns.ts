import type { Reason } from '../../common/reasons/reason.ts';
import { ProbeError } from '../model/collector.ts';

/**
 * One piece of work at a time, in the order of asking. Whoever gives up leaves nothing behind: not on what holds the
 * turn, which may do so for days, and not in the work after it.
 */
export class Turns {
  readonly #waiting = new Set<() => void>();
  readonly #tooLate: Reason;
  #isTaken = false;

  /** @param tooLate of the ProbeError for whom the turn has not come in time */
  constructor(tooLate: Reason) {
    this.#tooLate = tooLate;
  }

  /** @throws ProbeError when aborted before its turn; else what `work` throws */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await this.#wait(signal);
    this.#isTaken = true;
    try {
      if (signal.aborted) throw new ProbeError(this.#tooLate);
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#isTaken = false;
      else next();
    }
  }

  /** Resolves when the turn was handed over. */
  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', stop);
      };
      const go = (): void => {
        forget();
        resolve();
      };
      const stop = (): void => {
        forget();
        reject(new ProbeError(this.#tooLate));
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
  }
}
