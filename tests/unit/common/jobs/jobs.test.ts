import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JOB_RETRY_MS, startJobs, type Job, type Jobs } from '../../../../common/jobs/jobs.ts';
import { silentLog } from '../../../support/machine/silent-log.ts';

const HOUR = 3_600_000;

let jobs: Jobs | undefined;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  await jobs?.stop();
  vi.useRealTimers();
});

interface Place {
  readonly memory?: Map<string, string>;
  readonly timezone?: string;
}

/** Starts one job that notes the slots it ran, and fails while `broken`. */
function start(over: Partial<Job> = {}, { memory = new Map(), timezone = 'Europe/Berlin' }: Place = {}) {
  const ran: string[] = [];
  const state = { broken: false };
  const job: Job = {
    name: 'work',
    rule: { dailyAt: '02:00' },
    whenMissed: 'run',
    onFirstStart: 'wait',
    run: (slot) => {
      ran.push(new Date(slot).toISOString().slice(0, 16));
      return state.broken ? Promise.reject(new Error('no')) : Promise.resolve();
    },
    ...over,
  };
  const started = startJobs({
    jobs: [job],
    timezone,
    clock: { now: () => Date.now() },
    elapsedMs: () => performance.now(),
    memory: { get: (key) => memory.get(key), set: (key, value) => void memory.set(key, value) },
    log: silentLog,
  });
  jobs = started;
  return { ran, state, memory, jobs: started };
}

const advance = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a job at 02:00', () => {
  it.each([
    ['spring, where there is no 02:00', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:00']],
    ['autumn, where it comes twice', '2026-10-24T12:00:00Z', ['2026-10-25T00:00', '2026-10-26T01:00']],
  ])('runs once a day in %s', async (_case, from, expected) => {
    vi.setSystemTime(new Date(from));
    const { ran } = start();
    await advance(47 * HOUR);
    expect(ran).toEqual(expected);
  });

  it('runs once in the night of autumn although the service restarts between the two 02:00', async () => {
    vi.setSystemTime(new Date('2026-10-24T23:30:00Z'));
    const first = start();
    await advance(HOUR);
    await first.jobs.stop();
    const second = start({}, { memory: first.memory });
    await advance(3 * HOUR);
    expect([...first.ran, ...second.ran]).toEqual(['2026-10-25T00:00']);
  });

  it('runs the latest missed slot once after days away', async () => {
    vi.setSystemTime(new Date('2026-05-10T12:00:00Z'));
    const { memory, jobs: before } = start();
    await advance(24 * HOUR);
    await before.stop();
    vi.setSystemTime(new Date('2026-05-20T12:00:00Z'));
    const { ran } = start({}, { memory });
    await advance(HOUR);
    expect(ran).toEqual(['2026-05-20T00:00']);
  });

  it('waits for its time on the first start, or not, as it says', async () => {
    vi.setSystemTime(new Date('2026-05-20T12:00:00Z'));
    const patient = start();
    await advance(HOUR);
    expect(patient.ran).toEqual([]);
    await patient.jobs.stop();
    const eager = start({ onFirstStart: 'run' });
    await advance(HOUR);
    expect(eager.ran).toEqual(['2026-05-20T00:00']);
  });

  it('tries a failed slot again until it succeeds, and remembers that across a restart', async () => {
    vi.setSystemTime(new Date('2026-05-19T23:59:00Z'));
    const { ran, state, memory, jobs: before } = start();
    state.broken = true;
    await advance(60_000 + 2 * JOB_RETRY_MS + 1_000);
    expect(ran).toEqual(Array.from({ length: 3 }, () => '2026-05-20T00:00'));
    state.broken = false;
    await advance(10 * HOUR);
    expect(ran).toHaveLength(4);
    expect(before.status()).toMatchObject([
      { runs: 4, failures: 3, lastSuccessAt: Date.parse('2026-05-20T00:15:00Z') },
    ]);
    await before.stop();
    const after = start({}, { memory });
    await advance(HOUR);
    expect(after.ran).toEqual([]);
    expect(after.jobs.status()).toMatchObject([
      { runs: 0, lastRunAt: undefined, lastSuccessAt: Date.parse('2026-05-20T00:15:00Z') },
    ]);
  });

  it('survives a clock that ran far ahead, and one that was set back a little', async () => {
    vi.setSystemTime(new Date('2026-05-20T00:00:30Z'));
    const { memory, jobs: ahead } = start();
    memory.set('job:work', JSON.stringify({ slot: Date.parse('2030-01-01T00:00:00Z') }));
    await advance(HOUR);
    await ahead.stop();
    vi.setSystemTime(new Date('2026-05-20T23:59:30Z'));
    const { ran, memory: set } = start({}, { memory });
    await advance(60_000);
    expect(ran).toEqual(['2026-05-21T00:00']);
    await jobs?.stop();
    vi.setSystemTime(new Date('2026-05-20T23:59:50Z'));
    const back = start({}, { memory: set });
    await advance(HOUR);
    expect(back.ran).toEqual([]);
  });

  it('lets go of a run when the service stops, and runs that slot again', async () => {
    vi.setSystemTime(new Date('2026-05-19T23:59:00Z'));
    const hanging = start({
      run: (_slot, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
    });
    await advance(2 * 60_000);
    await hanging.jobs.stop();
    expect(hanging.jobs.status()).toMatchObject([{ failures: 0 }]);
    const { ran } = start({}, { memory: hanging.memory });
    await advance(1_000);
    expect(ran).toEqual(['2026-05-20T00:00']);
  });
});

it('a job that cannot be done late leaves out what it missed', async () => {
  vi.setSystemTime(new Date('2026-05-20T12:07:00Z'));
  const { ran } = start({ rule: { everyMinutes: 15 }, whenMissed: 'skip' });
  await advance(30 * 60_000);
  expect(ran).toEqual(['2026-05-20T12:15', '2026-05-20T12:30']);
});

it.each([
  ['an hour', HOUR],
  ['ten days', 240 * HOUR],
])('runs on its next quarter of an hour when the clock is set back by %s', async (_, backMs) => {
  const at = Date.parse('2026-06-10T12:01:00Z');
  vi.setSystemTime(at);
  const { ran } = start({ rule: { everyMinutes: 15 }, onFirstStart: 'run' });
  await advance(0);
  expect(ran).toEqual(['2026-06-10T12:00']);
  vi.setSystemTime(at - backMs);
  await advance(HOUR);
  expect(ran.length).toBeGreaterThanOrEqual(4);
});
