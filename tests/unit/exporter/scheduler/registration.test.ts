import { describe, expect, it } from 'vitest';
import { logged, type Collector } from '../../../../exporter/model/collector.ts';
import { createGroup, createWorkshop, part } from '../../../../exporter/scheduler/registration.ts';

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
const one = (name: string, settings: unknown) => part(name, settings, [], makeOf(name));

describe('the workshop', () => {
  it.each([
    ['nothing', { url: new URL('http://a/x'), list: [1, /a/] }, true],
    ['a figure deep inside', { url: new URL('http://a/x'), list: [2, /a/] }, false],
    ['an address', { url: new URL('http://a/y'), list: [1, /a/] }, false],
    ['a pattern', { url: new URL('http://a/x'), list: [1, /b/] }, false],
    ['a key more', { url: new URL('http://a/x'), list: [1, /a/], more: undefined }, false],
  ])('gives the very collector of before when its settings differ in %s: %j %s', (_what, settings, same) => {
    const workshop = createWorkshop();
    const [first] = workshop([one('a', { url: new URL('http://a/x'), list: [1, /a/] })]);
    const [second] = workshop([one('a', settings)]);
    expect(second === first).toBe(same);
  });

  it('forgets what was left out, and keeps the order of the list', () => {
    const workshop = createWorkshop();
    const [a, b] = workshop([one('a', 1), one('b', 1)]);
    expect(workshop([one('b', 1)])).toEqual([b]);
    const again = workshop([one('b', 1), one('a', 1)]);
    expect(again[0]).toBe(b);
    expect(again[1]).not.toBe(a);
  });

  it('refuses two of one name and keeps what it had', () => {
    const workshop = createWorkshop();
    const [a] = workshop([one('a', 1)]);
    expect(() => workshop([one('b', 1), one('b', 2)])).toThrow('Two collectors are named b.');
    expect(workshop([one('a', 1)])[0]).toBe(a);
  });
});

describe('a group', () => {
  const group = () =>
    createGroup((settings: { every: number }) => ['a', 'b'].map((name) => makeOf(name)(settings)));

  it('gives the very collectors of before while its settings are equal', () => {
    const [workshop, parts] = [createWorkshop(), group()];
    const before = workshop(parts({ every: 1 }));
    expect(workshop(parts({ every: 1 }))[1]).toBe(before[1]);
  });

  it('creates all of them anew when a setting differs, and again when it is set back', () => {
    const [workshop, parts] = [createWorkshop(), group()];
    const [first, other, third] = [1, 2, 1].map((every) => workshop(parts({ every })));
    expect(other?.map((one, index) => one === first?.[index])).toEqual([false, false]);
    expect(third?.map((one, index) => one === first?.[index])).toEqual([false, false]);
    expect(other?.[0]?.disabledReason).toEqual(logged('{"every":2}'));
  });
});
