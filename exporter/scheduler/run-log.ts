import { say } from '../../common/reasons/reason.ts';
import type { Logger } from '../../common/log/record.ts';
import type { Collector } from '../model/collector.ts';
import type { Run } from '../model/snapshot.ts';

/** A check that takes more than this share of its deadline is about to fail. */
const SLOW_SHARE = 0.5;

/**
 * Logs what changes: a check that begins to fail, fails for another reason, or works again; not every run. How long
 * the slow ones took goes to the performance log.
 */
export function createRunLog(
  log: Logger,
  performance: Logger,
): { tell(collector: Pick<Collector, 'name' | 'timeoutMs'>, run: Run): void } {
  const told = new Map<string, string>();
  return {
    tell: ({ name, timeoutMs }, run) => {
      const { durationMs = 0 } = run;
      if (durationMs > timeoutMs * SLOW_SHARE)
        performance.warn(`${name} is slow.`, { durationMs, timeoutMs });
      const before = told.get(name);
      if (run.ok) {
        told.delete(name);
        if (before !== undefined) log.info(`${name} works again.`);
        return;
      }
      // Figures in a sentence ("no answer for 35 s") change with every run and are no news.
      const sentence = say(run.reasons ?? [], 'en');
      const reason = sentence.replaceAll(/[\d.,]+/g, '#');
      told.set(name, reason);
      if (before !== reason) log.warn(`${name} fails: ${sentence}`);
    },
  };
}
