/**
 * Holds what is kept of closed days against the tables once a night, and overwrites it: edits, deletions and rows dated
 * back into a day that had settled are found here. How much there was to correct is shown.
 *
 * A collector and no scheduled job: it takes its turn among the readers of the same tables, and what it corrects is what
 * they keep. It is counted as they are: `expensebot_query_*{query="reconciliation"}`.
 */
import type { Logger } from '../../common/log/record.ts';
import type { Collector, Sample } from '../collectors/collector.ts';
import type { ProbeTiming } from '../collectors/timing.ts';
import { recountDays, type CountedDay } from '../daily/recount.ts';
import type { Lane } from '../database.ts';
import { catalog } from '../metrics/catalog.ts';
import { dailyFigures } from './daily-figures.ts';
import { dayAfter, daysBefore, hasSettled, lastClosedDay, type Day } from './day.ts';
import { RETRY_MS, WHOLE_TABLE } from './query.ts';
import type { KpiStore } from './store.ts';

export interface ReconciliationOptions {
  readonly lane: Lane;
  readonly store: KpiStore;
  readonly timing: ProbeTiming;
  readonly timezone: string;
  readonly log: Logger;
  /** Other things are to be read anew, too. */
  readonly onDone: () => void;
}

/** Four weeks before the last closed day, and some to spare. */
const DAYS = 35;
/** After midnight, when few people write. */
const DUE_AFTER_MS = 3.5 * 3_600_000;
const KEY = 'reconciliation';

interface Reconciliation {
  /** Date of the last day that was held against the tables. */
  readonly through: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** How many days had another value, by figure. */
  readonly drift: Readonly<Record<string, number>>;
}

/** Runs at the first look after it is due, so that a night without the exporter is made up for; at first start at once. */
export function reconciliationCollector(options: ReconciliationOptions): Collector {
  const { lane, store, timing, timezone, log, onDone } = options;
  let last = store.load(KEY) as Reconciliation | undefined;

  const run = async (through: Day, now: number): Promise<Reconciliation> => {
    const from = daysBefore(through, DAYS - 1, timezone).date;
    const to = dayAfter(through.date, timezone).date;
    // Whole tables take longer than a run may; this one goes on after it has failed.
    const range = { from, to, timezone, now };
    const { days } = await recountDays(lane, range, AbortSignal.timeout(WHOLE_TABLE.timeoutMs));
    const drift: Record<string, number> = {};
    const result = { through: through.date, at: now, drift };
    store.atOnce(() => {
      for (const { name, recounted } of dailyFigures) {
        drift[name] = days.filter((day) => overwrite(store, name, day, recounted(day))).length;
      }
      store.forgetDaysBefore(from);
      store.save(KEY, result);
    });
    return result;
  };

  return {
    ...timing,
    name: 'reconciliation',
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async ({ now }) => {
      const yesterday = lastClosedDay(now, timezone);
      const through = hasSettled(yesterday, now) ? yesterday : daysBefore(yesterday, 1, timezone);
      // Days that are not over were held against the tables by a clock that was ahead.
      if (last !== undefined && last.through > yesterday.date) last = undefined;
      const isDue = last === undefined || now >= yesterday.end.getTime() + DUE_AFTER_MS;
      if (!isDue || (last !== undefined && last.through >= through.date)) {
        return { samples: samplesOf(last), reused: true };
      }
      last = await run(through, now);
      onDone();
      const wrong = Object.entries(last.drift).filter(([, days]) => days > 0);
      if (wrong.length > 0) log.warn('Figures of closed days were corrected.', Object.fromEntries(wrong));
      return { samples: samplesOf(last) };
    },
  };
}

/** Whether another value was kept. */
function overwrite(store: KpiStore, name: string, { date }: CountedDay, value: unknown): boolean {
  if (value === undefined) return false;
  const kept = store.day(date, name);
  store.saveDay(date, name, value);
  return kept !== undefined && JSON.stringify(kept) !== JSON.stringify(value);
}

const samplesOf = (last: Reconciliation | undefined): readonly Sample[] =>
  last === undefined
    ? []
    : [
        { family: catalog.reconciliationTimestamp, labels: {}, value: last.at / 1000 },
        ...Object.entries(last.drift).map(([query, days]) => ({
          family: catalog.reconciliationDrift,
          labels: { query },
          value: days,
        })),
      ];
