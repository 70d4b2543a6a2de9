import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRequest, METHODS } from '../../../../exporter/access-log/request.ts';
import { createClassify, IGNORED, routeNames } from '../../../../exporter/access-log/routes.ts';
import {
  createRequestCounters,
  type SavedCounters,
  type RequestCounters,
} from '../../../../exporter/access-log/counters.ts';
import { createWindow } from '../../../../exporter/access-log/window.ts';
import { seriesOf } from '../../../../exporter/metrics/exposition.ts';

describe('routes', () => {
  const routes = [
    { name: 'webhook', prefix: '/webhook/' },
    { name: 'admin', prefix: '/admin' },
    { name: 'webhook', prefix: '/telegram/' },
  ];
  const names = routeNames(routes);
  const classify = createClassify(routes, ['/health', '/static/']);
  const routeOf = (path: string): string => {
    const bytes = Buffer.from(`/x${path}/x`);
    const index = classify(bytes, 2, bytes.length - 2);
    return index === IGNORED ? 'ignored' : (names[index] ?? '');
  };

  it.each([
    ['/webhook/1234', 'webhook'],
    ['/webhook', 'other'],
    ['/telegram/x', 'webhook'],
    ['/admin', 'admin'],
    ['/admin/login', 'admin'],
    ['/administrator', 'other'],
    ['/health', 'ignored'],
    ['/health/', 'ignored'],
    ['/healthy', 'other'],
    ['/static/a.css', 'ignored'],
    ['/', 'other'],
    ['', 'other'],
  ])('%s is %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});

describe('tally', () => {
  const text = (tally: RequestCounters): readonly string[] =>
    tally.samples().map((sample) => `${seriesOf(sample)} ${sample.value}`);
  const request = (status: number, seconds: number, method = 'GET') => ({
    ...emptyRequest(),
    method: METHODS.findIndex((name) => name === method),
    status,
    seconds,
  });

  it('counts requests, and what they took in cumulative buckets', () => {
    const tally = createRequestCounters(['webhook', 'other']);
    tally.count(request(200, 0.2, 'POST'), 0);
    tally.count(request(200, 0.201, 'POST'), 0);
    tally.count(request(502, 60, 'POST'), 0);
    tally.count(request(404, Number.NaN), 1);
    tally.countUnparsed();
    const series = text(tally);
    expect(series).toContain('expensebot_http_requests_total{method="POST",code="200",route="webhook"} 2');
    expect(series).toContain('expensebot_http_requests_total{method="POST",code="502",route="webhook"} 1');
    expect(series).toContain('expensebot_http_requests_total{method="GET",code="404",route="other"} 1');
    const bucket = (le: string): string | undefined => series.find((one) => one.includes(`le="${le}"`));
    expect(bucket('0.1')).toMatch(/ 0$/);
    expect(bucket('0.2')).toMatch(/ 1$/);
    expect(bucket('0.5')).toMatch(/ 2$/);
    expect(bucket('1.0')).toMatch(/ 2$/);
    expect(bucket('30.0')).toMatch(/ 2$/);
    expect(bucket('+Inf')).toMatch(/ 3$/);
    expect(series).toContain('expensebot_http_request_duration_seconds_sum{route="webhook"} 60.401');
    expect(series).toContain('expensebot_http_request_duration_seconds_count{route="webhook"} 3');
    expect(series).toContain('expensebot_access_log_unparsed_lines_total 1');
    // Nothing tells how long requests of this route took.
    expect(series.filter((one) => one.includes('seconds') && one.includes('other'))).toEqual([]);
  });

  it('begins failures of every route at zero, so that the first one is growth', () => {
    const tally = createRequestCounters(['webhook', 'other']);
    const requests = (): readonly string[] =>
      text(tally).filter((one) => one.startsWith('expensebot_http_requests_total'));
    const failure = 'expensebot_http_requests_total{method="POST",code="502",route="webhook"}';
    const before = requests();
    expect(before).toHaveLength(16);
    expect(before.every((one) => /code="50[0234]".* 0$/.test(one))).toBe(true);
    expect(before).toContain(`${failure} 0`);
    expect(tally.hasRequests).toBe(false);
    tally.count(request(502, 1, 'POST'), 0);
    expect(requests()).toEqual(before.map((one) => (one === `${failure} 0` ? `${failure} 1` : one)));
  });

  it('goes on after a restart as if there had been none', () => {
    const requests = fc.array(
      fc.tuple(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(
          fc.constant(Number.NaN),
          fc.integer({ max: 40_000, min: 0 }).map((ms) => ms / 1000),
        ),
        fc.constantFrom(...METHODS),
        fc.nat({ max: 1 }),
      ),
    );
    fc.assert(
      fc.property(requests, requests, (first, second) => {
        const count = (tally: RequestCounters, all: typeof first): void => {
          for (const [status, seconds, method, route] of all)
            tally.count(request(status, seconds, method), route);
        };
        const whole = createRequestCounters(['a', 'other']);
        count(whole, [...first, ...second]);
        const before = createRequestCounters(['a', 'other']);
        count(before, first);
        const kept = JSON.parse(JSON.stringify(before.save())) as SavedCounters;
        const after = createRequestCounters(['a', 'other'], kept);
        count(after, second);
        expect(text(after)).toEqual(text(whole));
      }),
    );
  });

  it('keeps counts by name when the list of routes is changed', () => {
    const before = createRequestCounters(['webhook', 'gone', 'other']);
    for (const route of [0, 1, 2]) before.count(request(200, 0.1), route);
    const after = text(createRequestCounters(['new', 'webhook', 'other'], before.save()));
    expect(after.filter((one) => /^expensebot_http_requests_total.* [^0]/.test(one))).toEqual([
      'expensebot_http_requests_total{method="GET",code="200",route="webhook"} 1',
      'expensebot_http_requests_total{method="GET",code="200",route="other"} 1',
    ]);
    expect(after.join()).not.toContain('gone');
  });
});

describe('window', () => {
  const NOW = 1_795_392_000;

  it('counts the last minute, and errors of five, by the time of the line', () => {
    const window = createWindow();
    for (let age = 0; age < 400; age += 1) window.count(NOW - age, age >= 100);
    const { perMinute, errorRatio } = window.at(NOW);
    expect(Math.abs(perMinute - 60)).toBeLessThanOrEqual(5);
    expect(Math.abs((errorRatio ?? 0) - 2 / 3)).toBeLessThan(0.02);
  });
  it('forgets, and knows no ratio of nothing', () => {
    const window = createWindow();
    expect(window.at(NOW)).toEqual({ perMinute: 0, errorRatio: null });
    window.count(NOW, true);
    expect(window.at(NOW + 1)).toEqual({ perMinute: 1, errorRatio: 1 });
    expect(window.at(NOW + 70)).toEqual({ perMinute: 0, errorRatio: 1 });
    expect(window.at(NOW + 310)).toEqual({ perMinute: 0, errorRatio: null });
  });
  it('takes lines of a backlog for what they are: past', () => {
    const window = createWindow();
    window.count(NOW, false);
    for (let age = 300; age < 5_000; age += 1) window.count(NOW - age, true);
    expect(window.at(NOW)).toEqual({ perMinute: 1, errorRatio: 0 });
  });
  it('goes on after a restart', () => {
    const before = createWindow();
    before.count(NOW - 20, true);
    before.count(NOW - 200, false);
    const after = createWindow(before.save());
    after.count(NOW, false);
    expect(after.at(NOW)).toEqual({ perMinute: 2, errorRatio: 1 / 3 });
  });
});
