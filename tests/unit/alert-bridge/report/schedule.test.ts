import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { startDailyReport } from '../../../../alert-bridge/report/schedule.ts';
import type { DailyReportBody, NewSignal } from '../../../../alert-bridge/signal.ts';
import { dailyFigures } from '../../../support/daily-figures.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (time: string): number => Date.parse(`${time}+03:00`);

let clock: FakeClock;
let outbox: Outbox;
let schedule: { stop(): Promise<void> } | undefined;
let exporterAnswers: boolean;
let asked: { readonly date: string; readonly at: number }[];
let storageFails: boolean;
let unexpected: unknown[];

function start(): void {
  schedule = startDailyReport({
    times: {
      timezone: 'Europe/Moscow',
      at: { hour: 10, minute: 0 },
      giveUpAt: { hour: 12, minute: 0 },
    },
    reporter: {
      gather: (date) => {
        asked.push({ date, at: clock.now() });
        const figures = exporterAnswers ? dailyFigures(date) : null;
        return Promise.resolve({ kind: 'daily_report', date, formedAt: clock.now(), figures, errors: 0 });
      },
    },
    tell: (signal: NewSignal) => {
      if (storageFails) return Promise.reject(new Error('disk full'));
      const submission = { signals: [signal], chats: ['1'], suppress: () => undefined, now: clock.now() };
      return Promise.resolve(outbox.accept([submission]));
    },
    state: outbox.state,
    clock,
    onUnexpected: (error) => unexpected.push(error),
  });
}

/** Ends it as a crash would: what is in memory is gone. */
async function restart(now: number): Promise<void> {
  await schedule?.stop();
  clock = new FakeClock(now);
  start();
  await settle();
}

/** Reports that are on their way, oldest first. */
function reports(): readonly { id: string; at: number; known: boolean }[] {
  const waiting: { id: string; at: number; known: boolean }[] = [];
  for (;;) {
    const group = outbox.nextPending('1', 10);
    if (group === undefined) break;
    for (const { id, seq, body } of group.signals) {
      const report = body as DailyReportBody;
      waiting.push({ id, at: report.formedAt, known: report.figures !== null });
      outbox.settle({ chat: '1', outcomes: [{ seq, outcome: 'delivered', reason: '' }], now: clock.now() });
    }
  }
  return waiting;
}

beforeEach(async () => {
  outbox = openOutbox(new Database(':memory:'));
  exporterAnswers = true;
  storageFails = false;
  asked = [];
  unexpected = [];
  schedule = undefined;
  await restart(at('2024-09-21T18:00:00'));
});
afterEach(async () => {
  await schedule?.stop();
  outbox.close();
});

describe('the daily report', () => {
  it('is not sent for days before the first start, then every day at ten', async () => {
    await clock.advance(15 * HOUR);
    expect(reports()).toEqual([]);
    await clock.advance(2 * 24 * HOUR);
    expect(reports()).toEqual(
      ['2024-09-21', '2024-09-22'].map((date, i) => ({
        id: `daily_report:${date}`,
        at: at(`2024-09-2${2 + i}T10:00:00`),
        known: true,
      })),
    );
    expect(asked).toHaveLength(2);
  });

  it('goes out once whatever restarts', async () => {
    await clock.advance(16 * HOUR);
    for (const time of ['10:00:00', '10:00:01', '11:00:00', '23:59:59']) {
      await restart(at(`2024-09-22T${time}`));
    }
    expect(reports()).toHaveLength(1);
  });

  it('goes out once when the bridge died between accepting it and noting that', async () => {
    await clock.advance(16 * HOUR);
    outbox.state.set('daily_report_last', '2024-09-20');
    await restart(at('2024-09-22T10:05:00'));
    expect(asked).toHaveLength(2);
    expect(reports()).toHaveLength(1);
  });

  it('is asked for until the exporter answers', async () => {
    exporterAnswers = false;
    await clock.advance(16 * HOUR + 45 * MINUTE);
    expect(reports()).toEqual([]);
    exporterAnswers = true;
    await clock.advance(2 * MINUTE);
    expect(reports()).toMatchObject([{ known: true }]);
    expect(asked.length).toBeGreaterThan(40);
  });

  it('goes out with what is known at noon, and not again when the exporter is back', async () => {
    exporterAnswers = false;
    await clock.advance(18 * HOUR - 1);
    expect(reports()).toEqual([]);
    await clock.advance(MINUTE);
    const [report, ...more] = reports();
    expect(report).toMatchObject({ id: 'daily_report:2024-09-21', known: false });
    expect(more).toEqual([]);
    exporterAnswers = true;
    await clock.advance(12 * HOUR);
    expect(reports()).toEqual([]);
  });

  it('is made up for when ten was missed, the newest alone', async () => {
    await restart(at('2024-09-25T17:00:00'));
    expect(reports()).toMatchObject([{ id: 'daily_report:2024-09-24', at: at('2024-09-25T17:00:00') }]);
  });

  it('gives an exporter that starts with it ten minutes even in the afternoon', async () => {
    exporterAnswers = false;
    await restart(at('2024-09-22T17:00:00'));
    await clock.advance(9 * MINUTE);
    expect(reports()).toEqual([]);
    await clock.advance(2 * MINUTE);
    expect(reports()).toMatchObject([{ known: false }]);
  });

  it('waits for a disk that is full', async () => {
    storageFails = true;
    await clock.advance(17 * HOUR);
    expect(unexpected.length).toBeGreaterThan(0);
    storageFails = false;
    await clock.advance(2 * MINUTE);
    expect(reports()).toHaveLength(1);
  });

  it('does not come early or twice when the clock is set back', async () => {
    await clock.advance(17 * HOUR);
    await restart(at('2024-09-22T09:30:00'));
    await clock.advance(HOUR);
    expect(reports()).toHaveLength(1);
  });
});
