import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Incoming } from '../../../../alert-bridge/bot/updates.ts';
import { startPolling, type Polling } from '../../../../alert-bridge/bot/polling.ts';
import type { BotCommand, ListeningClient } from '../../../../alert-bridge/telegram/client.ts';
import type { TelegramFailure } from '../../../../alert-bridge/telegram/errors.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';

const T0 = 1_700_000_000_000;
const BOT = { id: 7, username: 'our_bot' };

type Failed = { readonly ok: false; readonly failure: TelegramFailure };
type Poll = { readonly ok: true; readonly updates: readonly unknown[] } | Failed;

const refused = (reason: 'conflict' | 'unauthorized'): Failed => ({
  ok: false,
  failure: { outcome: 'rejected', reason, description: reason },
});
const away: Failed = {
  ok: false,
  failure: { outcome: 'unreachable', reason: 'connection', mayHaveArrived: false, description: 'away' },
};
const pausedFor = (retryAfterMs: number): Failed => ({
  ok: false,
  failure: { outcome: 'rejected', reason: 'rate_limited', retryAfterMs, description: '429' },
});
const command = (id: number, text = '/status'): unknown => ({
  update_id: id,
  message: {
    message_id: id,
    from: { id: 1, is_bot: false, first_name: 'Ann' },
    chat: { id: 1, type: 'private' },
    text,
  },
});
const brought = (...updates: unknown[]): Poll => ({ ok: true, updates });

/** Telegram as scripted: what is asked without an answer waits until it is aborted. */
class ScriptedTelegram implements ListeningClient {
  readonly asked: {
    readonly at: number;
    readonly offset: number | undefined;
    readonly waitSeconds: number;
  }[] = [];
  readonly methods: string[] = [];
  readonly polls: Poll[] = [];
  readonly #clock: FakeClock;
  webhookUrl = '';
  me: Failed | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  getMe(): ReturnType<ListeningClient['getMe']> {
    this.methods.push('getMe');
    return Promise.resolve(this.me ?? { ok: true, ...BOT });
  }

  getWebhookUrl(): ReturnType<ListeningClient['getWebhookUrl']> {
    return Promise.resolve({ ok: true, url: this.webhookUrl });
  }

