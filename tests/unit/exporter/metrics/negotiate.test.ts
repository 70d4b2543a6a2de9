import { describe, expect, it } from 'vitest';
import { formatFor, wantsGzip } from '../../../../exporter/metrics/negotiate.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('the format', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    [PROMETHEUS_2, 'openMetrics'],
    [PROMETHEUS_3, 'openMetrics'],
    ['application/openmetrics-text', 'openMetrics'],
    ['Application/OpenMetrics-Text; Version="0.0.1"', 'openMetrics'],
    ['application/openmetrics-text;version=2.0.0,*/*;q=0.1', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.5', 'text'],
    ['application/openmetrics-text;version=1.0.0,text/plain', 'openMetrics'],
    ['text/plain,application/openmetrics-text;version=1.0.0', 'text'],
    ['application/openmetrics-text;q=0,*/*;q=0.1', 'text'],
    ['application/openmetrics-text;q=yes', 'text'],
    ['application/json', 'text'],
    [';;q=,,=', 'text'],
  ] as const)('of %j is %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});

describe('gzip', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['GZIP;q=0.5', true],
    ['*', true],
    ['br', false],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['gzip;q=0.5, identity', false],
    ['gzip;q=2', false],
  ] as const)('for %j: %s', (header, expected) => {
    expect(wantsGzip(header)).toBe(expected);
  });
});
