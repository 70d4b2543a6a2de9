/** The exporter's figures without its process: run when told to, at the time one is told. */
import type { Logger } from '../../../common/log/record.ts';
import { ProbeError, type Sample } from '../../../exporter/model/collector.ts';
import { openDatabase, type Session, type Statement } from '../../../exporter/postgres/postgres.ts';
import { figureCollectors } from '../../../exporter/kpi/figures.ts';
import { createDailyAnalytics } from '../../../exporter/daily/analytics.ts';
import { openArchive } from '../../../exporter/history/archive.ts';
import { openHistoryStore } from '../../../exporter/history/sqlite.ts';
import { dayAt, lastClosedDay } from '../../../exporter/model/day.ts';
import { openKpiStore } from '../../../exporter/kpi/sqlite.ts';

export interface FiguresOptions {
  readonly url: string;
  /** Of the file; default `:memory:`. */
  readonly path?: string;
  readonly timezone: string;
}

export interface Refreshed {
  /** By name without the prefix and the values of its labels, as `active_users 1d`. */
  readonly values: Readonly<Record<string, number>>;
  /** By query, of those that failed. */
  readonly errors: Readonly<Record<string, string>>;
}

export interface Figures {
  /** Runs all that are named, or all, one after the other; a minute has passed since the time before. @param now Unix ms */
  refresh(now: number, names?: readonly string[]): Promise<Refreshed>;
  /** Statements since this was asked last. */
  asked(): readonly Statement[];
  /** Sentences logged. */
  readonly told: readonly string[];
  close(): void;
}

export function openFigures({ url, path = ':memory:', timezone }: FiguresOptions): Figures {
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell };
  const database = openDatabase({ connectionString: url });
  const store = openKpiStore(path, timezone, Date.now(), log);
  let clock = Date.now();
  const history = openHistoryStore(path === ':memory:' ? path : `${path}.history`, clock, log);
  const analytics = createDailyAnalytics({
    store: history,
    archive: openArchive(database.history, { connectionString: url }),
    figures: database.figures,
    timezone,
    clock: { now: () => clock },
    onRecorded: () => undefined,
    log: { ...log, info: () => undefined },
  });
  /** As the job at 02:00 does, and at the first start. */
  const recount = async (now: number): Promise<void> => {
    const last = analytics.closed.recountedAt();
    const slot = dayAt(now, timezone).start.getTime() + 2 * 3_600_000;
    if (last !== undefined && (now < slot || last >= slot)) return;
    await analytics.recount(lastClosedDay(now, timezone), Math.min(slot, now), AbortSignal.timeout(60_000));
  };
  const once = { intervalMs: 60_000, timeoutMs: 50_000, disabledReason: undefined };
  let elapsed = 0;
  const asked: Statement[] = [];
  const session: Session = {
    query: (statement, signal) => {
      asked.push(statement);
      return database.figures.query(statement, signal);
    },
  };
  const collectors = figureCollectors({
    session,
    store,
    closed: analytics.closed,
    timezone,
    aiServices: [],
    timing: { current: once, users: once, daily: once },
    elapsedMs: () => elapsed,
    log,
  });
  return {
    told,
    refresh: async (now, names) => {
      elapsed += 61_000;
      clock = now;
      const values: Record<string, number> = {};
      const errors: Record<string, string> = {};
      for (const collector of collectors) {
        if (names?.includes(collector.name) === false) continue;
        try {
          const { samples } = await collector.collect({ signal: AbortSignal.timeout(60_000), now });
          for (const sample of samples) values[nameOf(sample)] = sample.value;
        } catch (error) {
          if (!(error instanceof ProbeError)) throw error;
          errors[collector.name] = error.message;
        }
      }
      for (const sample of analytics.samples()) values[nameOf(sample)] = sample.value;
      if (names === undefined) await recount(now);
      return { values, errors };
    },
    asked: () => asked.splice(0),
    close: () => {
      database.close();
      history.close();
      store.close();
    },
  };
}

const nameOf = ({ family, labels, part }: Sample): string =>
  [
    family.name.replace('expensebot_', ''),
    ...(part === undefined ? [] : [part]),
    ...Object.values(labels),
  ].join(' ');
