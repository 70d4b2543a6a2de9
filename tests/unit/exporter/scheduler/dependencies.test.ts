import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logged, ProbeError, type Collector } from '../../../../exporter/model/collector.ts';
import { healthAt } from '../../../../exporter/model/health.ts';
import { statusSamples } from '../../../../exporter/metrics/render.ts';
import { createPoller } from '../../../../exporter/scheduler/poller.ts';
import { judgementAt, type CollectorState, type Snapshot } from '../../../../exporter/model/snapshot.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

/** What a collector finds: undefined when all is well, else what it throws. */
type Fault = (now: number) => Error | undefined;

interface Check {
  readonly name: string;
  readonly fault: Fault;
  readonly dependsOn?: readonly string[];
  readonly intervalMs?: number;
  /** How long a run takes. */
  readonly runMs?: number;
}

/** Runs the checks and returns every judgement that anybody could have seen, by component. */
async function watch(checks: readonly Check[], forMs: number, random = 0.5, failuresBeforeDown = 2) {
  const clock = new FakeClock(1_000_000);
  const collectors = checks.map(
    ({ name, fault, dependsOn = [], intervalMs = 10_000, runMs = 0 }): Collector => ({
      name,
      kind: 'component',
      intervalMs,
      timeoutMs: intervalMs,
      dependsOn,
      collect: async ({ signal }) => {
        const before = fault(clock.now());
        if (runMs > 0) await clock.sleep(runMs, signal);
        const error = before ?? fault(clock.now());
        if (error !== undefined) throw error;
        return { samples: [] };
      },
    }),
  );
  const seen = new Map<string, Set<string>>(checks.map(({ name }) => [name, new Set()]));
  const poller = createPoller({
    collectors,
    clock,
    elapsedMs: () => clock.now(),
    random: () => random,
    failuresBeforeDown,
    redact: (text) => text,
    onRun: () => {
      for (const state of poller.snapshot().collectors) {
        seen.get(state.name)?.add(judgementAt(state, clock.now()));
      }
    },
  });
  poller.start();
  await clock.advance(forMs);
  const snapshot = poller.snapshot();
  const stopped = poller.stop();
  await clock.advance(10_000);
  await stopped;
  return { seen, snapshot, now: clock.now() };
}

const START = 1_000_000;
const broken = new ProbeError(logged('no answer'));
const never: Fault = () => undefined;
const always: Fault = () => broken;
const from =
  (ms: number): Fault =>
  (now) =>
    now >= START + ms ? broken : undefined;
const stateOf = ({ collectors }: Snapshot, name: string): CollectorState | undefined =>
  collectors.find((one) => one.name === name);

