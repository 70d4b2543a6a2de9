import { describe, expect, it } from 'vitest';
import { JsonBoundsError, parseJson, parseOwnJson } from '../../../../common/text/json.ts';

const named = (names: number, prefix = 'n') =>
  Object.fromEntries(Array.from({ length: names }, (_, n) => [`${prefix}${n}`, n]));
const alerts = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    status: 'firing',
    labels: {
      alertname: 'ComponentDown',
      component: `c${n}`,
      severity: 'critical',
      instance: `10.0.0.${n}:9100`,
    },
    annotations: { summary: 'x: "y", {z}', description: 'a\\"b: ' },
    fingerprint: n.toString(16).padStart(16, '0'),
  }));
/** Of the processor, µs. */
const fastest = (work: () => unknown): number =>
  Math.min(
    ...Array.from({ length: 3 }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }),
  );

describe('the names in JSON of others', () => {
  it('are bounded together, whatever they are spread over', () => {
    expect(parseJson(JSON.stringify(named(2_000)))).toEqual(named(2_000));
    const spread = Array.from({ length: 40 }, (_, n) => named(100, `${n}-`));
    for (const body of [named(2_100), { alerts: [], deep: [{ x: named(2_100) }] }, spread])
      expect(() => parseJson(JSON.stringify(body))).toThrow(JsonBoundsError);
  });

  it('may come again and again, and what a text says of colons and quotes is no name', () => {
    const storm = alerts(20_000);
    expect(parseJson(JSON.stringify(storm))).toEqual(storm);
    const texts = Array.from({ length: 5_000 }, (_, n) => `"${n}": {"${n}": 1}`);
    expect(parseJson(JSON.stringify(texts))).toEqual(texts);
  });

  it(
    'beyond the bounds take less time than a plain storm of the same size',
    {
      meta: {
        tried: '20,000 alerts with 200,000 extra keys, and 990,000 different keys in one object',
        held: '413 sooner than a storm of the same size is parsed',
      },
    },
    () => {
      // As texts: the object itself would take V8 longer than all the rest.
      const extra = (count: number) => Array.from({ length: count }, (_, n) => `"n${n}":${n}`).join(',');
      const storm = JSON.stringify(alerts(20_000));
      const usual = fastest(() => parseJson(storm));
      for (const body of [
        `{"alerts":${storm},${extra(200_000)}}`,
        `{${extra(200_000)},"alerts":${storm}}`,
        `{${extra(990_000)}}`,
      ]) {
        expect(fastest(() => expect(() => parseJson(body)).toThrow(JsonBoundsError))).toBeLessThan(3 * usual);
      }
    },
  );

  it.each(['[', '{"a":'])('are not looked for in 4 MB of %s in each other', (open) => {
    expect(() => parseJson(open.repeat((4 * 1024 * 1024) / open.length))).toThrow('nested more than 64 deep');
  });

  it('are not bounded in what is our own', () => {
    expect(parseOwnJson(JSON.stringify(named(20_000)))).toEqual(named(20_000));
  });
});
