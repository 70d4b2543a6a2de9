import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinedParser } from '../../../../exporter/access-log/combined.ts';
import { jsonParser } from '../../../../exporter/access-log/json.ts';
import { emptyRequest, METHODS, type ParseLine } from '../../../../exporter/access-log/request.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z') / 1000;
const KEYS = {
  method: 'request_method',
  uri: 'request_uri',
  status: 'status',
  requestTime: 'request_time',
  time: 'time_iso8601',
};

/** What a line says, or undefined. It stands in the middle of other bytes, as it does in a chunk. */
function read(parse: ParseLine, line: string | Buffer): unknown {
  const bytes = Buffer.concat([
    Buffer.from('200 "'),
    Buffer.from(line),
    Buffer.from('" 404 0 "-" "-" 9.999'),
  ]);
  const request = emptyRequest();
  if (!parse(bytes, 5, 5 + Buffer.from(line).length, request)) return undefined;
  const { path, method, status, second, seconds } = request;
  return [METHODS[method], status, path.bytes.toString('utf8', path.start, path.end), second, seconds];
}

const line = (
  request: string,
  { status = '200', time = '23/Nov/2026:12:00:00 +0000', rest = '' } = {},
): string =>
  `203.0.113.7 - - [${time}] "${request}" ${status} 612 "https://example.com/a?b" "Mozilla/5.0 (X11) [x]"${rest}`;

