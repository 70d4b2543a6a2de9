import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../common/time/clock.ts';
import {
  logged,
  ProbeError,
  type CollectContext,
  type Collector,
} from '../../../../exporter/model/collector.ts';
import { inTurn } from '../../../../exporter/scheduler/in-turn.ts';
import { createPoller, STOP_GRACE_MS, type Poller } from '../../../../exporter/scheduler/poller.ts';
import { outcomeOf, type CollectorState } from '../../../../exporter/model/snapshot.ts';

/** Time that stands still until it is told to pass. */
class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();
  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const abort = (): void => reject(new Error('aborted'));
      if (signal?.aborted === true) {
        abort();
        return;
      }
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        abort();
      });
    });

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets every promise that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

const ok = { samples: [] };

function collector(collect: Collector['collect'], extra: Partial<Collector> = {}): Collector {
  return { name: 'redis', kind: 'component', intervalMs: 10_000, timeoutMs: 4_000, collect, ...extra };
}

function pollerOf(clock: ManualClock, ...collectors: readonly Collector[]) {
  const unexpected: unknown[] = [];
  const poller = createPoller({
    collectors,
    clock,
    elapsedMs: clock.now,
    random: () => 1,
    failuresBeforeDown: 2,
    redact: (text) => text.replaceAll('secret', '[secret]'),
    onUnexpected: (_collector, error) => unexpected.push(error),
  });
  return { poller, unexpected };
}

const stateOf = (poller: Poller, name = 'redis'): CollectorState => {
  const state = poller.snapshot().collectors.find((one) => one.name === name);
  if (state === undefined) throw new Error(`no ${name}`);
  return state;
};

