import { dailyFiguresSchema, type DailyFigures } from '../../common/daily-figures.ts';
import { isAhead } from '../../common/time/elapsed.ts';
import { getJson } from '../../common/clients/http-json.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { DailyReportBody } from '../model/signal.ts';
import { boundsOfDay } from './day.ts';

export interface Reporter {
  /**
   * What is known of a day (YYYY-MM-DD) now; never rejects. Content `{ kind: 'report', report }` draws it as a message,
   * and the picture of the thirty days is drawn from it too.
   */
  gather(date: string, signal: AbortSignal): Promise<DailyReportBody>;
}

export interface ReporterDependencies {
  /** `EXPORTER_URL`. */
  readonly exporterUrl: string;
  readonly timezone: string;
  readonly outbox: Pick<Outbox, 'criticalErrors' | 'state'>;
  readonly now: () => number;
  /** The exporter gave no figures for that day. */
  readonly onSilent: (date: string, reason: string) => void;
}

/** The exporter may have to count the day first. */
const TIMEOUT_MS = 30_000;
/** A thirtieth of it is a usual answer. */
const MAX_BYTES = 1_000_000;

const COUNTED_SINCE_KEY = 'critical_errors_counted_since';

export function createReporter(dependencies: ReporterDependencies): Reporter {
  const { exporterUrl, timezone, outbox, now, onSilent } = dependencies;
  /** Since when errors are counted, Unix ms; a clock that was ahead then has it begin now. */
  const countedSince = (): number => {
    const saved = outbox.state.get(COUNTED_SINCE_KEY);
    if (saved !== undefined && !isAhead(Number(saved), now())) return Number(saved);
    outbox.state.set(COUNTED_SINCE_KEY, String(now()));
    return now();
  };
  countedSince();

  const figuresOf = async (date: string, signal: AbortSignal): Promise<DailyFigures | null> => {
    try {
      const url = `${exporterUrl}/api/v1/daily/${date}`;
      const figures = parse(await getJson(url, { signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }));
      if (figures.date !== date) throw new Error(`it told of ${figures.date} instead`);
      return figures;
    } catch (error) {
      if (!signal.aborted) onSilent(date, error instanceof Error ? error.message : String(error));
      return null;
    }
  };

  /** A day that began before counting did is not known: its errors would look fewer than they were. */
  const errorsOf = (date: string): number | null => {
    const { from, to } = boundsOfDay(date, timezone);
    return from < countedSince() ? null : outbox.criticalErrors(from, to);
  };

  return {
    gather: async (date, signal) => {
      const figures = await figuresOf(date, signal);
      return { kind: 'daily_report', date, formedAt: now(), figures, errors: errorsOf(date) };
    },
  };
}

function parse(body: unknown): DailyFigures {
  const parsed = dailyFiguresSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `the answer is not what was agreed: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}
