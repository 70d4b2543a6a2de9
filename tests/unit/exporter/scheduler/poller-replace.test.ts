import { describe, expect, it } from 'vitest';
import { logged, ProbeError, type Collector } from '../../../../exporter/model/collector.ts';
import { createPoller, type Poller } from '../../../../exporter/scheduler/poller.ts';
import type { CollectorState } from '../../../../exporter/model/snapshot.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

const ok = { samples: [] };

function collector(collect: Collector['collect'], extra: Partial<Collector> = {}): Collector {
  return { name: 'redis', kind: 'component', intervalMs: 10_000, timeoutMs: 4_000, collect, ...extra };
}

const pollerOf = (clock: FakeClock, ...collectors: readonly Collector[]): Poller =>
  createPoller({
    collectors,
    clock,
    elapsedMs: () => clock.now(),
    random: () => 1,
    failuresBeforeDown: 2,
    redact: (text) => text,
  });

const stateOf = (poller: Poller, name = 'redis'): CollectorState => {
  const state = poller.snapshot().collectors.find((one) => one.name === name);
  if (state === undefined) throw new Error(`no ${name}`);
  return state;
};

describe('a poller that gets other collectors to run', () => {
  const noteTo = (starts: string[], name: string, extra: Partial<Collector> = {}): Collector =>
    collector(
      ({ now }) => {
        starts.push(`${name} ${now - 1_000_000}`);
        return Promise.resolve(ok);
      },
      { name, ...extra },
    );

  it('leaves those alone that stay, drops and closes those that go, and starts those that come', async () => {
    const clock = new FakeClock(1_000_000);
    const [starts, closed]: [string[], string[]] = [[], []];
    const kept = noteTo(starts, 'kept', { close: () => closed.push('kept') });
    const gone = noteTo(starts, 'gone', { close: () => closed.push('gone') });
    const poller = pollerOf(clock, gone, kept);
    poller.start();
    await clock.advance(4_000);
    const before = stateOf(poller, 'kept');
    const changes = poller.replace({ collectors: [kept, noteTo(starts, 'new')], failuresBeforeDown: 2 });
    expect(changes).toEqual({ added: ['new'], changed: [], removed: ['gone'] });
    expect(poller.snapshot().collectors.map(({ name }) => name)).toEqual(['kept', 'new']);
    expect(stateOf(poller, 'kept')).toBe(before);
    expect(stateOf(poller, 'new').lastRun).toBeUndefined();
    await clock.advance(8_000);
    expect(starts).toEqual(['gone 0', 'kept 0', 'new 4000', 'kept 10000']);
    expect(closed).toEqual(['gone']);
    await poller.stop();
    expect(closed).toEqual(['gone', 'kept']);
  });

  it('starts what has changed when what it replaces has ended, at the latest at its deadline', async () => {
    const clock = new FakeClock(1_000_000);
    const starts: string[] = [];
    const stubborn = collector(() => new Promise(() => undefined));
    const poller = pollerOf(clock, stubborn);
    poller.start();
    await clock.advance(1_000);
    const replaceBy = (name: string) =>
      poller.replace({ collectors: [noteTo(starts, name, { name: 'redis' })], failuresBeforeDown: 2 });
    expect(replaceBy('second')).toEqual({ added: [], changed: ['redis'], removed: [] });
    replaceBy('third');
    await clock.advance(2_900);
    expect(starts).toEqual([]);
    expect(stateOf(poller).lastRun).toBeUndefined();
    await clock.advance(200);
    expect(starts).toEqual(['third 4000']);
    expect(stateOf(poller).lastRun).toMatchObject({ ok: true });
    await poller.stop();
  });

  it('does not apply what a dropped one still finds, and judges by the new figure', async () => {
    const clock = new FakeClock(1_000_000);
    const fails = collector(() => Promise.reject(new ProbeError(logged('no'))));
    const poller = pollerOf(clock, fails);
    poller.start();
    await clock.advance(0);
    expect(stateOf(poller).judged).toBe('unknown');
    poller.replace({ collectors: [fails], failuresBeforeDown: 3 });
    await clock.advance(10_000);
    expect(stateOf(poller)).toMatchObject({ consecutiveFailures: 2, judged: 'unknown' });
    await clock.advance(10_000);
    expect(stateOf(poller).judged).toBe('down');
    poller.replace({ collectors: [], failuresBeforeDown: 3 });
    await clock.advance(10_000);
    expect(poller.snapshot()).toEqual({ collectors: [] });
    await poller.stop();
  });

  it('changes nothing when two have one name, and starts nothing before its own start', async () => {
    const clock = new FakeClock(1_000_000);
    const starts: string[] = [];
    const one = noteTo(starts, 'one');
    const poller = pollerOf(clock, one);
    const twins = [noteTo(starts, 'twin'), noteTo(starts, 'twin')];
    expect(() => poller.replace({ collectors: twins, failuresBeforeDown: 2 })).toThrow('named twin');
    poller.replace({ collectors: [one, noteTo(starts, 'two')], failuresBeforeDown: 2 });
    await clock.advance(1_000);
    expect(starts).toEqual([]);
    poller.start();
    await clock.advance(0);
    expect(starts).toEqual(['one 1000', 'two 1000']);
    await poller.stop();
  });
});
