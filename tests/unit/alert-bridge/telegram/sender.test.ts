import { TelegramError } from 'telegraf';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createChatSender,
  restoreBudget,
  type ChatSender,
  type OutgoingText,
  type SendResult,
} from '../../../../alert-bridge/telegram/sender.ts';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import type { KeyValue } from '../../../../alert-bridge/outbox/outbox.ts';
import type { Budget } from '../../../../alert-bridge/telegram/budget.ts';
import type { TelegramClient } from '../../../../alert-bridge/telegram/client.ts';
import type { MessageEdit, OutgoingMessage } from '../../../../alert-bridge/telegram/messages.ts';
import { classify, type TelegramFailure } from '../../../../alert-bridge/telegram/errors.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';

const T0 = 1_700_000_000_000;
const MESSAGE = { html: '<b>hello</b>', plain: 'hello' };
const signal = new AbortController().signal;

/** What Telegram answers, as telegraf throws it. */
const refused = (code: number, description: string, parameters: object = {}): TelegramFailure =>
  classify(new TelegramError({ error_code: code, description, parameters }), {});

let clock: FakeClock;
let budget: Budget;
let stored: Map<string, string>;
let state: KeyValue;
let calls: (OutgoingMessage | MessageEdit)[];
let answers: TelegramFailure[];
let channel: ChatSender;
let topicsGone: number;

const client: TelegramClient = {
  sendMessage: (message) => answer(message),
  sendPhoto: () => Promise.reject(new Error('not asked here')),
  editMessage: (edit) => answer(edit),
  getMe: () => Promise.reject(new Error('not asked here')),
  close: () => undefined,
};
function answer(call: OutgoingMessage | MessageEdit) {
  calls.push(call);
  const failure = answers.shift();
  return Promise.resolve(
    failure === undefined
      ? ({ ok: true, messageId: 7, chatId: call.chat.id } as const)
      : ({ ok: false, failure } as const),
  );
}

beforeEach(() => {
  clock = new FakeClock(T0);
  stored = new Map();
  state = { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) };
  budget = restoreBudget(state);
  [calls, answers, topicsGone] = [[], [], 0];
  channel = start();
});

const start = (): ChatSender =>
  createChatSender(
    { id: -5, topicId: 42, key: '-5:42' },
    {
      client,
      budget,
      sharedBudget: alone.budget,
      clock,
      state,
      onTopicGone: () => (topicsGone += 1),
    },
  );

/** Sends, letting the budget's pauses pass. */
async function send(message: OutgoingText = MESSAGE): Promise<SendResult> {
  const result = channel.send(message, { silent: false }, signal);
  await clock.advance(10_000);
  return result;
}
async function edit(): Promise<SendResult> {
  const result = channel.edit({ messageId: 7 }, MESSAGE, signal);
  await clock.advance(10_000);
  return result;
}
const forms = () => calls.map((call) => ('html' in call ? `html ${call.html}` : `text ${call.text}`));

describe('buttons', () => {
  const buttons = [[{ text: 'OK', callbackData: 'a:1' }]];
  const sendWithButtons = async (): Promise<SendResult> => {
    const result = channel.send({ ...MESSAGE, buttons }, { silent: false }, signal);
    await clock.advance(10_000);
    return result;
  };

  it('go with the message, and with its plain text when the markup is refused', async () => {
    answers = [refused(400, "Bad Request: can't parse entities")];
    expect((await sendWithButtons()).status).toBe('shown');
    expect(calls).toMatchObject([
      { html: MESSAGE.html, buttons },
      { text: 'hello', buttons },
    ]);
  });

  it('that Telegram refuses do not keep the words from arriving', async () => {
    answers = [refused(400, 'Bad Request: BUTTON_DATA_INVALID')];
    expect((await sendWithButtons()).status).toBe('shown');
    expect(calls.at(-1)).toMatchObject({ text: 'hello' });
    expect(calls.at(-1)).not.toHaveProperty('buttons');
  });
});

it('sends to the chat and its topic', async () => {
  expect(await send()).toEqual({ status: 'shown', messageId: 7 });
  expect(calls).toEqual([{ chat: { id: -5, topicId: 42 }, html: MESSAGE.html, silent: false }]);
});

