import { describe, expect, it } from 'vitest';
import { logged, type Collector } from '../../../../exporter/model/collector.ts';
import { createGroup, createReuse, registration } from '../../../../exporter/scheduler/registration.ts';

const makeOf =
  (name: string) =>
  (settings: unknown): Collector => ({
    name,
    kind: 'component',
    intervalMs: 1_000,
    timeoutMs: 1_000,
    disabledReason: logged(JSON.stringify(settings)),
    collect: () => Promise.resolve({ samples: [] }),
  });
const one = (name: string, settings: unknown) => registration(name, settings, [], makeOf(name));

describe('the workshop', () => {
  it.each([
    ['nothing', { url: new URL('http://a/x'), list: [1, /a/] }, true],
    ['a figure deep inside', { url: new URL('http://a/x'), list: [2, /a/] }, false],
    ['an address', { url: new URL('http://a/y'), list: [1, /a/] }, false],
    ['a pattern', { url: new URL('http://a/x'), list: [1, /b/] }, false],
    ['a key more', { url: new URL('http://a/x'), list: [1, /a/], more: undefined }, false],
  ])('gives the very collector of before when its settings differ in %s: %j %s', (_what, settings, same) => {
    const reuseUnchanged = createReuse();
    const [first] = reuseUnchanged([one('a', { url: new URL('http://a/x'), list: [1, /a/] })]);
    const [second] = reuseUnchanged([one('a', settings)]);
    expect(second === first).toBe(same);
  });

  it('forgets what was left out, and keeps the order of the list', () => {
    const reuseUnchanged = createReuse();
    const [a, b] = reuseUnchanged([one('a', 1), one('b', 1)]);
    expect(reuseUnchanged([one('b', 1)])).toEqual([b]);
    const again = reuseUnchanged([one('b', 1), one('a', 1)]);
    expect(again[0]).toBe(b);
    expect(again[1]).not.toBe(a);
  });

  it('refuses two of one name and keeps what it had', () => {
    const reuseUnchanged = createReuse();
    const [a] = reuseUnchanged([one('a', 1)]);
    expect(() => reuseUnchanged([one('b', 1), one('b', 2)])).toThrow('Two collectors are named b.');
    expect(reuseUnchanged([one('a', 1)])[0]).toBe(a);
  });
});

describe('a group', () => {
  const group = () =>
    createGroup((settings: { every: number }) => ['a', 'b'].map((name) => makeOf(name)(settings)));

  it('gives the very collectors of before while its settings are equal', () => {
    const [reuseUnchanged, registrations] = [createReuse(), group()];
    const before = reuseUnchanged(registrations({ every: 1 }));
    expect(reuseUnchanged(registrations({ every: 1 }))[1]).toBe(before[1]);
  });

  it('creates all of them anew when a setting differs, and again when it is set back', () => {
    const [reuseUnchanged, registrations] = [createReuse(), group()];
    const [first, other, third] = [1, 2, 1].map((every) => reuseUnchanged(registrations({ every })));
    expect(other?.map((one, index) => one === first?.[index])).toEqual([false, false]);
    expect(third?.map((one, index) => one === first?.[index])).toEqual([false, false]);
    expect(other?.[0]?.disabledReason).toEqual(logged('{"every":2}'));
  });
});
