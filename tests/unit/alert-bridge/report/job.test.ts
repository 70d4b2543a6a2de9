import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { startJobs, type Job } from '../../../../common/jobs/jobs.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { dailyReportJob } from '../../../../alert-bridge/report/job.ts';
import type { DailyReportBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';
import { silentLog } from '../../../support/machine/silent-log.ts';

const MINUTE = 60_000;
const at = (time: string): number => Date.parse(`${time}+03:00`);
const TEN = at('2024-09-22T10:00:00');

let clock: FakeClock;
let outbox: Outbox;
let exporterAnswers: boolean;
let asked: string[];
let job: Job;
let ended: unknown;

/** The job as a process that has just started has it. */
function create(now: number): void {
  clock = new FakeClock(now);
  job = dailyReportJob({
    times: { at: '10:00', giveUpAt: '12:00' },
    timezone: 'Europe/Moscow',
    reporter: {
      gather: (date) => {
        asked.push(date);
        const figures = exporterAnswers ? dailyFigures(date) : null;
        return Promise.resolve({ kind: 'daily_report', date, formedAt: clock.now(), figures, errors: 0 });
      },
    },
    tell: (signal: NewSignal) => {
      const submission = {
        signals: [signal],
        chatsOf: () => ['1'],
        suppress: () => undefined,
        now: clock.now(),
      };
      return Promise.resolve(outbox.accept([submission]));
    },
    clock,
  });
}

async function run(signal = new AbortController().signal): Promise<void> {
  ended = 'no';
  job.run(TEN, signal).then(
    () => (ended = 'yes'),
    (error: unknown) => (ended = error),
  );
  await settle();
}

/** Reports that are on their way. */
const reports = (): readonly { id: string; at: number; known: boolean }[] =>
  outbox.nextPending('1', 10)?.signals.map(({ id, body }) => {
    const report = body as DailyReportBody;
    return { id, at: report.formedAt, known: report.figures !== null };
  }) ?? [];

beforeEach(() => {
  outbox = openOutbox(connectSqlite(':memory:'));
  exporterAnswers = true;
  asked = [];
  create(TEN);
});
afterEach(() => {
  outbox.close();
});

describe('the daily report', () => {
  it('is that of the day before, with what the exporter answers', async () => {
    await run();
    expect(reports()).toEqual([{ id: 'daily_report:2024-09-21', at: TEN, known: true }]);
    expect([ended, asked]).toEqual(['yes', ['2024-09-21']]);
  });

  it('is asked for until the exporter answers', async () => {
    exporterAnswers = false;
    await run();
    await clock.advance(45 * MINUTE);
    expect([reports(), ended]).toEqual([[], 'no']);
    exporterAnswers = true;
    await clock.advance(MINUTE);
    expect(reports()).toMatchObject([{ known: true }]);
    expect(asked.length).toBeGreaterThan(40);
  });

  it('goes out with what is known at noon', async () => {
    exporterAnswers = false;
    await run();
    await clock.advance(120 * MINUTE - 1);
    expect(reports()).toEqual([]);
    await clock.advance(1);
    expect(reports()).toMatchObject([{ at: at('2024-09-22T12:00:00'), known: false }]);
    expect(ended).toBe('yes');
  });

  it('gives an exporter that starts with it ten minutes even in the afternoon', async () => {
    exporterAnswers = false;
    create(at('2024-09-22T17:00:00'));
    await run();
    await clock.advance(9 * MINUTE);
    expect(reports()).toEqual([]);
    await clock.advance(MINUTE);
    expect(reports()).toMatchObject([{ known: false }]);
  });

  it('counts as not made when the bridge stops before it is', async () => {
    exporterAnswers = false;
    const stopping = new AbortController();
    await run(stopping.signal);
    stopping.abort(new Error('stopping'));
    await settle();
    expect(reports()).toEqual([]);
    expect(ended).toMatchObject({ message: 'stopping' });
  });
});

describe('whatever restarts', () => {
  async function live(now: number): Promise<void> {
    create(now);
    const jobs = startJobs({
      jobs: [job],
      timezone: 'Europe/Moscow',
      clock,
      elapsedMs: () => 0,
      memory: outbox.state,
      log: silentLog,
    });
    await settle();
    await jobs.stop();
  }

  it('one report goes out, and none for days before the first start', async () => {
    await live(at('2024-09-21T18:00:00'));
    expect(asked).toEqual([]);
    for (const time of ['10:00:00', '10:00:01', '17:00:00']) await live(at(`2024-09-22T${time}`));
    expect(asked).toEqual(['2024-09-21']);
    expect(reports()).toHaveLength(1);
  });

  it('one report goes out when the bridge dies between accepting it and noting that', async () => {
    await live(at('2024-09-21T18:00:00'));
    const before = outbox.state.get('job:daily_report') ?? '';
    await live(TEN);
    outbox.state.set('job:daily_report', before);
    await live(at('2024-09-22T10:05:00'));
    expect(asked).toHaveLength(2);
    expect(reports()).toHaveLength(1);
    expect(outbox.ledger()).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  it('of several that were missed the newest is made up for', async () => {
    await live(at('2024-09-21T18:00:00'));
    await live(at('2024-09-25T17:00:00'));
    expect(asked).toEqual(['2024-09-24']);
  });
});