describe('poller', () => {
  it('runs at once, then from start to start of the interval, however long a run takes', async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    const { poller } = pollerOf(
      clock,
      collector(async ({ now }) => {
        starts.push(now - 1_000_000);
        await clock.sleep(3_000);
        return ok;
      }),
    );
    poller.start();
    await clock.pass(25_000);
    expect(starts).toEqual([0, 10_000, 20_000]);
    expect(stateOf(poller).lastRun).toMatchObject({ ok: true, durationMs: 3_000 });
    await poller.stop();
  });

  it('spreads the second runs of collectors with one interval', async () => {
    const clock = new ManualClock();
    const randoms = [0, 0.5];
    const starts: string[] = [];
    const note = (name: string) =>
      collector(
        ({ now }) => {
          starts.push(`${name} ${now - 1_000_000}`);
          return Promise.resolve(ok);
        },
        { name },
      );
    const poller = createPoller({
      collectors: [note('a'), note('b')],
      clock,
      elapsedMs: clock.now,
      random: () => randoms.shift() ?? 0,
      failuresBeforeDown: 2,
      redact: (text) => text,
    });
    poller.start();
    await clock.pass(10_000);
    expect(starts).toEqual(['a 0', 'b 0', 'a 2500', 'b 6250']);
    await poller.stop();
  });

  it('gives up a run at its deadline, whatever becomes of it, and starts the next on time', async () => {
    const clock = new ManualClock();
    let runs = 0;
    let end = (): void => undefined;
    const { poller } = pollerOf(
      clock,
      collector(() => {
        runs += 1;
        // Does not heed its signal.
        return new Promise((resolve) => {
          end = () => resolve(ok);
        });
      }),
    );
    poller.start();
    await clock.pass(3_999);
    expect(outcomeOf(stateOf(poller), clock.now())).toBe('unknown');
    await clock.pass(1);
    expect(stateOf(poller).lastRun).toMatchObject({
      ok: false,
      reasons: [{ code: 'timed_out', seconds: 4 }],
      durationMs: 4_000,
    });
    await clock.pass(20_000);
    expect(runs).toBe(3);
    expect(stateOf(poller)).toMatchObject({
      judged: 'down',
      lastRun: { reasons: [{ code: 'silent', seconds: 24 }] },
    });
    await clock.pass(6_000);
    end();
    await clock.pass(0);
    expect(runs).toBe(4);
    expect(stateOf(poller)).toMatchObject({ judged: 'up', lastRun: { ok: true } });
    const stopped = poller.stop();
    await clock.pass(STOP_GRACE_MS);
    await stopped;
  });

  it('lets a collector that must not overlap with itself wait for its turn, and leaves nothing of who gave up', async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    let end = (): void => undefined;
    const { poller } = pollerOf(
      clock,
      inTurn(
        collector(({ now }) => {
          starts.push(now - 1_000_000);
          return new Promise((resolve) => (end = () => resolve(ok)));
        }),
      ),
    );
    poller.start();
    await clock.pass(35_000);
    expect(starts).toEqual([0]);
    expect(stateOf(poller).lastRun).toMatchObject({ reasons: [{ code: 'silent', seconds: 34 }] });
    end();
    await clock.pass(5_000);
    expect(starts).toEqual([0, 40_000]);
    end();
    await clock.pass(0);
    expect(stateOf(poller).lastRun).toMatchObject({ ok: true });
    await poller.stop();
  });

  it('goes on when whoever is told of a run fails', async () => {
    const clock = new ManualClock();
    const told: number[] = [];
    const unexpected: unknown[] = [];
    const poller = createPoller({
      collectors: [collector(() => Promise.resolve(ok))],
      clock,
      elapsedMs: clock.now,
      random: () => 1,
      failuresBeforeDown: 2,
      redact: (text) => text,
      onUnexpected: (_collector, error) => unexpected.push(error),
      onRun: () => {
        told.push(clock.now());
        throw new RangeError('no');
      },
    });
    poller.start();
    await clock.pass(20_000);
    expect([told.length, unexpected.length]).toEqual([3, 3]);
    await poller.stop();
  });

  it('discards what a run finds after its deadline', async () => {
    const clock = new ManualClock();
    const { poller } = pollerOf(
      clock,
      collector(async () => {
        await clock.sleep(6_000);
        return ok;
      }),
    );
    poller.start();
    await clock.pass(9_000);
    expect(stateOf(poller)).toMatchObject({ lastSuccessAt: undefined, lastRun: { ok: false } });
    await poller.stop();
  });

  it('takes a ProbeError for a failure, with the figures it carries, and redacts its sentence', async () => {
    const clock = new ManualClock();
    const observation = { samples: [], details: { usage_percent: 99 } };
    const { poller, unexpected } = pollerOf(
      clock,
      collector(() => Promise.reject(new ProbeError(logged('refused secret'), { observation }))),
    );
    poller.start();
    await clock.pass(0);
    expect(stateOf(poller)).toMatchObject({
      lastRun: { ok: false, reasons: [logged('refused [secret]')] },
      figures: { details: { usage_percent: 99 } },
    });
    expect(unexpected).toEqual([]);
    await poller.stop();
  });

  it('reports anything else thrown as a fault of the program, and lives on', async () => {
    const clock = new ManualClock();
    const fault = new TypeError('x is not a function');
    const { poller, unexpected } = pollerOf(
      clock,
      collector(() => {
        throw fault;
      }),
    );
    poller.start();
    await clock.pass(10_000);
    expect(unexpected).toEqual([fault, fault]);
    expect(stateOf(poller).lastRun?.reasons).toEqual([
      { code: 'check_broken', words: 'x is not a function' },
    ]);
    await poller.stop();
  });

  it('never runs what is disabled', async () => {
    const clock = new ManualClock();
    let runs = 0;
    const { poller } = pollerOf(
      clock,
      collector(
        () => {
          runs += 1;
          return Promise.resolve(ok);
        },
        { disabledReason: { code: 'not_set', variable: 'KEY' } },
      ),
    );
    poller.start();
    await clock.pass(30_000);
    expect(runs).toBe(0);
    await poller.stop();
  });

  /** When runs begin of what answers so often, and then fails after so long. */
  async function startsOf(
    options: Partial<Collector>,
    { answers = 0, failsAfterMs, ms }: { answers?: number; failsAfterMs: number; ms: number },
  ): Promise<number[]> {
    const clock = new ManualClock();
    const starts: number[] = [];
    const run: Collector['collect'] = async ({ now }) => {
      starts.push(now - 1_000_000);
      if (starts.length <= answers) return ok;
      await clock.sleep(failsAfterMs);
      throw new ProbeError(logged('no'));
    };
    const { poller } = pollerOf(clock, collector(run, options));
    poller.start();
    await clock.pass(ms);
    await poller.stop();
    return starts;
  }

  it('tries a cheap failure again soon, and an expensive one after ten times its duration', async () => {
    const figure = { kind: 'query', intervalMs: 300_000, retryMs: 15_000 } as const;
    expect(await startsOf(figure, { failsAfterMs: 100, ms: 40_000 })).toEqual([0, 15_000, 30_000]);
    expect(await startsOf(figure, { failsAfterMs: 3_000, ms: 40_000 })).toEqual([0, 30_000]);
  });

  it('looks again soon at a component that has answered and fails, and rests as long as it was waited for', async () => {
    const component = { intervalMs: 15_000, retryMs: 3_000 } as const;
    const often = [0, 15_000, 18_000, 21_000, 24_000, 27_000, 30_000, 33_000];
    expect(await startsOf(component, { answers: 1, failsAfterMs: 10, ms: 35_500 })).toEqual(often);
    const slow = await startsOf(component, { answers: 1, failsAfterMs: 4_000, ms: 35_500 });
    expect(slow).toEqual([0, 15_000, 23_000, 31_000]);
    expect(await startsOf(component, { failsAfterMs: 10, ms: 35_500 })).toEqual([0, 15_000, 30_000]);
  });

  it('lets rest what asks for it, failed or not, and takes its silence for no staleness', async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    const { poller } = pollerOf(
      clock,
      collector(
        ({ now }) => {
          starts.push(now - 1_000_000);
          return starts.length < 3 ? Promise.resolve(ok) : Promise.reject(new ProbeError(logged('no')));
        },
        { kind: 'query', retryMs: 1_000, restMs: () => (starts.length === 2 ? 2_000 : 50_000) },
      ),
    );
    poller.start();
    await clock.pass(49_999);
    expect(starts).toEqual([0]);
    expect(outcomeOf(stateOf(poller), clock.now())).toBe('ok');
    await clock.pass(10_001);
    expect(starts).toEqual([0, 50_000, 60_000]);
    await clock.pass(49_999);
    expect(starts).toHaveLength(3);
    expect(outcomeOf(stateOf(poller), clock.now())).toBe('failed');
    await clock.pass(1);
    expect(starts).toHaveLength(4);
    await poller.stop();
  });

  it('aborts what runs when it is stopped, waits for it, and applies nothing more', async () => {
    const clock = new ManualClock();
    let settled = false;
    const untilAborted = ({ signal }: CollectContext): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          settled = true;
          reject(new Error('aborted'));
        });
      });
    const { poller, unexpected } = pollerOf(clock, collector(untilAborted));
    poller.start();
    await clock.pass(1_000);
    expect(poller.running).toBe(true);
    await poller.stop();
    expect({ settled, running: poller.running, unexpected }).toEqual({
      settled: true,
      running: false,
      unexpected: [],
    });
    expect(stateOf(poller).lastRun).toBeUndefined();
  });

  it('does not wait for ever for a collector that does not heed its signal', async () => {
    const clock = new ManualClock();
    const { poller } = pollerOf(
      clock,
      collector(() => new Promise(() => undefined)),
    );
    poller.start();
    await clock.pass(1_000);
    let stopped = false;
    const stopping = poller.stop().then(() => (stopped = true));
    await clock.pass(STOP_GRACE_MS - 1);
    expect(stopped).toBe(false);
    await clock.pass(1);
    await stopping;
    expect(stopped).toBe(true);
  });

  it('refuses two collectors of one name', () => {
    const twin = collector(() => Promise.resolve(ok));
    expect(() => pollerOf(new ManualClock(), twin, twin)).toThrow('Two collectors are named redis.');
  });
});
