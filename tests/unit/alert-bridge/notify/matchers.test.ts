import { describe, expect, it } from 'vitest';
import { parseMatcher } from '../../../../alert-bridge/notify/matchers.ts';

describe('a matcher', () => {
  it.each([
    ['component="redis"', { redis: true, redis2: false, '': false }],
    ['component = redis', { redis: true, database: false }],
    ['component!="redis"', { redis: false, '': true }],
    ['component=~"redis|data.*"', { redis: true, database: true, 'my-redis': false, redisx: false }],
    ['component!~"redis|data.*"', { redis: false, celery: true }],
    ['component=""', { '': true, redis: false }],
    ['component="a\\"b\\\\c"', { 'a"b\\c': true }],
    ['component=~"(?i:x)"', { x: true, X: true, y: false }],
  ])('%s', (text, expectations) => {
    const matcher = parseMatcher(text);
    for (const [value, matches] of Object.entries(expectations)) {
      expect([value, matcher?.test(value)]).toEqual([value, matches]);
    }
  });

  it.each([
    '',
    'component',
    'component=',
    '="x"',
    'component=="x"',
    '1a="x"',
    'component="x',
    'component=~"("',
  ])('is not %j', (text) => expect(parseMatcher(text)).toBeUndefined());
});
