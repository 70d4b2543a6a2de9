import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import { startPipeline, type DecidedEvent, type Pipeline } from '../../../../alert-bridge/notify/pipeline.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';
import type { Downtime } from '../../../../alert-bridge/model/incident.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';
import { routeAll } from '../../../support/bridge/routing.ts';
import {
  alert,
  draw,
  noPictures,
  payment,
  refusedForGood,
  ScriptedChannel,
  T0,
  unreachable,
} from './scripted-chat.ts';

const MINUTE = 60_000;

let clock: FakeClock;
let outbox: Outbox;
let sender: ScriptedChannel;
let delivery: Pipeline;
let decided: DecidedEvent[];
let unexpected: unknown[];
let changes: (string | undefined)[];
let listLimit: number | undefined;
let downtime: Downtime | undefined;

function startOne(): void {
  delivery = startPipeline({
    muted: () => new Set(),
    lease: alone.lease('1'),
    pictures: noPictures,
    outbox,
    sender,
    clock,
    routing: routeAll(['1']),
    downtime,
    render: (content) => ({
      plain: draw(content),
      ...(listLimit === undefined ? {} : { shownEntries: listLimit }),
    }),
    random: () => 1,
    observer: {
      decided: (event) => decided.push(event),
      channelChanged: (_chat, reason) => changes.push(reason),
      retrying: () => undefined,
      delivered: () => undefined,
      unexpected: (error) => unexpected.push(error),
    },
  });
}

beforeEach(() => {
  clock = new FakeClock(T0);
  outbox = openOutbox(connectSqlite(':memory:'));
  sender = new ScriptedChannel(clock);
  decided = [];
  unexpected = [];
  changes = [];
  listLimit = undefined;
  downtime = undefined;
  startOne();
});
afterEach(async () => {
  await delivery.stop(0);
  expect(unexpected).toEqual([]);
});

let ids = 0;
function accept(...signals: Omit<NewSignal, 'id' | 'occurredAt'>[]): Promise<void> {
  const now = clock.now();
  outbox.accept([
    {
      signals: signals.map((signal) => ({ ...signal, id: `s${(ids += 1)}`, occurredAt: now })),
      chatsOf: () => ['1'],
      suppress: () => undefined,
      now,
    },
  ]);
  delivery.wake();
  return settle();
}

const texts = () => sender.requests.map(({ method, text }) => `${method}: ${text}`);
const ledger = () => outbox.ledger();

describe('a signal', () => {
  it('is sent at once and settled once Telegram has confirmed it', async () => {
    await accept(alert('firing'));
    expect(sender.requests).toEqual([
      { method: 'send', text: 'incident alert:Down firing 1 count 1', silent: false },
    ]);
    expect(ledger()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 });
    expect(decided).toMatchObject([{ action: 'send', reason: 'first_notification', type: 'alert:Down' }]);
  });

  it('that follows within the cooldown is merged by an edit, and its resolution is a reply and an edit', async () => {
    await accept(alert('firing'));
    await accept(alert('firing', 'g', 'warning'));
    expect(ledger()).toMatchObject({ delivered: 1, pending: 1 });
    await clock.advance(1_000);
    expect(ledger()).toMatchObject({ delivered: 1, merged: 1, pending: 0 });
    await accept(alert('resolved'), alert('resolved', 'g'));
    await clock.advance(3_000);
    expect(texts().slice(1)).toEqual([
      'edit: incident alert:Down firing 2 count 2',
      'reply: resolution alert:Down firing 0 count 4',
      'edit: incident alert:Down firing 0 count 4',
    ]);
    expect(ledger()).toMatchObject({ accepted: 4, delivered: 2, merged: 2, pending: 0 });
  });

  it('that repeats what is shown is left out without a request', async () => {
    await accept(alert('firing'));
    await accept(alert('firing'));
    expect(sender.requests).toHaveLength(1);
    expect(ledger()).toMatchObject({ suppressed: { repeat: 1 }, pending: 0 });
  });

  it('goes before less urgent ones that waited longer', async () => {
    await accept(payment);
    await accept(alert('firing', 'w', 'warning', 'Disk'), alert('firing', 'c', 'critical', 'Down'));
    await clock.advance(5_000);
    expect(texts().map((text) => text.split(' ')[2])).toEqual(['of', 'alert:Down', 'alert:Disk']);
  });
});

