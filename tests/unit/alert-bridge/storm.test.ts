import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDelivery, type Delivery } from '../../../alert-bridge/deliver.ts';
import type { Outbox } from '../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal, Severity } from '../../../alert-bridge/signal.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { alert, draw, payment, ScriptedChannel, T0 } from './scripted-chat.ts';

const MINUTE = 60_000;
let clock: FakeClock;
let outbox: Outbox;
let channel: ScriptedChannel;
let delivery: Delivery;
let unexpected: unknown[];

function startOne(): void {
  delivery = startDelivery({
    outbox,
    channel,
    clock,
    policy: { cooldownMs: 30 * MINUTE, sound: ['critical'], lateAfterMs: 2 * MINUTE },
    render: (content) => ({ plain: draw(content) }),
    random: () => 1,
    observer: {
      decided: () => undefined,
      channelChanged: () => undefined,
      retrying: () => undefined,
      delivered: () => undefined,
      unexpected: (error) => unexpected.push(error),
    },
  });
}

beforeEach(() => {
  clock = new FakeClock(T0);
  outbox = openOutbox(new Database(':memory:'));
  channel = new ScriptedChannel(clock);
  unexpected = [];
  startOne();
});
afterEach(async () => {
  await delivery.stop(0);
  expect(unexpected).toEqual([]);
});

let ids = 0;
async function accept(...bodies: Omit<NewSignal, 'id' | 'occurredAt'>[]): Promise<void> {
  const now = clock.now();
  const signals = bodies.map((signal) => ({ ...signal, id: `s${(ids += 1)}`, occurredAt: now }));
  outbox.accept([{ signals, chats: ['1'], suppress: () => undefined, now }]);
  delivery.wake();
  await settle();
}

const texts = () => channel.requests.map(({ method, text }) => `${method}: ${text}`);
const ledger = () => outbox.ledger();

describe('a storm', () => {
  const storm = (count: number, severity: Severity, status: 'firing' | 'resolved' = 'firing') =>
    Array.from({ length: count }, (_, i) => alert(status, `${severity} ${i}`, severity, `${severity} ${i}`));

  it('is one message per severity, the critical one first, which rings', async () => {
    await accept(...storm(30, 'warning'), ...storm(20, 'critical'));
    await clock.advance(5_000);
    expect(channel.requests).toEqual([
      { method: 'send', text: 'digest critical 0/20 of 20', silent: false },
      { method: 'send', text: 'digest warning 0/30 of 30', silent: true },
    ]);
    expect(ledger()).toMatchObject({ accepted: 50, delivered: 2, merged: 48, pending: 0 });
  });

  it('leaves few critical ones their own messages and folds what would wait behind them', async () => {
    await accept(...storm(30, 'warning'), ...storm(3, 'critical'));
    await clock.advance(5_000);
    expect(texts()).toEqual([
      ...[0, 1, 2].map((i) => `send: thread alert:critical ${i} firing 1 count 1`),
      'send: digest warning 0/30 of 30',
    ]);
  });

  it('that grows is edited, no more often than every ten seconds, and nothing counts before it is shown', async () => {
    await accept(...storm(20, 'warning'));
    await accept(...storm(40, 'warning').slice(20));
    expect(ledger()).toMatchObject({ delivered: 1, merged: 19, pending: 20 });
    await clock.advance(9_000);
    expect(channel.requests).toHaveLength(1);
    await clock.advance(2_000);
    expect(texts()).toEqual(['send: digest warning 0/20 of 20', 'edit: digest warning 0/40 of 40']);
    expect(ledger()).toMatchObject({ delivered: 1, merged: 39, pending: 0 });
  });

  it('is over once all of it is: resolutions are counted in it, then a silent reply and the last edit', async () => {
    await accept(...storm(20, 'critical'));
    await clock.advance(MINUTE);
    await accept(...storm(5, 'critical', 'resolved'));
    await clock.advance(MINUTE);
    await accept(...storm(20, 'critical').slice(10), ...storm(20, 'critical', 'resolved').slice(5));
    await clock.advance(MINUTE);
    expect(texts().slice(1)).toEqual([
      'edit: digest critical 5/20 of 20',
      'reply: digest_resolution critical 20/20 of 20',
      'edit: digest critical 20/20 of 20',
    ]);
    expect(ledger()).toMatchObject({ pending: 0, suppressed: { repeat: 10 } });
  });

  it('past, what still burns after the cooldown gets a message of its own; its end is told there and counted here', async () => {
    await accept(...storm(20, 'critical'));
    await clock.advance(31 * MINUTE);
    await accept(...storm(1, 'critical'));
    await clock.advance(MINUTE);
    await accept(...storm(1, 'critical', 'resolved'));
    await clock.advance(MINUTE);
    expect(texts().slice(1)).toEqual([
      'send: thread alert:critical 0 firing 1 count 1',
      'reply: resolution alert:critical 0 firing 0 count 2',
      'edit: thread alert:critical 0 firing 0 count 2',
      'edit: digest critical 1/20 of 20',
    ]);
  });

  it('that comes again after the cooldown has a new message, without what was resolved', async () => {
    await accept(...storm(20, 'critical'));
    await clock.advance(MINUTE);
    await accept(...storm(15, 'critical', 'resolved'));
    await clock.advance(31 * MINUTE);
    await accept(...storm(40, 'critical').slice(20));
    await clock.advance(MINUTE);
    expect(texts().at(-1)).toBe('send: digest critical 0/25 of 25');
  });

  it('cut short by a crash loses and doubles nothing: what was folded waits for the next process', async () => {
    channel.answers.push('never');
    await accept(...storm(2_500, 'warning'));
    await clock.advance(1);
    await delivery.stop(0);
    expect(ledger()).toMatchObject({ pending: 2_500 });
    channel = new ScriptedChannel(clock);
    startOne();
    await clock.advance(MINUTE);
    expect(texts()).toEqual(['send: digest warning 0/2500 of 2500']);
    expect(ledger()).toMatchObject({ delivered: 1, merged: 2_499, pending: 0, possibleDuplicates: 1 });
  });

  it('of payments is a roster, never a digest', async () => {
    await accept(...storm(20, 'info'), ...Array.from({ length: 50 }, () => payment));
    await clock.advance(5_000);
    expect(texts()).toEqual(['send: digest info 0/20 of 20', 'send: roster of 50']);
  });
});
