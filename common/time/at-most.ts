import type { Clock } from './clock.ts';

/** Resolves when `work` has ended, or after `ms` at the latest. Rejects as `work` does, where it does so in time. */
export async function atMost(ms: number, work: Promise<unknown>, clock: Pick<Clock, 'sleep'>): Promise<void> {
  const ended = new AbortController();
  const patience = clock.sleep(ms, ended.signal).catch(() => undefined);
  await Promise.race([work, patience]).finally(() => ended.abort());
}