describe('combined', () => {
  const parse = combinedParser(false);

  it.each([
    ['GET / HTTP/1.1', 'GET', '/'],
    ['POST /webhook/abc?x=1?y HTTP/2.0', 'POST', '/webhook/abc'],
    ['HEAD http://example.com/x HTTP/1.1', 'HEAD', 'http://example.com/x'],
    ['PROPFIND /dav HTTP/1.1', 'other', '/dav'],
    ['get /lower HTTP/1.1', 'other', '/lower'],
    ['GET /old', 'GET', '/old'],
    ['GET', 'GET', ''],
    ['', 'other', ''],
    [String.raw`\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03`, 'other', ''],
    [String.raw`GET /a\x22b\x5C HTTP/1.1`, 'GET', String.raw`/a\x22b\x5C`],
  ])('%s', (request, method, path) => {
    expect(read(parse, line(request))).toEqual([method, 200, path, NOON, Number.NaN]);
  });

  it.each([
    ['23/Nov/2026:15:00:00 +0300', 0],
    ['23/Nov/2026:07:30:01 -0430', 1],
    ['24/Nov/2026:00:00:02 +1200', 2],
  ])('knows the zone of %s', (time, after) => {
    expect(read(parse, line('GET / HTTP/1.1', { time }))).toContain(NOON + after);
  });

  it('reads a user with a space and brackets, and addresses of both kinds', () => {
    const rest = '[23/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 - "-" "-"';
    for (const who of ['2001:db8::1 - a [b] c', '127.0.0.1 - -', 'unix: - -'])
      expect(read(parse, `${who} ${rest}`)).toEqual(['GET', 200, '/', NOON, Number.NaN]);
  });

  it('lets further fields pass, as formats that extend it have them', () => {
    expect(read(parse, line('GET / HTTP/1.1', { rest: ' "198.51.100.1" 0.1' }))).toBeDefined();
    expect(read(parse, line('GET / HTTP/1.1', { rest: '"x"' }))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no time', '203.0.113.7 - - "GET / HTTP/1.1" 200 612 "-" "-"'],
    ['no such month', line('GET / HTTP/1.1', { time: '23/Foo/2026:12:00:00 +0000' })],
    ['a status below 100', line('GET / HTTP/1.1', { status: '099' })],
    ['a status above 599', line('GET / HTTP/1.1', { status: '600' })],
    ['a status of four digits', line('GET / HTTP/1.1', { status: '2000' })],
    ['a status in letters', line('GET / HTTP/1.1', { status: '2OO' })],
    ['JSON', '{"status":200}'],
  ])('refuses %s', (_, text) => {
    expect(read(parse, text)).toBeUndefined();
  });

  it('refuses every line that was cut off', () => {
    const whole = line('GET / HTTP/1.1');
    for (let length = 0; length < whole.length; length += 1) {
      expect(read(parse, whole.slice(0, length)), whole.slice(0, length)).toBeUndefined();
    }
    expect(read(parse, whole)).toBeDefined();
  });
});

describe('combined with $request_time', () => {
  const parse = combinedParser(true);

  it.each([
    [' 0.000', 0],
    [' 0.123', 0.123],
    [' 61.5', 61.5],
    [' 7', 7],
    [' 0.200 "198.51.100.1"', 0.2],
  ])('%s', (rest, seconds) => {
    expect(read(parse, line('GET / HTTP/1.1', { rest }))).toEqual(['GET', 200, '/', NOON, seconds]);
  });

  it.each(['', ' ', ' -', ' .5', ' 5.', ' 1.2.3', ' 1,5', '0.5', ' 0.1x', ' 1e3'])('refuses %j', (rest) => {
    expect(read(parse, line('GET / HTTP/1.1', { rest }))).toBeUndefined();
  });
});

const whole = {
  time_iso8601: '2026-11-23T15:00:00+03:00',
  request_method: 'POST',
  request_uri: '/webhook/é?x',
  status: 502,
  request_time: 0.25,
};
describe('json', () => {
  const parse = jsonParser(KEYS);

  it('reads numbers and numbers in quotes', () => {
    const said = ['POST', 502, '/webhook/é', NOON, 0.25];
    expect(read(parse, JSON.stringify(whole))).toEqual(said);
    expect(read(parse, JSON.stringify({ ...whole, status: '502', request_time: '0.250' }))).toEqual(said);
    expect(read(parse, JSON.stringify({ ...whole, time_iso8601: `${NOON}.917` }))).toEqual(said);
  });
  it('refuses what is nested as no log is, and what has thousands of names', () => {
    const names = Array.from({ length: 3_000 }, (_, n) => `"n${n}":1`).join(',');
    for (const more of [`"x":${'['.repeat(100)}${']'.repeat(100)}`, names])
      expect(read(parse, `${JSON.stringify(whole).slice(0, -1)},${more}}`)).toBeUndefined();
  });
  it('reads a request that was none, as of a TLS handshake on port 80', () => {
    const bare = JSON.stringify({ ...whole, request_method: '', request_uri: '', status: 400 });
    expect(read(parse, bare)).toEqual(['other', 400, '', NOON, 0.25]);
  });
  it('takes keys of another name, and none for what took how long', () => {
    const other = jsonParser({ ...KEYS, uri: 'u', time: 'msec' });
    expect(read(other, `{"u":"/x","status":200,"msec":${NOON}.5,"request_time":""}`)).toEqual([
      'other',
      200,
      '/x',
      NOON,
      Number.NaN,
    ]);
  });
  it.each([
    ['no object', '[1]'],
    ['null', 'null'],
    ['a line cut off', '{"status":200,'],
    ['no status', JSON.stringify({ ...whole, status: undefined })],
    ['a status that is none', JSON.stringify({ ...whole, status: 42 })],
    ['half a status', JSON.stringify({ ...whole, status: 200.5 })],
    ['no time', JSON.stringify({ ...whole, time_iso8601: undefined })],
    ['a time that is none', JSON.stringify({ ...whole, time_iso8601: 'noon' })],
  ])('refuses %s', (_, text) => {
    expect(read(parse, text)).toBeUndefined();
  });
});

describe('every format', () => {
  const timed = combinedParser(true);

  it.each([
    ['combined', combinedParser(false), line('GET /')],
    ['timed', timed, line('GET /', { rest: ' 0.5' })],
    ['json', jsonParser(KEYS), JSON.stringify(whole)],
  ])('%s: no bytes make it throw, or say what cannot be', (_, parse, valid) => {
    const pieces = fc.constantFrom('"', ' ', '[', ']', '200', '0.1', '-', '{', '\\', 'GET /', valid, '\0');
    const changed = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
      const buffer = Buffer.from(valid);
      buffer[at] = byte;
      return buffer;
    });
    const bytes = fc.oneof(
      changed,
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.array(pieces, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''))),
    );
    fc.assert(
      fc.property(bytes, (any) => {
        const said = read(parse, any);
        if (said === undefined) return;
        const [method, status, , second] = said as [string, number, string, number];
        expect(METHODS).toContain(method);
        expect(status >= 100 && status <= 599).toBe(true);
        expect(Number.isNaN(second)).toBe(false);
      }),
      { numRuns: 500, examples: [[Buffer.from(valid)]] },
    );
  });

  it('combined: what a client sends in its request, referer or agent changes no other field', () => {
    // As nginx escapes it.
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((value) => value.replace(/[^ !#-[\]-~]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`));
    fc.assert(
      fc.property(text, text, text, (request, referer, agent) => {
        const written = `::1 - - [23/Nov/2026:12:00:00 +0000] "${request}" 404 0 "${referer}" "${agent}" 0.5`;
        expect(read(timed, written)).toMatchObject({ 1: 404, 3: NOON, 4: 0.5 });
      }),
    );
  });
});
