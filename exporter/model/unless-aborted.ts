import type { Reason } from '../../common/reasons/reason.ts';
import { ProbeError } from './collector.ts';

/**
 * The work, or a failure at the moment of the abort: for work that does not heed the signal itself.
 * @throws ProbeError with the reason when it was aborted first
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, reason: Reason): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(new ProbeError(reason));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