describe('a remedy is tried once, in the same call', () => {
  it('plain text for HTML that cannot be parsed', async () => {
    answers.push(refused(400, "Bad Request: can't parse entities: unclosed tag"));
    expect(await send()).toMatchObject({ status: 'shown' });
    expect(forms()).toEqual(['html <b>hello</b>', 'text hello']);
  });

  it('plain text for anything else that Telegram does not like in the HTML, and then no more', async () => {
    answers.push(refused(400, 'Bad Request: message text is empty'));
    answers.push(refused(400, 'Bad Request: message text is empty'));
    expect(await send()).toEqual({ status: 'refused', reason: 'bad_request' });
    expect(forms()).toEqual(['html <b>hello</b>', 'text hello']);
  });

  it.each(['Bad Request: message text is empty', 'Bad Request: SOMETHING_NEW'])(
    'words of our own where Telegram takes neither: %s',
    async (description) => {
      answers.push(refused(400, description), refused(400, description));
      expect(await send({ ...MESSAGE, brief: 'look' })).toEqual({
        status: 'shown',
        messageId: 7,
        isBrief: true,
      });
      expect(forms()).toEqual(['html <b>hello</b>', 'text hello', 'text look']);
    },
  );

  it('a message of its own where the one to reply to is not there', async () => {
    answers.push(refused(400, 'Bad Request: message to be replied not found'));
    const result = channel.send(MESSAGE, { silent: true, replyTo: { messageId: 3 } }, signal);
    await clock.advance(10_000);
    expect(await result).toMatchObject({ status: 'shown' });
    expect(calls.map((call) => ('replyTo' in call ? call.replyTo : undefined))).toEqual([3, undefined]);
  });

  it('a shorter text for one that is too long, without half a character at its end', async () => {
    answers.push(refused(400, 'Bad Request: message is too long'));
    const plain = `${'x'.repeat(2_047)}🚨`;
    const result = channel.send({ html: '<b>x</b>', plain }, { silent: true }, signal);
    await clock.advance(10_000);
    expect(await result).toMatchObject({ status: 'shown' });
    expect(forms().at(-1)).toBe(`text ${'x'.repeat(2_047)}`);
  });

  it('the new id of a group that was migrated, remembered', async () => {
    answers.push(refused(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_9 }));
    expect(await send()).toMatchObject({ status: 'shown' });
    await send();
    expect(calls.map(({ chat }) => chat.id)).toEqual([-5, -100_9, -100_9]);
  });

  it('the chat itself when its topic is gone, told once, until the next start', async () => {
    answers.push(refused(400, 'Bad Request: message thread not found'));
    expect(await send()).toMatchObject({ status: 'shown' });
    await send();
    expect(calls.map(({ chat }) => chat.topicId)).toEqual([42, undefined, undefined]);
    expect(topicsGone).toBe(1);
    channel = start();
    await send();
    expect(calls.at(-1)?.chat.topicId).toBe(42);
  });
});