describe('a component that depends on another', () => {
  it('is unknown, with the reason, while the other is down', async () => {
    const { snapshot, now } = await watch(
      [
        { name: 'redis', fault: from(15_000) },
        { name: 'celery_workers', fault: from(15_000), dependsOn: ['redis'] },
      ],
      60_000,
    );
    expect(stateOf(snapshot, 'redis')?.judged).toBe('down');
    expect(healthAt(snapshot, now).components['celery_workers']).toMatchObject({
      status: 'unknown',
      blocked_by: 'redis',
      error: 'no answer',
    });
    expect(statusSamples(snapshot, now)).toContainEqual(
      expect.objectContaining({ labels: { component: 'celery_workers', dependency: 'redis' }, value: 1 }),
    );
  });

  it('is down when it fails by itself, as soon as it would be without the other', async () => {
    const alone = await watch([{ name: 'celery_workers', fault: from(15_000) }], 60_000);
    const both = await watch(
      [
        // Asked every minute only: the failure does not wait for that.
        { name: 'redis', fault: never, intervalMs: 60_000 },
        { name: 'celery_workers', fault: from(15_000), dependsOn: ['redis'] },
      ],
      60_000,
    );
    const expected = stateOf(alone.snapshot, 'celery_workers')?.lastChangeAt;
    expect(expected).toBeDefined();
    expect(stateOf(both.snapshot, 'celery_workers')).toMatchObject({
      judged: 'down',
      lastChangeAt: expected,
    });
  });

  it('names the root where several are down one behind the other', async () => {
    const { snapshot } = await watch(
      [
        { name: 'dns', fault: always },
        { name: 'telegram_api', fault: always, dependsOn: ['dns'] },
        { name: 'telegram_webhook', fault: always, dependsOn: ['telegram_api', 'dns'] },
      ],
      60_000,
    );
    expect(snapshot.collectors.map(({ judged, blockedBy }) => [judged, blockedBy])).toEqual([
      ['down', undefined],
      ['unknown', 'dns'],
      ['unknown', 'dns'],
    ]);
  });

  it('is down when the thing itself answers that it is, whatever the other does', async () => {
    const answer = new ProbeError({ code: 'webhook_backlog', pending: 200, limit: 100 }, { isAnswer: true });
    const { snapshot } = await watch(
      [
        { name: 'telegram_api', fault: always },
        { name: 'telegram_webhook', fault: () => answer, dependsOn: ['telegram_api'] },
      ],
      60_000,
    );
    expect(stateOf(snapshot, 'telegram_webhook')).toMatchObject({ judged: 'down', blockedBy: undefined });
  });

  it('is up when it succeeds, although the other is down', async () => {
    const { snapshot } = await watch(
      [
        { name: 'dns', fault: always },
        { name: 'telegram_api', fault: never, dependsOn: ['dns'] },
      ],
      60_000,
    );
    expect(stateOf(snapshot, 'telegram_api')).toMatchObject({ judged: 'up', blockedBy: undefined });
  });

  it('needs its failures in a row anew once the other works again', async () => {
    const redis: Fault = (now) => (now < START + 60_000 ? broken : undefined);
    const celery: Fault = (now) => (now < START + 75_000 ? broken : undefined);
    const { seen, snapshot } = await watch(
      [
        { name: 'redis', fault: redis },
        // Fails once more after Redis has come back, as workers that are still connecting do.
        { name: 'celery_workers', fault: celery, dependsOn: ['redis'], intervalMs: 20_000 },
      ],
      120_000,
    );
    expect(seen.get('celery_workers')).not.toContain('down');
    expect(stateOf(snapshot, 'celery_workers')?.judged).toBe('up');
  });

  it.each(['not watched', 'disabled'])('stands alone where the other is %s', async (why) => {
    const disabled = {
      ...stateless('redis'),
      disabledReason: { code: 'switched_off', file: 'config.yml' } as const,
    };
    const clock = new FakeClock(START);
    const poller = createPoller({
      collectors: [
        ...(why === 'disabled' ? [disabled] : []),
        { ...stateless('celery_workers'), dependsOn: ['redis'], collect: () => Promise.reject(broken) },
      ],
      clock,
      elapsedMs: () => clock.now(),
      random: () => 0.5,
      failuresBeforeDown: 2,
      redact: (text) => text,
    });
    poller.start();
    await clock.advance(30_000);
    expect(stateOf(poller.snapshot(), 'celery_workers')?.judged).toBe('down');
    const stopped = poller.stop();
    await clock.advance(10_000);
    await stopped;
  });

  it(
    'is never judged down by an outage of the other, whenever the two are asked and however long it takes',
    {
      timeout: 120_000,
      meta: {
        tried: 'Redis stops at any moment between the checks of Redis and of Celery, in random rhythms',
        held: 'Redis is down; Celery is unknown and never down: one cause, one message',
      },
    },
    async () => {
      const ms = (min: number, max: number) => fc.integer({ min, max });
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            redisEvery: ms(2_000, 60_000),
            celeryEvery: ms(2_000, 60_000),
            redisTakes: ms(0, 400),
            celeryTakes: ms(0, 400),
            breaksAt: ms(0, 120_000),
            lasts: ms(0, 120_000),
            random: fc.double({ min: 0, max: 0.99, noNaN: true }),
            failures: ms(1, 4),
          }),
          async (its) => {
            const outage: Fault = (now) =>
              now >= START + its.breaksAt && now < START + its.breaksAt + its.lasts ? broken : undefined;
            const { seen } = await watch(
              [
                { name: 'redis', fault: outage, intervalMs: its.redisEvery, runMs: its.redisTakes },
                {
                  name: 'celery_workers',
                  fault: outage,
                  dependsOn: ['redis'],
                  intervalMs: its.celeryEvery,
                  runMs: its.celeryTakes,
                },
              ],
              240_000,
              its.random,
              // One failure of its own cannot be told from the last moment of the outage.
              Math.max(2, its.failures),
            );
            expect(seen.get('celery_workers')).not.toContain('down');
          },
        ),
        { numRuns: process.env['TEST_LONG'] === '1' ? 2_000 : 100 },
      );
    },
  );
});

const stateless = (name: string): Collector => ({
  name,
  kind: 'component',
  intervalMs: 10_000,
  timeoutMs: 5_000,
  collect: () => Promise.resolve({ samples: [] }),
});
