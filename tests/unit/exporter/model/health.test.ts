import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../../common/reasons/reason.ts';
import { healthAt, httpStatusOf } from '../../../../exporter/model/health.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { applyRun, initialState, type CollectorState } from '../../../../exporter/model/snapshot.ts';

const NOW = Date.parse('2024-09-22T10:00:00.400Z');
const refused = { code: 'connection_refused', target: 'redis:6379' } as const;
const noKey = { code: 'not_set', variable: 'DASHSCOPE_API_KEY' } as const;
const component = (name: string, extra: { disabledReason?: Reason } = {}): CollectorState =>
  initialState({ name, kind: 'component', intervalMs: 15_000, ...extra });
const run = (state: CollectorState, ok: boolean, at = NOW): CollectorState =>
  applyRun(state, { ok, observedAt: at, durationMs: 4.6, ...(ok ? {} : { reasons: [refused] }) }, 1);
const up = (name: string): CollectorState => run(component(name), true);
const down = (name: string): CollectorState => run(component(name), false);
const statusOf = (...collectors: readonly CollectorState[]): string => healthAt({ collectors }, NOW).status;

describe('overall status', () => {
  it.each([
    ['everything up', [up('database'), up('redis'), up('cpu')], 'healthy'],
    ['database down', [down('database'), up('redis')], 'unhealthy'],
    ['redis down', [up('database'), down('redis')], 'unhealthy'],
    ['anything else down', [up('database'), up('redis'), down('telegram_api')], 'degraded'],
    ['something not yet known', [up('database'), up('redis'), component('cpu')], 'degraded'],
    ['the vital ones not yet known', [component('database'), component('redis')], 'degraded'],
    [
      'something disabled',
      [up('database'), up('redis'), component('qwen_api', { disabledReason: noKey })],
      'healthy',
    ],
    ['down and unknown', [down('database'), component('cpu')], 'unhealthy'],
  ])('with %s', (_case, collectors, expected) => {
    expect(statusOf(...collectors)).toBe(expected);
  });

  it('is degraded when the database has not been heard of for three intervals', () => {
    const stale = run(component('database'), true, NOW - 46_000);
    expect(statusOf(stale, up('redis'))).toBe('degraded');
    expect(healthAt({ collectors: [stale] }, NOW).components['database']?.status).toBe('unknown');
  });

  it('does not take queries for components', () => {
    const query = { ...down('users'), kind: 'query' as const };
    const report = healthAt({ collectors: [up('database'), up('redis'), query] }, NOW);
    expect(report.status).toBe('healthy');
    expect(Object.keys(report.components)).toEqual(['database', 'redis']);
  });

  it('answers 503 for unhealthy alone', () => {
    expect([httpStatusOf('healthy'), httpStatusOf('degraded'), httpStatusOf('unhealthy')]).toEqual([
      200, 200, 503,
    ]);
  });
});

describe('a component that nobody has heard of for three intervals', () => {
  it('has been so since its last run, without the details of that time, and with silence as the reason', () => {
    const details = { takes_writes: true };
    const ran = (ok: boolean, at: number, state: CollectorState): CollectorState =>
      applyRun(
        state,
        {
          ok,
          observedAt: at,
          durationMs: 1,
          ...(ok ? { figures: { samples: [], details } } : { reasons: [refused] }),
        },
        1,
      );
    const last = NOW - 46_000;
    const of = (state: CollectorState) => healthAt({ collectors: [state] }, NOW).components['redis'];
    const silent = of(ran(true, last, ran(true, last - 60_000, component('redis'))));
    expect(silent).toMatchObject({ status: 'unknown', since: '2024-09-22T09:59:14Z' });
    expect(silent).not.toHaveProperty('details');
    expect(of(ran(false, last, component('redis')))?.reasons).toMatchObject([{ code: 'stale' }]);
  });
});

describe('the document', () => {
  it("has the specification's shape", () => {
    const activity = applyRun(
      initialState({ name: 'activity', kind: 'query', intervalMs: 300_000 }),
      {
        ok: true,
        observedAt: NOW,
        durationMs: 9,
        figures: {
          samples: [
            { family: catalog.activeUsers, labels: { window: '7d' }, value: 900 },
            { family: catalog.activeUsers, labels: { window: '1d' }, value: 234 },
          ],
          details: {},
        },
      },
      1,
    );
    expect(healthAt({ collectors: [up('database'), activity] }, NOW)).toEqual({
      status: 'healthy',
      timestamp: '2024-09-22T10:00:00Z',
      components: {
        database: {
          status: 'healthy',
          response_time_ms: 5,
          last_success: '2024-09-22T10:00:00Z',
          since: '2024-09-22T10:00:00Z',
        },
      },
      metrics: { active_users_24h: 234, requests_per_minute: null, error_rate: null },
    });
  });

  it('has what the access log tells of the last minutes, until that is too old', () => {
    const figures = { samples: [], details: { requests_per_minute: 45, error_rate: 0.02 } };
    const log = applyRun(
      initialState({ name: 'access_log', kind: 'query', intervalMs: 5_000 }),
      { ok: true, observedAt: NOW, durationMs: 1, figures },
      1,
    );
    const metricsAt = (now: number): unknown => healthAt({ collectors: [log] }, now).metrics;
    expect(metricsAt(NOW)).toMatchObject({ requests_per_minute: 45, error_rate: 0.02 });
    expect(metricsAt(NOW + 15_001)).toMatchObject({ requests_per_minute: null, error_rate: null });
  });

  it('says null for what is unknown, why a check failed, and why a disabled one is not made', () => {
    const collectors = [
      run(up('database'), false),
      component('cpu'),
      component('qwen_api', { disabledReason: noKey }),
    ];
    const { components, metrics } = healthAt({ collectors }, NOW);
    expect(components['database']).toMatchObject({
      status: 'unhealthy',
      response_time_ms: null,
      error: 'nothing listens at redis:6379 (connection refused)',
      reasons: [refused],
    });
    expect(components['cpu']).toEqual({
      status: 'unknown',
      response_time_ms: null,
      last_success: null,
      since: null,
    });
    expect(components['qwen_api']).toMatchObject({
      status: 'disabled',
      reason: 'DASHSCOPE_API_KEY is not set',
      reasons: [noKey],
    });
    expect(metrics).toEqual({ active_users_24h: null, requests_per_minute: null, error_rate: null });
  });
});
