import { afterEach, describe, expect, it } from 'vitest';
import type { Policy } from '../../../../alert-bridge/notify/decide.ts';
import { everySeverity, POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, payment } from './scripted-chat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A quiet night has begun. */
const MIDNIGHT = Date.parse('2024-09-22T00:00:00Z');
const NIGHT: Policy = { ...POLICY, quietHours: { from: 23 * 60, to: 8 * 60, timezone: 'UTC' } };
const firing = { ...alert('firing', 'f', 'critical', 'Down'), severity: 'critical' } as const;

let bench: DeliveryBench;
const begin = (policy: Policy): void => {
  bench = new DeliveryBench(routeAll(['1'], policy), MIDNIGHT);
};
afterEach(async () => {
  await bench.delivery.stop(0);
  expect(bench.unexpected).toEqual([]);
});

describe('quiet hours', () => {
  it('hold all that is not critical, dropping nothing, and end in a summary', async () => {
    begin(NIGHT);
    await bench.accept(
      alert('firing', 'w', 'warning', 'Disk'),
      alert('firing', 'i', 'info', 'Note'),
      payment,
    );
    await bench.accept(firing);
    await bench.clock.advance(7 * HOUR);
    expect(bench.texts()).toEqual(['send: incident alert:Down firing 1 count 1']);
    expect(bench.ledger()).toMatchObject({ accepted: 4, delivered: 1, pending: 3 });

    await bench.accept(alert('resolved', 'w', 'warning', 'Disk'));
    await bench.restart();
    await bench.clock.advance(HOUR + MINUTE);
    expect(bench.sender.requests).toEqual([
      { method: 'send', text: 'list of 1', silent: true },
      { method: 'send', text: 'digest quiet 1/2 of 2', silent: true },
    ]);
    expect(bench.ledger()).toMatchObject({ accepted: 5, delivered: 3, merged: 2, pending: 0 });
  });

  it('hold the end of a storm, and tell it where the storm was told', async () => {
    begin({ ...NIGHT, quietHours: { from: 60, to: 120, timezone: 'UTC' } });
    const storm = (status: 'firing' | 'resolved') =>
      Array.from({ length: 20 }, (_, i) => alert(status, `w${i}`, 'warning', `Disk${i}`));
    await bench.accept(...storm('firing'));
    await bench.clock.advance(90 * MINUTE);
    await bench.accept(...storm('resolved'));
    await bench.clock.advance(29 * MINUTE);
    expect(bench.texts()).toEqual(['send: digest warning 0/20 of 20']);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.texts().slice(1)).toEqual([
      'reply: digest_resolution warning 20/20 of 20',
      'edit: digest warning 20/20 of 20',
    ]);
  });

  it('over, nothing is held any more', async () => {
    begin(NIGHT);
    await bench.clock.advance(8 * HOUR);
    await bench.accept(alert('firing', 'w', 'warning', 'Disk'));
    expect(bench.texts()).toEqual(['send: incident alert:Disk firing 1 count 1']);
  });

  it('hold the end of a milder incident that has a message of its own', async () => {
    begin({ ...NIGHT, quietHours: { from: 60, to: 120, timezone: 'UTC' } });
    await bench.accept(alert('firing', 'w', 'warning', 'Disk'));
    await bench.clock.advance(90 * MINUTE);
    await bench.accept(alert('resolved', 'w', 'warning', 'Disk'));
    await bench.clock.advance(29 * MINUTE);
    expect(bench.texts()).toHaveLength(1);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.texts().slice(1)).toEqual([
      'reply: resolution alert:Disk firing 0 count 2',
      'edit: incident alert:Disk firing 0 count 2',
    ]);
  });
});

describe('a reminder', () => {
  const REMINDING: Policy = { ...POLICY, remindAfterMs: everySeverity(2 * HOUR) };

  it('tells again, and rings, as long as it burns', async () => {
    begin(REMINDING);
    await bench.accept(firing);
    await bench.clock.advance(4 * HOUR + MINUTE);
    const sent = bench.sender.requests.filter(({ method }) => method === 'send');
    expect(sent.slice(1)).toEqual([
      { method: 'send', text: 'incident alert:Down firing 1 count 1 reminder', silent: false },
      { method: 'send', text: 'incident alert:Down firing 1 count 1 reminder', silent: false },
    ]);
    await bench.accept(alert('resolved', 'f', 'critical', 'Down'));
    await bench.clock.advance(24 * HOUR);
    expect(bench.texts().slice(5)).toEqual([
      'reply: resolution alert:Down firing 0 count 2 reminder',
      'edit: incident alert:Down firing 0 count 2 reminder',
    ]);
    expect(bench.ledger()).toMatchObject({ accepted: 2, delivered: 2, pending: 0 });
  });

  it('is not sent of what somebody looks after, nor when there are to be none', async () => {
    begin(REMINDING);
    await bench.accept(firing);
    bench.outbox.acknowledge('alert:Down', { by: '@anna', at: bench.clock.now() }, bench.clock.now());
    await bench.clock.advance(24 * HOUR);
    expect(bench.texts().filter((text) => text.startsWith('send'))).toHaveLength(1);
    await bench.delivery.stop(0);

    begin(POLICY);
    await bench.accept(firing);
    await bench.clock.advance(24 * HOUR);
    expect(bench.texts()).toHaveLength(1);
  });

  it('is not sent of what is muted, until it is not, nor before that is known', async () => {
    begin(REMINDING);
    bench.muted = undefined;
    await bench.accept(firing, alert('firing', 'g', 'critical', 'Down'));
    await bench.clock.advance(3 * HOUR);
    bench.muted = new Set(['f', 'g']);
    bench.delivery.wake();
    await bench.clock.advance(24 * HOUR);
    expect(bench.texts()).toEqual(['send: incident alert:Down firing 2 count 2']);
    bench.muted = new Set(['f']);
    bench.delivery.wake();
    await bench.clock.advance(MINUTE);
    expect(bench.texts()[1]).toBe('send: incident alert:Down firing 2 count 2 reminder');
  });

  it('that Telegram refuses for good is tried again when the next would be due', async () => {
    begin(REMINDING);
    await bench.accept(firing);
    bench.sender.answers.push(
      ...Array.from({ length: 500 }, () => ({ status: 'refused', reason: 'bad_request' }) as const),
    );
    await bench.clock.advance(4 * HOUR + MINUTE);
    const reminders = bench.texts().filter((text) => text.startsWith('send') && text.endsWith('reminder'));
    expect(reminders).toHaveLength(2);
    bench.sender.answers.length = 0;
    await bench.accept(alert('resolved', 'f', 'critical', 'Down'));
    await bench.clock.advance(MINUTE);
    expect(bench.ledger()).toMatchObject({ accepted: 2, delivered: 2, failed: {}, pending: 0 });
  });

  it('of what is not critical waits for the morning', async () => {
    begin({
      ...NIGHT,
      remindAfterMs: everySeverity(HOUR),
      quietHours: { from: 30, to: 8 * 60, timezone: 'UTC' },
    });
    await bench.accept(alert('firing', 'w', 'warning', 'Disk'));
    await bench.clock.advance(7 * HOUR + 59 * MINUTE);
    expect(bench.texts()).toHaveLength(1);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.texts().slice(1)).toEqual([
      'send: incident alert:Disk firing 1 count 1 reminder',
      'edit: superseded alert:Disk firing 1 count 1 reminder',
    ]);
  });
});
