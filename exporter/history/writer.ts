/** Brings what the store holds to PostgreSQL: at once while it answers, later when it does not. */
import type { Clock } from '../../common/time/clock.ts';
import type { Logger } from '../../common/log/record.ts';
import { within } from '../../common/time/within.ts';
import { ProbeError } from '../model/collector.ts';
import type { Archive } from './archive.ts';
import type { HistoryStore } from './sqlite.ts';

export interface HistoryWriterOptions {
  readonly store: HistoryStore;
  readonly archive: Archive;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when an empty store has been filled from PostgreSQL. */
  readonly onLoaded: () => void;
  /** Told of faults of this program. */
  readonly onUnexpected: (error: unknown) => void;
}

export interface HistoryWriter {
  /** There is something to write. */
  readonly poke: () => void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

const BATCH = 500;
const RETRY_MS = { first: 15_000, longest: 5 * 60_000 };
/** Of one round trip; a frozen database is waited for by the session, not by more connections. */
const TIMEOUT_MS = 30_000;
/** What an installation that lost its state folder takes over. */
const LOADED_HEALTH_MS = 24 * 3_600_000;
const LOADED_DAYS_MS = 35 * 24 * 3_600_000;
const LOADED = 'loaded';

export function startHistoryWriter(options: HistoryWriterOptions): HistoryWriter {
  const { store, archive, clock, log } = options;
  const stopped = new AbortController();
  let wake: AbortController | undefined;
  let hasMore = true;
  let failure: string | undefined;

  const inTime = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    within(TIMEOUT_MS, stopped.signal, work);

  const load = async (): Promise<void> => {
    if (store.memory.get(LOADED) !== undefined) return;
    const now = clock.now();
    const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    const health = await inTime((signal) => archive.readHealth(now - LOADED_HEALTH_MS, signal));
    const days = await inTime((signal) => archive.readDays(date(now - LOADED_DAYS_MS), date(now), signal));
    store.addHealth(health, true);
    const known = new Set(store.days('0000', '9999').map((day) => day.date));
    store.saveDays(
      days.filter(({ date }) => !known.has(date)),
      true,
    );
    store.memory.set(LOADED, new Date(now).toISOString());
    if (health.length > 0) options.onLoaded();
  };

  /** @throws ProbeError */
  const flush = async (): Promise<void> => {
    await load();
    for (let rows = store.unwrittenHealth(BATCH); rows.length > 0; rows = store.unwrittenHealth(BATCH)) {
      const batch = rows;
      await inTime((signal) => archive.writeHealth(batch, signal));
      store.markHealthWritten(rows);
    }
    for (let day = store.unwrittenDay(); day !== undefined; day = store.unwrittenDay()) {
      const one = day;
      await inTime((signal) => archive.writeDay(one, signal));
      store.markDayWritten(day);
    }
  };

  /** @returns whether everything is written */
  const attempt = async (): Promise<boolean> => {
    try {
      hasMore = false;
      await flush();
      if (failure !== undefined) log.info('The history is written again.');
      failure = undefined;
      return true;
    } catch (error) {
      if (stopped.signal.aborted) return false;
      if (!(error instanceof ProbeError)) options.onUnexpected(error);
      const sentence = error instanceof Error ? error.message : String(error);
      if (sentence !== failure)
        log.warn(`The history is kept here until it can be written: ${sentence}`, {
          pending: store.pending(),
        });
      failure = sentence;
      return false;
    }
  };

  const nap = async (ms: number): Promise<void> => {
    wake = new AbortController();
    if (stopped.signal.aborted) wake.abort();
    await clock.sleep(ms, wake.signal).catch(() => undefined);
    wake = undefined;
  };

  const loop = async (): Promise<void> => {
    let retryMs = RETRY_MS.first;
    while (!stopped.signal.aborted) {
      if (await attempt()) {
        retryMs = RETRY_MS.first;
        if (!hasMore) await nap(RETRY_MS.longest);
      } else {
        // Pokes are no reason to ask a database that is away more often.
        await clock.sleep(retryMs, stopped.signal).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
      }
    }
  };
  const looping = loop();

  return {
    poke: () => {
      hasMore = true;
      wake?.abort();
    },
    stop: async () => {
      stopped.abort(new ProbeError({ code: 'stopping' }));
      wake?.abort();
      await looping;
    },
  };
}