describe('payments', () => {
  it('that come too fast share one message, and every one is accounted for', async () => {
    await accept(payment);
    for (let i = 0; i < 5; i += 1) await accept(payment);
    await clock.advance(2_000);
    expect(texts()).toEqual(['send: list of 1', 'send: list of 5']);
    expect(ledger()).toMatchObject({ accepted: 6, delivered: 2, merged: 4, pending: 0 });
  });

  it('that do not fit follow in the next message', async () => {
    listLimit = 2;
    await accept(payment, payment, payment);
    expect(ledger()).toMatchObject({ delivered: 1, merged: 1, pending: 1 });
    await clock.advance(1_000);
    expect(ledger()).toMatchObject({ delivered: 2, merged: 1, pending: 0 });
  });
});

describe('when Telegram', () => {
  it('is away for an hour, the message comes late and says so', async () => {
    sender.answers.push(...Array.from({ length: 1_000 }, () => unreachable(false)));
    await accept(alert('firing'));
    await clock.advance(60 * MINUTE);
    expect(ledger()).toMatchObject({ pending: 1, delivered: 0 });
    expect(sender.requests.length).toBeGreaterThan(60);
    expect(sender.requests.length).toBeLessThan(200);
    sender.answers.length = 0;
    await clock.advance(MINUTE);
    expect(texts().at(-1)).toBe('send: incident alert:Down firing 1 count 1 late: telegram_unreachable');
    expect(ledger()).toMatchObject({ delivered: 1, pending: 0, possibleDuplicates: 0 });
  });

  it('gives no answer, the message is sent again and counted as a possible duplicate', async () => {
    sender.answers.push(unreachable(true));
    await accept(alert('firing'));
    await clock.advance(2_000);
    expect(sender.requests).toHaveLength(2);
    expect(ledger()).toMatchObject({ delivered: 1, possibleDuplicates: 1 });
  });

  it('refuses a message for good, it is settled as failed and the next one goes out', async () => {
    sender.answers.push({ status: 'refused', reason: 'bad_request' });
    await accept(alert('firing'));
    await accept(payment);
    await clock.advance(2_000);
    expect(ledger()).toMatchObject({ failed: { bad_request: 1 }, delivered: 1, pending: 0 });
  });

  it('cannot edit a message, a silent new one takes its place and is edited from then on', async () => {
    await accept(alert('firing', 'a', 'warning'));
    await clock.advance(2_000);
    sender.answers.push({ status: 'replace', reason: 'chat_migrated' });
    sender.answers.push({ status: 'shown', messageId: 101, chatId: -1_009 });
    await accept(alert('firing', 'b', 'warning'));
    await clock.advance(2_000);
    const text = 'incident alert:Down firing 2 count 2';
    expect(sender.requests.slice(1)).toMatchObject([
      { method: 'edit', text },
      { method: 'send', text, silent: true },
    ]);
    // Messages with the same number in two chats are two messages: the old one is left alone.
    expect(outbox.incident('1', 'alert:Down')).toMatchObject({ messageId: 101, chatId: -1_009 });
    expect(outbox.nextSuperseding('1')).toBeUndefined();
    expect(ledger()).toMatchObject({ delivered: 1, merged: 1, pending: 0 });
  });

  it('cannot edit a message and takes no new one either, all of it waits and nothing is forgotten', async () => {
    await accept(alert('firing', 'a', 'warning'));
    await clock.advance(2_000);
    sender.answers.push({ status: 'replace', reason: 'unknown_refusal' }, refusedForGood);
    await accept(alert('firing', 'b', 'warning'));
    await clock.advance(2_000);
    expect(delivery.refusal).toBe('blocked');
    expect(ledger()).toMatchObject({ delivered: 1, pending: 1, failed: {} });
    await clock.advance(MINUTE);
    expect(delivery.refusal).toBeUndefined();
    expect(sender.messages.get(101)).toBe('incident alert:Down firing 2 count 2');
    expect(ledger()).toMatchObject({ merged: 1, pending: 0 });
  });

  it('takes only that there is something, the message is tried once more, and others are not held up', async () => {
    sender.answers.push({ status: 'shown', messageId: 100, isBrief: true });
    sender.answers.push({ status: 'replace', reason: 'unknown_refusal' });
    await accept(alert('firing'));
    await clock.advance(5_000);
    await accept(payment);
    await clock.advance(5_000);
    expect(sender.requests.map(({ method }) => method)).toEqual(['send', 'edit', 'send']);
    expect(ledger()).toMatchObject({ delivered: 2, pending: 0, failed: {} });
  });

  it('refuses and then does not answer, it still counts as refusing, until it takes something', async () => {
    sender.answers.push(refusedForGood, unreachable(false));
    await accept(alert('firing'));
    await clock.advance(31_000);
    expect(delivery.refusal).toBe('blocked');
    await clock.advance(2 * MINUTE);
    expect(delivery.refusal).toBeUndefined();
    expect(changes).toEqual(['blocked', undefined]);
  });

  it('refuses the chat, everything waits, and goes out when the operator has mended it', async () => {
    sender.answers.push(refusedForGood, refusedForGood);
    await accept(alert('firing'));
    expect(delivery.refusal).toBe('blocked');
    await clock.advance(10 * MINUTE);
    expect(delivery.refusal).toBeUndefined();
    expect(changes).toEqual(['blocked', undefined]);
    expect(ledger()).toMatchObject({ delivered: 1, pending: 0, failed: {} });
  });

  it('has lost the message to edit, a new one is sent', async () => {
    await accept(alert('firing'));
    sender.answers.push({ status: 'gone' });
    await accept(alert('firing', 'g', 'warning'));
    await clock.advance(3_000);
    expect(sender.requests.map(({ method }) => method)).toEqual(['send', 'edit', 'send']);
    expect(ledger()).toMatchObject({ delivered: 2, merged: 0, pending: 0 });
  });
});