describe('what only time or the operator can mend', () => {
  it.each([
    [403, 'Forbidden: bot was blocked by the user', 'blocked', 'telegram_refused', true],
    [400, 'Bad Request: chat not found', 'chat_not_found', 'telegram_refused', true],
    [401, 'Unauthorized', 'unauthorized', 'telegram_refused', true],
    [404, 'Not Found', 'unauthorized', 'telegram_refused', true],
    [409, 'Conflict: terminated by other getUpdates request', 'conflict', 'telegram_refused', false],
    [502, 'Bad Gateway', 'server_error', 'telegram_unreachable', false],
  ])('%i %s', async (code, description, reason, cause, permanent) => {
    answers.push(refused(code, description));
    expect(await send()).toMatchObject({ status: 'retry', reason, cause, permanent });
    expect(calls).toHaveLength(1);
  });

  it.each([
    [400, 'Bad Request: TOPIC_CLOSED', 'thread_missing'],
    [400, 'Bad Request: CHANNEL_PRIVATE', 'blocked'],
    [400, 'Bad Request: CHAT_ADMIN_REQUIRED', 'blocked'],
    [400, 'Bad Request: CHANNEL_INVALID', 'chat_not_found'],
    [400, 'Bad Request: USER_BANNED_IN_CHANNEL', 'blocked'],
    [400, 'Bad Request: CHAT_GUEST_SEND_FORBIDDEN', 'blocked'],
    [400, 'Bad Request: YOU_BLOCKED_USER', 'blocked'],
    [400, 'Bad Request: SOMETHING_NEW', 'unknown_refusal'],
    [451, 'Unavailable For Legal Reasons', 'unknown_refusal'],
  ])('%i %s, whatever is sent', async (code, description, reason) => {
    answers.push(...Array.from({ length: 10 }, () => refused(code, description)));
    expect(await send({ ...MESSAGE, brief: 'look' })).toMatchObject({
      status: 'retry',
      reason,
      cause: 'telegram_refused',
      permanent: true,
      mayHaveArrived: false,
    });
    expect(calls.length).toBeLessThanOrEqual(3);
  });

  it('a topic that was opened again while the chat itself was closed', async () => {
    answers.push(refused(400, 'Bad Request: TOPIC_CLOSED'), refused(400, 'Bad Request: TOPIC_CLOSED'));
    expect(await send()).toMatchObject({ status: 'retry', permanent: true });
    expect(await send()).toMatchObject({ status: 'shown' });
    expect(calls.map(({ chat }) => chat.topicId)).toEqual([42, undefined, 42]);
    expect(topicsGone).toBe(1);
  });

  it('slow mode pauses the chat for so many seconds', async () => {
    answers.push(refused(400, 'Bad Request: SLOWMODE_WAIT_30'));
    expect(await send()).toMatchObject({ status: 'retry', cause: 'telegram_rate_limit', permanent: false });
    expect(channel.readyAt()).toBe(T0 + 30_000);
  });

  it('429 pauses the chat as long as Telegram asks, across a restart', async () => {
    answers.push(refused(429, 'Too Many Requests: retry after 3600', { retry_after: 3_600 }));
    expect(await send()).toMatchObject({ status: 'retry', cause: 'telegram_rate_limit' });
    expect(channel.readyAt()).toBe(T0 + 3_600_000);
    const restarted = createChatSender(channel.chat, {
      client,
      budget: restoreBudget(state),
      sharedBudget: alone.budget,
      clock,
      state,
    });
    expect(restarted.readyAt()).toBe(T0 + 3_600_000);
  });
});

describe('an edit', () => {
  it('that changes nothing is a success', async () => {
    answers.push(refused(400, 'Bad Request: message is not modified: same content'));
    expect(await edit()).toEqual({ status: 'shown', messageId: 7 });
  });

  it.each(['CHAT_ADMIN_REQUIRED', 'TOPIC_CLOSED', 'SOMETHING_NEW', 'MEDIA_INVALID'])(
    'that is refused by %s leaves it to a new message',
    async (name) => {
      answers.push(...Array.from({ length: 10 }, () => refused(400, `Bad Request: ${name}`)));
      expect(await edit()).toMatchObject({ status: 'replace' });
    },
  );

  it('of a message in a chat that is left asks nothing of its namesake in the new one', async () => {
    answers.push(refused(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_9 }));
    expect(await edit()).toEqual({ status: 'replace', reason: 'chat_migrated' });
    expect(await edit()).toEqual({ status: 'replace', reason: 'chat_migrated' });
    expect(calls.map(({ chat }) => chat.id)).toEqual([-5]);

    expect(await send()).toEqual({ status: 'shown', messageId: 7, chatId: -100_9 });
    const again = channel.edit({ messageId: 7, chatId: -100_9 }, MESSAGE, signal);
    await clock.advance(10_000);
    expect(await again).toMatchObject({ status: 'shown' });
    expect(calls.at(-1)?.chat.id).toBe(-100_9);
  });

  it('a reply to a message in a chat that is left is a message of its own', async () => {
    answers.push(refused(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_9 }));
    const result = channel.send(MESSAGE, { silent: true, replyTo: { messageId: 102 } }, signal);
    await clock.advance(10_000);
    expect(await result).toMatchObject({ status: 'shown', chatId: -100_9 });
    expect(calls.map((call) => ('replyTo' in call ? call.replyTo : undefined))).toEqual([102, undefined]);
  });

  it('of a message that is gone says so', async () => {
    answers.push(refused(400, 'Bad Request: message to edit not found'));
    expect(await edit()).toEqual({ status: 'gone' });
  });
});

it('waits for the budget before every request, and stops waiting when told to', async () => {
  await send();
  const stopping = new AbortController();
  budget.pause(-5, clock.now() + 60_000);
  const waiting = channel.ready(stopping.signal);
  await settle();
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});
