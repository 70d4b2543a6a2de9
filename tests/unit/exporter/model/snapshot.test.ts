import { describe, expect, it } from 'vitest';
import { logged } from '../../../../exporter/model/collector.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import {
  applyRun,
  changesAt,
  figuresAt,
  initialState,
  judgementAt,
  outcomeOf,
  type CollectorState,
  type Run,
} from '../../../../exporter/model/snapshot.ts';

const INTERVAL_MS = 15_000;
const fresh = initialState({ name: 'redis', kind: 'component', intervalMs: INTERVAL_MS });
const figures = { samples: [{ family: catalog.redisMemoryUsed, labels: {}, value: 1 }], details: {} };
const good = (at: number): Run => ({ ok: true, observedAt: at, durationMs: 5, figures });
const bad = (at: number, sentence = 'nothing listens'): Run => ({
  ok: false,
  observedAt: at,
  durationMs: 1,
  reasons: [logged(sentence)],
});
const after = (runs: readonly Run[], failuresBeforeDown = 2): CollectorState =>
  runs.reduce((state, run) => applyRun(state, run, failuresBeforeDown), fresh);

it('depends on nothing unless that is said', () => {
  expect(fresh.dependsOn).toEqual([]);
  expect(initialState({ ...fresh, dependsOn: ['database'] }).dependsOn).toEqual(['database']);
});

describe('outcome', () => {
  it('is unknown before the first run, then that of the last run', () => {
    expect(outcomeOf(fresh, 0)).toBe('unknown');
    expect(outcomeOf(after([good(1)]), 1)).toBe('ok');
    expect(outcomeOf(after([good(1), bad(2)]), 2)).toBe('failed');
  });

  it('is stale once more than three intervals passed without a finished run, and not a moment sooner', () => {
    const state = after([good(0)]);
    expect(outcomeOf(state, 3 * INTERVAL_MS)).toBe('ok');
    expect(outcomeOf(state, 3 * INTERVAL_MS + 1)).toBe('stale');
  });

  it('is disabled whatever happened', () => {
    const state = initialState({ ...fresh, disabledReason: { code: 'not_set', variable: 'KEY' } });
    expect(outcomeOf(state, 0)).toBe('disabled');
    expect(outcomeOf(applyRun(state, good(0), 2), 0)).toBe('disabled');
  });

  it('is stale when the clock is set back: how long ago the last run was is not known any more', () => {
    expect(outcomeOf(after([good(1_000_000)]), 0)).toBe('stale');
  });
});

describe('a run', () => {
  it('that asked nothing began, and took, what the run before did', () => {
    const reused = (at: number): Run => ({ ...good(at), durationMs: undefined });
    expect(after([good(100), reused(200)]).lastRun).toMatchObject({
      startedAt: 95,
      observedAt: 200,
      durationMs: 5,
    });
    expect(after([reused(7)]).lastRun).toMatchObject({ startedAt: 7, durationMs: 0 });
  });

  it('has reasons only when it failed', () => {
    expect(after([bad(1), good(2)]).lastRun).not.toHaveProperty('reasons');
  });

  it('that says nothing of the rest until the next leaves it as it was', () => {
    const resting = { ...good(0), restMs: 10 * INTERVAL_MS };
    expect(after([resting, good(1)]).restMs).toBe(10 * INTERVAL_MS);
    expect(after([good(0), resting]).restMs).toBe(10 * INTERVAL_MS);
  });
});