describe('stopping', () => {
  it('ends while nothing happens, and leaves what waits for the next start', async () => {
    sender.answers.push(unreachable(false));
    await accept(alert('firing'));
    await delivery.stop(0);
    expect(ledger()).toMatchObject({ pending: 1 });
    clock = new FakeClock(T0 + 10 * MINUTE);
    sender = new ScriptedChannel(clock);
    downtime = { from: T0, to: T0 + 10 * MINUTE };
    startOne();
    await settle();
    expect(texts()).toEqual(['send: incident alert:Down firing 1 count 1 late: bridge_down']);
    expect(ledger()).toMatchObject({ delivered: 1, pending: 0, possibleDuplicates: 0 });
  });

  it('for a moment does not take the blame for what an outage has kept', async () => {
    sender.answers.push(...Array.from({ length: 1_000 }, () => unreachable(false)));
    await accept(alert('firing'));
    await clock.advance(10 * MINUTE);
    await delivery.stop(0);
    sender = new ScriptedChannel(clock);
    startOne();
    await settle();
    expect(texts()).toEqual(['send: incident alert:Down firing 1 count 1 late: telegram_unreachable']);
    await delivery.stop(0);
    startOne();
    await accept(alert('firing', 'x', 'critical', 'Other'));
    await clock.advance(MINUTE);
    expect(texts().at(-1)).toBe('send: incident alert:Other firing 1 count 1');
  });

  it('cuts a request that is never answered after the grace time, and remembers that it may have arrived', async () => {
    sender.answers.push('never');
    await accept(alert('firing'));
    await delivery.stop(0);
    sender = new ScriptedChannel(clock);
    startOne();
    await settle();
    expect(ledger()).toMatchObject({ delivered: 1, possibleDuplicates: 1 });
  });
});
