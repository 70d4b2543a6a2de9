import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Severity } from '../../../../alert-bridge/model/signal.ts';
import { POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, payment, unreachable } from './scripted-chat.ts';

const MINUTE = 60_000;
let bench: DeliveryBench;
beforeEach(() => {
  bench = new DeliveryBench(routeAll(['1']));
});
afterEach(async () => {
  await bench.delivery.stop(0);
  expect(bench.unexpected).toEqual([]);
});

describe('a storm', () => {
  const storm = (count: number, severity: Severity, status: 'firing' | 'resolved' = 'firing') =>
    Array.from({ length: count }, (_, i) => alert(status, `${severity} ${i}`, severity, `${severity} ${i}`));

  it('is one message per severity, the critical one first, which rings', async () => {
    await bench.accept(...storm(30, 'warning'), ...storm(20, 'critical'));
    await bench.clock.advance(5_000);
    expect(bench.sender.requests).toEqual([
      { method: 'send', text: 'digest critical 0/20 of 20', silent: false },
      { method: 'send', text: 'digest warning 0/30 of 30', silent: true },
    ]);
    expect(bench.ledger()).toMatchObject({ accepted: 50, delivered: 2, merged: 48, pending: 0 });
  });

  it('leaves few critical ones their own messages and folds what would wait behind them', async () => {
    await bench.accept(...storm(30, 'warning'), ...storm(3, 'critical'));
    await bench.clock.advance(5_000);
    expect(bench.texts()).toEqual([
      ...[0, 1, 2].map((i) => `send: incident alert:critical ${i} firing 1 count 1`),
      'send: digest warning 0/30 of 30',
    ]);
  });

  it('that grows is edited, no more often than every ten seconds, and nothing counts before it is shown', async () => {
    await bench.accept(...storm(20, 'warning'));
    await bench.accept(...storm(40, 'warning').slice(20));
    expect(bench.ledger()).toMatchObject({ delivered: 1, merged: 19, pending: 20 });
    await bench.clock.advance(9_000);
    expect(bench.sender.requests).toHaveLength(1);
    await bench.clock.advance(2_000);
    expect(bench.texts()).toEqual(['send: digest warning 0/20 of 20', 'edit: digest warning 0/40 of 40']);
    expect(bench.ledger()).toMatchObject({ delivered: 1, merged: 39, pending: 0 });
  });

  it('is over once all of it is: resolutions are counted in it, then a silent reply and the last edit', async () => {
    await bench.accept(...storm(20, 'critical'));
    await bench.clock.advance(MINUTE);
    await bench.accept(...storm(5, 'critical', 'resolved'));
    await bench.clock.advance(MINUTE);
    await bench.accept(...storm(20, 'critical').slice(10), ...storm(20, 'critical', 'resolved').slice(5));
    await bench.clock.advance(MINUTE);
    expect(bench.texts().slice(1)).toEqual([
      'edit: digest critical 5/20 of 20',
      'reply: digest_resolution critical 20/20 of 20',
      'edit: digest critical 20/20 of 20',
    ]);
    expect(bench.ledger()).toMatchObject({ pending: 0, suppressed: { repeat: 10 } });
  });

  it('past, what still burns after the cooldown gets a message of its own; its end is told there and counted here', async () => {
    await bench.accept(...storm(20, 'critical'));
    await bench.clock.advance(31 * MINUTE);
    await bench.accept(...storm(1, 'critical'));
    await bench.clock.advance(MINUTE);
    await bench.accept(...storm(1, 'critical', 'resolved'));
    await bench.clock.advance(MINUTE);
    expect(bench.texts().slice(1)).toEqual([
      'send: incident alert:critical 0 firing 1 count 1',
      'reply: resolution alert:critical 0 firing 0 count 2',
      'edit: incident alert:critical 0 firing 0 count 2',
      'edit: digest critical 1/20 of 20',
    ]);
  });

  it('that comes again after the cooldown has a new message, without what was resolved', async () => {
    await bench.accept(...storm(20, 'critical'));
    await bench.clock.advance(MINUTE);
    await bench.accept(...storm(15, 'critical', 'resolved'));
    await bench.clock.advance(31 * MINUTE);
    await bench.accept(...storm(40, 'critical').slice(20));
    await bench.clock.advance(MINUTE);
    expect(bench.texts().slice(-2)).toEqual([
      'send: digest critical 0/25 of 25',
      'edit: superseded digest:critical firing - count 25',
    ]);
  });

  it('that takes in an alert which may have a message of its own already counts a possible duplicate', async () => {
    await bench.accept(...storm(20, 'critical'));
    await bench.clock.advance(MINUTE);
    bench.sender.answers.push(unreachable(true));
    const [lone, ...more] = storm(41, 'critical').slice(20);
    if (lone !== undefined) await bench.accept(lone);
    await bench.clock.advance(1);
    await bench.accept(...more);
    await bench.clock.advance(MINUTE);
    expect(bench.texts().slice(-2)).toEqual([
      'send: incident alert:critical 20 firing 1 count 1',
      'edit: digest critical 0/41 of 41',
    ]);
    expect(bench.ledger()).toMatchObject({ pending: 0, possibleDuplicates: 1 });
  });

  it('cut short by a crash loses and doubles nothing: what was folded waits for the next process', async () => {
    bench.sender.answers.push('never');
    await bench.accept(...storm(2_500, 'warning'));
    await bench.clock.advance(1);
    expect(bench.ledger()).toMatchObject({ pending: 2_500 });
    await bench.restart();
    await bench.clock.advance(MINUTE);
    expect(bench.texts()).toEqual(['send: digest warning 0/2500 of 2500']);
    expect(bench.ledger()).toMatchObject({ delivered: 1, merged: 2_499, pending: 0, possibleDuplicates: 1 });
  });

  it('of milder ones keeps no critical one waiting: it is told within two seconds', async () => {
    await bench.accept(...storm(2_000, 'warning'), ...storm(500, 'info'));
    await bench.clock.advance(500);
    await bench.accept(...storm(3_000, 'warning').slice(2_000), alert('firing', 'c', 'critical', 'Urgent'));
    await bench.clock.advance(2_000);
    expect(bench.texts()).toContain('send: incident alert:Urgent firing 1 count 1');
  });

  describe('that goes on', () => {
    const rings = () => bench.sender.requests.filter(({ silent }) => silent === false).length;
    beforeEach(async () => {
      await bench.accept(...storm(20, 'critical'));
    });

    it('rings again for a critical name that is new to it, and the message before says that it goes on', async () => {
      await bench.clock.advance(6 * MINUTE);
      await bench.accept(...storm(15, 'critical'), ...storm(32, 'critical').slice(20));
      await bench.clock.advance(MINUTE);
      expect(bench.texts().slice(1)).toEqual([
        'send: digest critical 0/32 of 32',
        'edit: superseded digest:critical firing - count 32',
      ]);
      expect(rings()).toBe(2);
    });

    it('rings for one that came meanwhile too, five minutes after it last rang, over a restart', async () => {
      await bench.clock.advance(MINUTE);
      await bench.accept(...storm(40, 'critical').slice(20));
      await bench.clock.advance(MINUTE);
      expect(bench.texts().at(-1)).toBe('edit: digest critical 0/40 of 40');
      expect(rings()).toBe(1);
      await bench.restart();
      await bench.clock.advance(4 * MINUTE);
      expect(bench.texts()).toContain('send: digest critical 0/40 of 40');
      await bench.clock.advance(20 * MINUTE);
      expect(rings()).toBe(1);
      expect(bench.ledger()).toMatchObject({ accepted: 40, delivered: 1, merged: 39, pending: 0 });
    });

    it('does not ring for more of a name that it has, nor for what is over by then', async () => {
      const again = storm(20, 'critical').map((one) => ({
        ...one,
        type: `${one.type} of another component`,
        body: { ...one.body, fingerprint: `${one.body.fingerprint} too`, labels: { alertname: one.type } },
      }));
      await bench.clock.advance(6 * MINUTE);
      await bench.accept(...again);
      await bench.clock.advance(MINUTE);
      expect(rings()).toBe(1);
    });

    it('rings, where Telegram refuses that for good, again after five minutes', async () => {
      await bench.clock.advance(MINUTE);
      bench.sender.answers.push(
        { status: 'shown', messageId: 101 },
        ...Array.from({ length: 500 }, () => ({ status: 'refused', reason: 'bad_request' }) as const),
      );
      await bench.accept(...storm(40, 'critical').slice(20));
      await bench.clock.advance(13 * MINUTE);
      const sends = bench.texts().filter((text) => text.startsWith('send'));
      expect(sends).toEqual([
        'send: digest critical 0/20 of 20',
        'send: digest critical 0/40 of 40',
        'send: digest critical 0/40 of 40',
      ]);
      expect(bench.ledger()).toMatchObject({ accepted: 40, failed: {}, pending: 0 });
    });

    it('never rings when nothing critical is to sound', async () => {
      await bench.delivery.stop(0);
      bench = new DeliveryBench(routeAll(['1'], { ...POLICY, sound: [] }));
      await bench.accept(...storm(20, 'critical'));
      await bench.clock.advance(6 * MINUTE);
      await bench.accept(...storm(40, 'critical').slice(20));
      await bench.clock.advance(MINUTE);
      expect(bench.texts().slice(1)).toEqual(['edit: digest critical 0/40 of 40']);
    });
  });

  it.each([
    ['60 groups of 40', 60, () => 40],
    ['10 groups of 250', 10, () => 250],
    ['one group of 240 and 40 of 3', 41, (group: number) => (group === 0 ? 240 : 3)],
    ['300 groups of 1', 300, () => 1],
  ] as const)(
    '%s is folded: what counts is what would be sent',
    { meta: { tried: 'A storm of wide groups of critical alerts', held: 'it is folded within 10 s' } },
    async (_, groups, size) => {
      for (let group = 0; group < groups; group += 1) {
        const members = Array.from({ length: size(group) }, (__, i) => `${group}/${i}`);
        await bench.accept(...members.map((member) => alert('firing', member, 'critical', `Group ${group}`)));
      }
      await bench.clock.advance(12_000);
      expect(bench.sender.requests.filter(({ method }) => method === 'send').length).toBeLessThan(8);
      await bench.clock.advance(MINUTE);
      expect(bench.ledger().pending).toBe(0);
      expect(bench.sender.requests.filter(({ method }) => method === 'send').length).toBeLessThan(8);
    },
  );

  it('of warnings behind few critical ones leaves those their messages, however many wait', async () => {
    const wide = (severity: Severity, groups: number) =>
      Array.from({ length: groups * 40 }, (_, i) =>
        alert('firing', `${severity}${i}`, severity, `${severity} ${i % groups}`),
      );
    await bench.accept(...wide('warning', 60), ...wide('critical', 7));
    await bench.clock.advance(10_000);
    const sends = bench.texts().filter((text) => text.startsWith('send'));
    expect(sends).toEqual([
      ...Array.from({ length: 7 }, (_, i) => `send: incident alert:critical ${i} firing 40 count 40`),
      'send: digest warning 0/2400 of 60',
    ]);
  });

  it('of payments is an event list, never a digest', async () => {
    await bench.accept(...storm(20, 'info'), ...Array.from({ length: 50 }, () => payment));
    await bench.clock.advance(5_000);
    expect(bench.texts()).toEqual(['send: digest info 0/20 of 20', 'send: list of 50']);
  });
});
