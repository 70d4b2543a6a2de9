import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../../exporter/model/collector.ts';
import { createExposition, SELF_MAX_AGE_MS, type Exposition } from '../../../../exporter/metrics/cache.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { applyRun, initialState, type CollectorState } from '../../../../exporter/model/snapshot.ts';

const NOW = 1_700_000_000_000;
const INTERVAL_MS = 15_000;

/** Counts how often anybody looks at its value: rendering does, and nothing else. */
function countedSample(labels: Sample['labels'], value: number): { sample: Sample; reads: () => number } {
  let reads = 0;
  const sample = {
    family: catalog.dailyCategoryAmount,
    labels,
    get value() {
      reads += 1;
      return value;
    },
  };
  return { sample, reads: () => reads };
}

const amount = (category: string, value = 1): Sample => ({
  family: catalog.dailyCategoryAmount,
  labels: { category, currency: 'RUB' },
  value,
});
const query = (name: string, samples: readonly Sample[], at = NOW): CollectorState =>
  applyRun(
    initialState({ name, kind: 'query', intervalMs: INTERVAL_MS }),
    { ok: true, observedAt: at, durationMs: 2, figures: { samples, details: {} } },
    2,
  );

function world(...initial: CollectorState[]) {
  const state = { now: NOW, collectors: initial, selfReads: 0, breaths: 0 };
  const exposition = createExposition({
    snapshot: () => ({ collectors: [...state.collectors] }),
    self: () => {
      state.selfReads += 1;
      return Promise.resolve([{ family: catalog.buildInfo, labels: {}, value: state.selfReads }]);
    },
    now: () => state.now,
    yieldToEventLoop: () => {
      state.breaths += 1;
      return undefined;
    },
  });
  return { state, exposition };
}
const textOf = async (exposition: Exposition): Promise<string> =>
  (exposition.current() ?? (await exposition.refresh())).body('text').toString();

const withoutSelf = (text: string): string => text.replace(/^expensebot_exporter_.*$/gm, '');

describe('a version', () => {
  it('is kept, body and all, until something changes', async () => {
    const { exposition } = world(query('a', [amount('x')]));
    expect(exposition.current()).toBeUndefined();
    const version = await exposition.refresh();
    expect(exposition.current()).toBe(version);
    expect(version.body('text')).toBe(version.body('text'));
    expect(version.body('openMetrics').toString()).toMatch(/# EOF\n$/);
  });

  it('ends when a collector has run, comes or goes', async () => {
    const { state, exposition } = world(query('a', [amount('x')]), query('b', [amount('y')]));
    await exposition.refresh();
    state.collectors = [query('a', [amount('z')]), ...state.collectors.slice(1)];
    expect(exposition.current()).toBeUndefined();
    const text = await textOf(exposition);
    expect(text).toContain('category="z"');
    expect(text).not.toContain('category="x"');
    state.collectors = state.collectors.slice(1);
    expect(exposition.current()).toBeUndefined();
    expect(await textOf(exposition)).not.toContain('category="z"');
  });

  it('ends when the clock was set back', async () => {
    const { state, exposition } = world(query('a', [amount('x')]));
    await exposition.refresh();
    state.now -= 1;
    expect(exposition.current()).toBeUndefined();
  });

  it('is made once for all who ask meanwhile', async () => {
    const { state, exposition } = world(query('a', [amount('x')]));
    const [first, second] = await Promise.all([exposition.refresh(), exposition.refresh()]);
    expect(first).toBe(second);
    expect(state.selfReads).toBe(1);
  });

  it('is tried again after a failure', async () => {
    const failing = { first: true };
    const exposition = createExposition({
      snapshot: () => ({ collectors: [] }),
      self: () => (failing.first ? Promise.reject(new Error('no /proc')) : Promise.resolve([])),
      now: () => NOW,
      yieldToEventLoop: () => undefined,
    });
    await expect(exposition.refresh()).rejects.toThrow('no /proc');
    failing.first = false;
    expect(await textOf(exposition)).toContain('expensebot_health_status');
  });
});

describe('work', () => {
  it('is done for the collector that changed and for no other', async () => {
    const kept = countedSample({ category: 'kept', currency: 'RUB' }, 1);
    const { state, exposition } = world(query('a', [kept.sample]), query('b', [amount('y')]));
    await textOf(exposition);
    expect(kept.reads()).toBe(1);
    state.collectors = [...state.collectors.slice(0, 1), query('b', [amount('z')])];
    state.now += SELF_MAX_AGE_MS;
    expect(await textOf(exposition)).toContain('category="kept"');
    expect(kept.reads()).toBe(1);
  });

  it('is not done for a run that brought the figures of the run before', async () => {
    const kept = countedSample({ category: 'kept', currency: 'RUB' }, 1);
    const samples = [kept.sample];
    const { state, exposition } = world(query('a', samples));
    await textOf(exposition);
    state.now += 5_000;
    state.collectors = [query('a', samples, state.now)];
    expect(await textOf(exposition)).toContain('_timestamp_seconds{query="a"} 1700000005\n');
    expect(kept.reads()).toBe(1);
  });

  it('on the exporter itself is done once a second at most', async () => {
    const { state, exposition } = world(query('a', []));
    await textOf(exposition);
    state.now += SELF_MAX_AGE_MS - 1;
    state.collectors = [query('a', [amount('x')])];
    await textOf(exposition);
    expect(state.selfReads).toBe(1);
    state.now += 1;
    expect(exposition.current()).toBeUndefined();
    await textOf(exposition);
    expect(state.selfReads).toBe(2);
  });

  it('lets others have the event loop again and again', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => amount(String(n)));
    const { state, exposition } = world(query('a', many));
    await exposition.refresh();
    expect(state.breaths).toBeGreaterThan(40);
  });
});

describe('time', () => {
  it('changes a kept version as it changes a new one', async () => {
    const run = fc.record({
      ok: fc.boolean(),
      after: fc.integer({ min: 0, max: 4 * INTERVAL_MS }),
      figures: fc.boolean(),
    });
    const steps = fc.array(fc.integer({ min: 1, max: 2 * INTERVAL_MS }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 4 }), steps, async (runs, waits) => {
        let at = NOW;
        const state = runs.reduce(
          (before, { ok, after, figures }, n) =>
            applyRun(
              before,
              {
                ok,
                observedAt: (at += after),
                durationMs: 2,
                ...(figures ? { figures: { samples: [amount(String(n))], details: {} } } : {}),
              },
              2,
            ),
          initialState({ name: 'redis', kind: 'component', intervalMs: INTERVAL_MS }),
        );
        const kept = world(state);
        kept.state.now = at;
        for (const wait of [0, ...waits]) {
          kept.state.now += wait;
          const fresh = world(state);
          fresh.state.now = kept.state.now;
          expect(withoutSelf(await textOf(kept.exposition))).toBe(
            withoutSelf(await textOf(fresh.exposition)),
          );
        }
      }),
    );
  });
});

describe('figures that come after others', () => {
  it('are shown as if there had been none before, whatever they share', async () => {
    const figures = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 0, max: 9 })),
      {
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(figures, figures), { maxLength: 6 }), async (changes) => {
        const kept = world();
        for (const pair of changes) {
          const collectors = pair.map((rows, n) =>
            query(
              `query ${n}`,
              rows.map(([category, value]) => amount(category, value)),
            ),
          );
          kept.state.collectors = collectors;
          const fresh = world(...collectors);
          expect(withoutSelf(await textOf(kept.exposition))).toBe(
            withoutSelf(await textOf(fresh.exposition)),
          );
        }
      }),
    );
  });
});
