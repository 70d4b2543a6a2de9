import type { Logger } from '../common/log/record.ts';
import type { Run } from './snapshot.ts';

/** Logs what changes: a check that begins to fail, fails for another reason, or works again; not every run. */
export function createRunLog(log: Logger): { tell(name: string, run: Run): void } {
  const told = new Map<string, string>();
  return {
    tell: (name, run) => {
      const before = told.get(name);
      if (run.ok) {
        told.delete(name);
        if (before !== undefined) log.info(`${name} works again.`);
        return;
      }
      // Figures in a sentence ("no answer for 35 s") change with every run and are no news.
      const reason = run.error?.replaceAll(/[\d.]+/g, '#') ?? '';
      told.set(name, reason);
      if (before !== reason) log.warn(`${name} fails: ${run.error ?? 'no reason given'}`);
    },
  };
}