describe('judgement', () => {
  it('needs the configured number of failures in a row', () => {
    expect(after([good(0), bad(1)]).judged).toBe('up');
    expect(after([good(0), bad(1), bad(2)]).judged).toBe('down');
    expect(after([good(0), bad(1), bad(2)], 3).judged).toBe('up');
    expect(after([good(0), bad(1), good(2), bad(3)]).judged).toBe('up');
  });

  it('stays unknown when the first run fails once, and is down after the second', () => {
    expect(after([bad(0)]).judged).toBe('unknown');
    expect(after([bad(0), bad(1)]).judged).toBe('down');
    expect(after([bad(0)], 1).judged).toBe('down');
  });

  it('takes one success to be up again, and remembers when it changed', () => {
    const down = after([good(10), bad(20), bad(30), bad(40)]);
    expect(down).toMatchObject({
      judged: 'down',
      lastChangeAt: 30,
      lastSuccessAt: 10,
      consecutiveFailures: 3,
    });
    expect(applyRun(down, good(50), 2)).toMatchObject({
      judged: 'up',
      lastChangeAt: 50,
      consecutiveFailures: 0,
    });
  });

  it('is unknown while stale, and does not come back with a failure after the silence', () => {
    const late = 4 * INTERVAL_MS;
    const state = after([good(0)]);
    expect(judgementAt(state, late)).toBe('unknown');
    expect(judgementAt(applyRun(state, bad(late), 2), late)).toBe('unknown');
    expect(judgementAt(applyRun(state, good(late), 2), late)).toBe('up');
  });
});

describe('figures', () => {
  it('of a failing collector are kept with their time until they are three intervals old', () => {
    const runs = [
      good(0),
      bad(INTERVAL_MS),
      bad(2 * INTERVAL_MS),
      bad(3 * INTERVAL_MS),
      bad(4 * INTERVAL_MS),
    ];
    const state = after(runs);
    expect(figuresAt(state, 3 * INTERVAL_MS)).toMatchObject({ at: 0, samples: figures.samples });
    expect(outcomeOf(state, 4 * INTERVAL_MS)).toBe('failed');
    expect(figuresAt(state, 3 * INTERVAL_MS + 1)).toBeUndefined();
  });

  it('of a failed run that measured replace the older ones', () => {
    const measured = { samples: [], details: { usage_percent: 99 } };
    const state = applyRun(after([good(0)]), { ...bad(9), figures: measured }, 2);
    expect(figuresAt(state, 9)).toEqual({ at: 9, ...measured });
    expect(state.lastSuccessAt).toBe(0);
  });

  it('that were reused keep the duration of the run that read them', () => {
    expect(after([good(0), { ...good(1), durationMs: undefined }]).lastRun?.durationMs).toBe(5);
  });
});

describe('what is said of a state', () => {
  const STALE_MS = 3 * INTERVAL_MS + 1;

  it('changes by itself when the run before becomes too old, and when its figures do, whichever comes first', () => {
    expect(changesAt(after([good(0)]), 0)).toBe(STALE_MS);
    const later = after([good(0), bad(INTERVAL_MS)]);
    expect(changesAt(later, INTERVAL_MS)).toBe(STALE_MS);
    expect(changesAt(later, STALE_MS)).toBe(INTERVAL_MS + STALE_MS);
    expect(changesAt(later, INTERVAL_MS + STALE_MS)).toBe(Infinity);
  });

  it('is the same until then', () => {
    const state = after([good(0), bad(INTERVAL_MS)]);
    const said = (at: number) => [outcomeOf(state, at), judgementAt(state, at), figuresAt(state, at)];
    const change = changesAt(state, INTERVAL_MS);
    expect(said(change - 1)).toEqual(said(INTERVAL_MS));
    expect(said(change)).not.toEqual(said(INTERVAL_MS));
  });

  it('does not change before the first run, and after one without figures when that is too old', () => {
    expect(changesAt(fresh, 0)).toBe(Infinity);
    expect(changesAt(after([bad(0)]), 0)).toBe(STALE_MS);
  });

  it('never changes of what is disabled, which has no figures', () => {
    const disabled = { ...after([good(0)]), disabledReason: { code: 'not_set', variable: 'KEY' } as const };
    expect(changesAt(disabled, 0)).toBe(Infinity);
    expect(figuresAt(disabled, 0)).toBeUndefined();
  });
});
