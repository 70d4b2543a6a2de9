import type { Clock } from '../../common/time/clock.ts';
import { isAhead } from '../../common/time/elapsed.ts';
import type { Job } from '../../common/jobs/jobs.ts';
import { nextSlot } from '../../common/jobs/slots.ts';
import type { DailyReportBody, NewSignal } from '../model/signal.ts';
import { dayBefore } from './day.ts';
import type { Reporter } from './report.ts';

/** Wall-clock times in TIMEZONE, HH:mm. */
export interface ReportTimes {
  readonly at: string;
  /** When a report goes out with what is known by then; later on the same day. */
  readonly giveUpAt: string;
}

export interface ReportJobDependencies {
  readonly times: ReportTimes;
  /** IANA name. */
  readonly timezone: string;
  readonly reporter: Reporter;
  /** Puts the report on its way like any signal; one with a known id is put there once only. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly clock: Clock;
}

const RETRY_MS = 60_000;
/** After a night of outage everything starts at once: the exporter gets this long even past the hour of giving up. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Makes the report of the day before: asks until the exporter answers, and at the hour of giving up sends what is
 * known. Run again for the same day, it sends nothing more. Of several that were missed, the newest is made up for.
 */
export function dailyReportJob({ times, timezone, reporter, tell, clock }: ReportJobDependencies): Job {
  return {
    name: 'daily_report',
    rule: { dailyAt: times.at },
    whenMissed: 'run',
    onFirstStart: 'wait',
    run: async (slot, signal) => {
      const date = dayBefore(slot, timezone);
      const deadline = Math.max(
        nextSlot({ dailyAt: times.giveUpAt }, timezone, slot),
        clock.now() + PATIENCE_MS,
      );
      // Counted in waits too: a clock that is set back meanwhile must not make this wait for days.
      const patienceMs = deadline - clock.now();
      for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
        if (isAhead(slot, clock.now())) throw new Error('the clock was set back: that day is not over');
        const report = await reporter.gather(date, signal);
        signal.throwIfAborted();
        if (report.figures !== null || clock.now() >= deadline || waitedMs >= patienceMs) {
          await tell(toSignal(report));
          return;
        }
        await clock.sleep(RETRY_MS, signal);
      }
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