  async getUpdates(
    { offset, waitSeconds }: Parameters<ListeningClient['getUpdates']>[0],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Poll> {
    this.methods.push('getUpdates');
    this.asked.push({ at: this.#clock.now() - T0, offset, waitSeconds });
    const answer = this.polls.shift();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return away;
  }

  setCommands(): ReturnType<ListeningClient['setCommands']> {
    this.methods.push('setMyCommands');
    return Promise.resolve({ ok: true });
  }

  answerPress(): ReturnType<ListeningClient['answerPress']> {
    return Promise.resolve({ ok: true });
  }
}

let clock: FakeClock;
let telegram: ScriptedTelegram;
let state: Map<string, string>;
let heard: Incoming[];
let told: (string | undefined)[];
let unexpected: unknown[];
let onHandle: () => Promise<void>;
let polling: Polling;

const start = (): Polling =>
  startPolling({
    leads: () => true,
    client: telegram,
    clock,
    random: () => 1,
    state: { get: (key) => state.get(key), set: (key, value) => void state.set(key, value) },
    handle: (incoming) => {
      heard.push(incoming);
      return onHandle();
    },
    commands: new Map<string | undefined, readonly BotCommand[]>([[undefined, []]]),
    observer: {
      changed: (reason) => told.push(reason),
      polled: () => undefined,
      unexpected: (error) => unexpected.push(error),
    },
  });

const restart = async (): Promise<void> => {
  await polling.stop();
  polling = start();
  await settle();
};
const names = (): string[] => heard.map((incoming) => (incoming.kind === 'command' ? incoming.name : ''));

beforeEach(() => {
  clock = new FakeClock(T0);
  telegram = new ScriptedTelegram(clock);
  state = new Map();
  heard = [];
  told = [];
  unexpected = [];
  onHandle = () => Promise.resolve();
});
afterEach(() => polling.stop());

describe('what fails', () => {
  it.each([
    ['another poller', refused('conflict'), [0, 5_000, 15_000, 35_000, 75_000]],
    ['no network', away, [0, 1_000, 3_000, 7_000, 15_000]],
  ])('%s: is tried again, ever more slowly, and heard when it is over', async (_name, failure, times) => {
    telegram.polls.push(failure, failure, failure, failure, brought(command(1)));
    polling = start();
    await clock.advance(80_000);
    expect(telegram.asked.slice(0, 5).map(({ at }) => at)).toEqual(times);
    expect(names()).toEqual(['status']);
    expect(told).toEqual([failure.failure.reason, undefined]);
  });

  it('begins quickly again after a success', async () => {
    telegram.polls.push(away, away, brought(), away, brought());
    polling = start();
    await clock.advance(10_000);
    expect(telegram.asked.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 3_000, 4_000, 4_000]);
  });

  it('a wrong token is asked about less and less often, every five minutes at last', async () => {
    telegram.me = refused('unauthorized');
    polling = start();
    const day = 24 * 60 * 60_000;
    await clock.advance(day);
    expect(telegram.methods.length).toBeLessThan(day / 300_000 + 10);
    expect(new Set(telegram.methods)).toEqual(new Set(['getMe']));
    expect(told).toEqual(['unauthorized']);
  });

  it('waits for as long as Telegram says', async () => {
    telegram.polls.push(pausedFor(42_000), brought());
    polling = start();
    await clock.advance(60_000);
    expect(telegram.asked.slice(0, 2).map(({ at }) => at)).toEqual([0, 42_000]);
  });

  it('a handler that throws is told of and ends nothing: what follows is heard', async () => {
    onHandle = () => (heard.length === 1 ? Promise.reject(new Error('boom')) : Promise.resolve());
    telegram.polls.push(brought(command(1, '/first'), command(2, '/second')), brought(command(3, '/third')));
    polling = start();
    await settle();
    expect(names()).toEqual(['first', 'second', 'third']);
    expect(unexpected).toEqual([new Error('boom')]);
    expect(telegram.asked.at(-1)?.offset).toBe(4);
  });
});

describe('an update is handled once', () => {
  it('though it comes twice, or after a restart', async () => {
    telegram.polls.push(brought(command(1, '/first'), command(1, '/first')), brought(command(1, '/first')));
    polling = start();
    await clock.advance(1_000);
    telegram.polls.push(brought(command(1, '/first'), command(2, '/second')));
    await restart();
    expect(names()).toEqual(['first', 'second']);
    expect(telegram.asked.map(({ offset }) => offset)).toEqual([undefined, 2, 2, 2, 3]);
  });

  it('and is heard again when the bridge stopped before it was dealt with', async () => {
    onHandle = () => new Promise(() => undefined);
    telegram.polls.push(brought(command(5)));
    polling = start();
    await settle();
    // Killed: it is never heard of again.
    onHandle = () => Promise.resolve();
    telegram.polls.push(brought(command(5)));
    polling = start();
    await settle();
    expect(names()).toEqual(['status', 'status']);
  });

  it('numbers begin anew after a silence of a week: an old offset would swallow them', async () => {
    telegram.polls.push(brought(command(900)));
    polling = start();
    await settle();
    await polling.stop();
    await clock.advance(6 * 24 * 60 * 60_000);
    telegram.polls.push(brought(command(3, '/after')));
    polling = start();
    await settle();
    expect(names()).toEqual(['status', 'after']);
  });

  it('what is no update at all is passed over', async () => {
    telegram.polls.push(brought('nonsense', { update_id: 'x' }, command(1)));
    polling = start();
    await settle();
    expect(names()).toEqual(['status']);
    expect(unexpected).toEqual([]);
  });
});

describe('a token with a webhook', () => {
  it('is never polled nor given commands, and asked about every ten minutes', async () => {
    telegram.webhookUrl = 'https://bot.example.com/webhook';
    polling = start();
    await clock.advance(25 * 60_000);
    expect(telegram.methods).toEqual(['getMe', 'getMe', 'getMe']);
    expect([polling.isListening, told]).toEqual([false, ['webhook']]);
    telegram.webhookUrl = '';
    telegram.polls.push(brought(command(1)));
    await clock.advance(10 * 60_000);
    expect([polling.isListening, names()]).toEqual([true, ['status']]);
  });
});

it('is known to listen at once, not after the first long wait', async () => {
  telegram.polls.push(brought(), brought());
  polling = start();
  await settle();
  expect(telegram.asked.map(({ waitSeconds }) => waitSeconds)).toEqual([0, 25]);
  await clock.advance(1_000);
  expect(telegram.asked.map(({ waitSeconds }) => waitSeconds)).toEqual([0, 25, 25]);
  expect(polling.isListening).toBe(true);
});

it('buttons stay through an outage and a restart, until it is certain that nobody listens', async () => {
  telegram.polls.push(brought(), away);
  polling = start();
  await settle();
  expect(polling.isListening).toBe(true);
  await restart();
  expect(polling.isListening).toBe(true);
  telegram.webhookUrl = 'https://bot.example.com/webhook';
  await restart();
  expect(polling.isListening).toBe(false);
});

it.each([
  ['answers nothing at once', () => brought()],
  ['repeats what was handled', () => brought(command(1))],
  ['brings what has no number', () => brought({ message: {} }, null, 7)],
])(
  'a server that %s is asked once a second',
  {
    meta: {
      tried: 'A Bot API that does not wait, repeats an update or sends one without a number',
      held: 'asked once a second, not in a loop',
    },
  },
  async (_what, answer) => {
    telegram.polls.push(brought(command(1)), ...Array.from({ length: 500 }, answer));
    polling = start();
    await clock.advance(10_000);
    expect(telegram.asked.length).toBeLessThanOrEqual(13);
    telegram.polls.splice(0, telegram.polls.length, brought(command(2, '/second')));
    await clock.advance(1_000);
    expect(heard).toHaveLength(2);
  },
);
