/**
 * The figures of the last closed day. They are read again until the day has settled and kept from then on; the nightly
 * recount is what changes them.
 */
import { ProbeError, type Collector } from '../collectors/collector.ts';
import type { ProbeTiming } from '../collectors/timing.ts';
import type { Lane } from '../database.ts';
import { dailyFigures, type DailyFigure, type Readers } from './daily-figures.ts';
import { daysBefore, hasSettled, lastClosedDay } from './day.ts';
import { RETRY_MS, SERVER_SHARE } from './query.ts';
import type { KpiStore } from './store.ts';

export interface DailyOptions {
  readonly lane: Lane;
  readonly store: KpiStore;
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
  const { lane, store, timing, timezone, readers } = options;
  const { name, text } = figure;
  return {
    ...timing,
    name,
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async (context) => {
      const { now, signal } = context;
      const day = lastClosedDay(now, timezone);
      // A clock that was set back opens days again that were closed.
      store.forgetDaysAfter(day.date);
      const isOver = hasSettled(day, now);
      const kept = isOver ? store.day(day.date, name) : undefined;
      const earlier = (weeks: number): unknown =>
        store.day(daysBefore(day, 7 * weeks, timezone).date, name) ?? undefined;
      try {
        let value = kept;
        if (value === undefined) {
          const values = await figure.values(day, timezone, readers, context);
          const timeoutMs = timing.timeoutMs * SERVER_SHARE;
          value = figure.read(await lane.query({ text, values, timeoutMs }, signal));
          if (isOver) store.saveDay(day.date, name, value);
        }
        // What is late for its deadline is not shown, and what was shown before still is.
        const isTogether = signal.aborted || board.turn(name, day.date);
        const samples = isTogether ? figure.samples(value, day, earlier) : [];
        return { samples, ...(kept === undefined ? {} : { reused: true }) };
      } catch (error) {
        if (!(error instanceof ProbeError) || board.shown(name) === day.date || signal.aborted) throw error;
        // Figures of the day before must not stand beside the new day's date.
        board.turn(name, day.date);
        throw new ProbeError(error.message, { cause: error, observation: { samples: [] } });
      }
    },
  };
}
