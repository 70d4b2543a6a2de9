import type { Clock } from '../../common/clock.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { DailyReportBody, NewSignal } from '../signal.ts';
import { latestSlot, nextSlotAt, type ReportTimes } from './calendar.ts';
import type { Reporter } from './reporter.ts';

export interface ScheduleDependencies {
  readonly times: ReportTimes;
  readonly reporter: Reporter;
  /** Puts the report on its way like any signal; one with a known id is put there once only. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly onUnexpected: (error: unknown) => void;
}

/** Day of the last report that was put on its way, or that was due before the bridge ever ran. */
const LAST_KEY = 'daily_report_last';
/** A clock that is set or a machine that sleeps must not move the report by more than this. */
const LOOK_EVERY_MS = 5 * 60_000;
const RETRY_MS = 60_000;
/** After a night of outage everything starts at once: the exporter gets this long even past the hour of giving up. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Makes the report of the day before, once per day whatever restarts: asks until the exporter answers, and at the hour
 * of giving up sends what is known. Of several that were missed, the newest is made up for.
 */
export function startDailyReport(dependencies: ScheduleDependencies): { stop(): Promise<void> } {
  const { times, reporter, tell, state, clock, onUnexpected } = dependencies;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let trying: { readonly date: string; readonly since: number } | undefined;

  /** Returns how long to wait before the next look, ms. */
  const look = async (): Promise<number> => {
    const now = clock.now();
    const slot = latestSlot(now, times);
    const last = state.get(LAST_KEY);
    // What was due before the first start was not missed.
    if (last === undefined) state.set(LAST_KEY, slot.date);
    else if (slot.date > last) {
      if (trying?.date !== slot.date) trying = { date: slot.date, since: now };
      const report = await reporter.gather(slot.date, stopping.signal);
      if (isStopping()) return 0;
      const deadline = Math.max(slot.giveUpAt, trying.since + PATIENCE_MS);
      if (report.figures === null && clock.now() < deadline) return RETRY_MS;
      await tell(toSignal(report));
      state.set(LAST_KEY, slot.date);
    }
    return Math.min(LOOK_EVERY_MS, nextSlotAt(clock.now(), times) - clock.now());
  };

  const run = async (): Promise<void> => {
    while (!isStopping()) {
      const waitMs = await look().catch((error: unknown) => {
        onUnexpected(error);
        return RETRY_MS;
      });
      await clock.sleep(waitMs, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

const toSignal = (report: DailyReportBody): NewSignal => ({
  id: `daily_report:${report.date}`,
  type: `daily_report:${report.date}`,
  severity: 'info',
  occurredAt: report.formedAt,
  body: report,
});
