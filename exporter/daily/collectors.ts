/** The figures of the last closed day: read again at every run until it is recorded, and from then on as it is recorded. */
import { ProbeError, type Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { ClosedDays } from './analytics.ts';
import type { Session } from '../postgres/postgres.ts';
import { dailyFigures, type DailyFigure, type Readers } from './queries.ts';
import { daysBefore, lastClosedDay } from '../model/day.ts';
import { RETRY_MS, SERVER_SHARE } from '../kpi/query.ts';

export interface DailyOptions {
  readonly session: Session;
  readonly closed: Pick<ClosedDays, 'day'>;
  readonly timing: ProbeTiming;
  readonly timezone: string;
  readonly readers: Readers;
}

/** Which day each collector shows: all of them the same one, or those that have gone ahead show none. */
interface Board {
  /** Whether every other one shows this day too, or nothing yet. */
  turn(name: string, date: string): boolean;
  shown(name: string): string | undefined;
}

export function dailyCollectors(options: DailyOptions): readonly Collector[] {
  const board = createBoard();
  return dailyFigures.map((figure) => dailyCollector(figure, board, options));
}

function createBoard(): Board {
  const dates = new Map<string, string>();
  return {
    turn: (name, date) => {
      dates.set(name, date);
      return [...dates.values()].every((other) => other === date);
    },
    shown: (name) => dates.get(name),
  };
}

function dailyCollector(figure: DailyFigure<unknown>, board: Board, options: DailyOptions): Collector {
  const { session, closed, timing, timezone, readers } = options;
  const { name, text } = figure;
  return {
    ...timing,
    name,
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async (context) => {
      const { now, signal } = context;
      const day = lastClosedDay(now, timezone);
      const recorded = (date: string): unknown => {
        const known = closed.day(date);
        return known && figure.recounted(known);
      };
      const kept = recorded(day.date);
      const earlier = (weeks: number): unknown => recorded(daysBefore(day, 7 * weeks, timezone).date);
      try {
        let value = kept;
        if (value === undefined) {
          const values = await figure.values(day, timezone, readers, context);
          const timeoutMs = timing.timeoutMs * SERVER_SHARE;
          value = figure.read(await session.query({ text, values, timeoutMs }, signal));
        }
        // What is late for its deadline is not shown, and what was shown before still is.
        const isTogether = signal.aborted || board.turn(name, day.date);
        const samples = isTogether ? figure.samples(value, day, earlier) : [];
        return { samples, ...(kept === undefined ? {} : { reused: true }) };
      } catch (error) {
        if (!(error instanceof ProbeError) || board.shown(name) === day.date || signal.aborted) throw error;
        // Figures of the day before must not stand beside the new day's date.
        board.turn(name, day.date);
        throw new ProbeError(error.reasons, { cause: error, observation: { samples: [] } });
      }
    },
  };
}
