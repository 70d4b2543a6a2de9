/** The fake against the client the bridge really uses: what telegraf sends is understood, what it is told is true. */
import { Input, Telegraf, TelegramError } from 'telegraf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTelegramFake } from '../support/telegram/index.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { samplePicture } from '../support/telegram/sample-picture.ts';

const token = '111111:test-monitoring-bot';
const mainToken = '222222:test-main-bot';
const admin = 1001;
const group = -1002;
let nowMs = 1_790_000_000_000;
let fake: TelegramFake;
let bot: Telegraf;

function connect(withToken: string): Telegraf {
  return new Telegraf(withToken, { telegram: { apiRoot: fake.apiRoot } });
}

async function refusal(call: Promise<unknown>): Promise<TelegramError> {
  const error: unknown = await call.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TelegramError)) throw error;
  return error;
}

beforeEach(async () => {
  fake = await startTelegramFake({
    bots: [
      { token, username: 'monitor_bot', id: 111_111 },
      {
        token: mainToken,
        username: 'main_bot',
        id: 222_222,
        webhookUrl: 'https://coins.example.com/webhook/',
      },
    ],
    chats: [
      { id: admin, kind: 'private', title: 'Админ' },
      { id: group, kind: 'supergroup', title: 'Дежурные', topics: [{ id: 7, name: 'Тревоги' }] },
    ],
    now: () => nowMs,
  });
  bot = connect(token);
});

afterEach(async () => {
  await fake.close();
});

describe('sending and editing', () => {
  test('getMe answers for the token', async () => {
    expect(await bot.telegram.getMe()).toMatchObject({ id: 111_111, is_bot: true, username: 'monitor_bot' });
  });

  test('a message arrives as Telegram would show it, and an edit replaces it', async () => {
    const sent = await bot.telegram.sendMessage(admin, '🚨 <b>Redis &lt;down&gt;</b>\n<i>с 12:00</i>', {
      parse_mode: 'HTML',
      disable_notification: true,
      reply_markup: { inline_keyboard: [[{ text: 'Тише', callback_data: 'mute:1' }]] },
    });
    expect(sent).toMatchObject({
      message_id: 1,
      date: 1_790_000_000,
      chat: { id: admin, type: 'private', first_name: 'Админ' },
      from: { id: 111_111, is_bot: true },
      text: '🚨 Redis <down>\nс 12:00',
      entities: [
        { type: 'bold', offset: 3, length: 12 },
        { type: 'italic', offset: 16, length: 7 },
      ],
    });
    nowMs += 5000;
    const edited = await bot.telegram.editMessageText(admin, 1, undefined, '✅ Redis снова работает');
    expect(edited).toMatchObject({ text: '✅ Redis снова работает', edit_date: sent.date + 5 });
    expect(edited).not.toHaveProperty('reply_markup');
    expect(fake.messages(admin)).toMatchObject([
      {
        text: '✅ Redis снова работает',
        silent: true,
        buttons: [],
        edits: [{ html: '🚨 <b>Redis &lt;down&gt;</b>\n<i>с 12:00</i>' }],
      },
    ]);
  });

  test('a photo is uploaded as multipart, captioned, replaced and served again', async () => {
    const picture = Input.fromBuffer(samplePicture, 'chart.png');
    const sent = await bot.telegram.sendPhoto(admin, picture, {
      caption: '<b>Неделя</b>',
      parse_mode: 'HTML',
    });
    expect(sent).toMatchObject({ caption: 'Неделя', photo: [{ width: 8, height: 4 }] });
    await bot.telegram.editMessageCaption(admin, sent.message_id, undefined, 'Месяц');
    await bot.telegram.editMessageMedia(admin, sent.message_id, undefined, {
      type: 'photo',
      media: picture,
      caption: 'Год',
    });
    const [shown] = fake.messages(admin);
    expect(shown).toMatchObject({ text: 'Год', edits: [{ text: 'Неделя' }, { text: 'Месяц' }] });
    const served = await fetch(new URL(shown?.photo?.url ?? '', fake.url));
    expect(served.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await served.arrayBuffer()).equals(samplePicture)).toBe(true);
    const notAPhoto = bot.telegram.sendPhoto(admin, Input.fromBuffer(Buffer.from('text')));
    expect((await refusal(notAPhoto)).description).toBe('Bad Request: IMAGE_PROCESS_FAILED');
  });

  test('commands are kept by scope, a pin and a deletion are seen', async () => {
    await bot.telegram.setMyCommands([{ command: 'status', description: 'Состояние' }]);
    expect(await bot.telegram.getMyCommands()).toEqual([{ command: 'status', description: 'Состояние' }]);
    await bot.telegram.sendMessage(group, 'в тему', { message_thread_id: 7 });
    await bot.telegram.pinChatMessage(group, 1);
    await bot.telegram.sendChatAction(group, 'typing');
    expect(fake.messages(group)).toMatchObject([{ thread_id: 7, pinned: true, deleted: false }]);
    await bot.telegram.deleteMessage(group, 1);
    expect(fake.messages(group)).toMatchObject([{ deleted: true }]);
  });
});

describe('what Telegram refuses', () => {
  test.each<[string, number, string, (b: Telegraf) => Promise<unknown>]>([
    ['no such chat', 400, 'chat not found', (b) => b.telegram.sendMessage(5, 'x')],
    ['no text', 400, 'message text is empty', (b) => b.telegram.sendMessage(admin, ' \n ')],
    ['4097 units', 400, 'message is too long', (b) => b.telegram.sendMessage(admin, 'я'.repeat(4097))],
    ['32769 bytes', 400, 'text is too long', (b) => b.telegram.sendMessage(admin, 'a'.repeat(32_769))],
    [
      'a topic that is not there',
      400,
      'message thread not found',
      (b) => b.telegram.sendMessage(group, 'x', { message_thread_id: 8 }),
    ],
    [
      'a reply to nothing',
      400,
      'message to be replied not found',
      (b) => b.telegram.sendMessage(admin, 'x', { reply_parameters: { message_id: 9 } }),
    ],
    [
      'an edit of nothing',
      400,
      'message to edit not found',
      (b) => b.telegram.editMessageText(admin, 9, undefined, 'x'),
    ],
    [
      'a query nobody asked',
      400,
      'query is too old and response timeout expired or query ID is invalid',
      (b) => b.telegram.answerCbQuery('9'),
    ],
    [
      'a button to localhost',
      400,
      "inline keyboard button URL 'http://localhost:3000/d/x' is invalid: Wrong HTTP URL",
      (b) =>
        b.telegram.sendMessage(admin, 'x', {
          reply_markup: { inline_keyboard: [[{ text: 'График', url: 'http://localhost:3000/d/x' }]] },
        }),
    ],
    [
      '65 bytes of callback data',
      400,
      'BUTTON_DATA_INVALID',
      (b) =>
        b.telegram.sendMessage(admin, 'x', {
          reply_markup: { inline_keyboard: [[{ text: 'x', callback_data: 'я'.repeat(33) }]] },
        }),
    ],
    [
      'a tag Telegram has not',
      400,
      'can\'t parse entities: Unsupported start tag "h1" at byte offset 3',
      (b) => b.telegram.sendMessage(admin, 'я <h1>x</h1>', { parse_mode: 'HTML' }),
    ],
  ])('%s', async (_name, code, description, call) => {
    const error = await refusal(call(bot));
    expect(error).toMatchObject({ code, description: `Bad Request: ${description}` });
    expect(fake.messages(admin)).toEqual([]);
  });

  test('the same edit twice, and the message of another bot', async () => {
    await bot.telegram.sendMessage(admin, 'x');
    expect((await refusal(bot.telegram.editMessageText(admin, 1, undefined, 'x'))).description).toContain(
      'message is not modified',
    );
    const other = await refusal(connect(mainToken).telegram.editMessageText(admin, 1, undefined, 'y'));
    expect(other.description).toBe("Bad Request: message can't be edited");
  });

  test('a lenient reply is sent without it', async () => {
    await bot.telegram.sendMessage(admin, 'x', {
      reply_parameters: { message_id: 9, allow_sending_without_reply: true },
    });
    expect(fake.messages(admin)).toMatchObject([{ text: 'x', reply_to: null }]);
  });

  test('tokens: nobody’s is 401, no token at all is 404, a revoked one is 401; no such method is 404', async () => {
    expect(await refusal(connect('333333:nobody').telegram.getMe())).toMatchObject({
      code: 401,
      description: 'Unauthorized',
    });
    expect(await refusal(connect('nonsense').telegram.getMe())).toMatchObject({
      code: 404,
      description: 'Not Found',
    });
    const unknown = await fetch(`${fake.apiRoot}/bot${token}/sendTelepathy`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { ok: false, error_code: 404 }]);
    fake.setBotState('monitor_bot', { revoked: true });
    expect(await refusal(bot.telegram.getMe())).toMatchObject({ code: 401 });
  });

  test('chats that went away: blocked, kicked, missing, migrated', async () => {
    fake.setChatState(admin, { blocked: true });
    fake.setChatState(group, { blocked: true });
    const blocked = await refusal(bot.telegram.sendMessage(admin, 'x'));
    expect(blocked).toMatchObject({ code: 403, description: 'Forbidden: bot was blocked by the user' });
    const kicked = await refusal(bot.telegram.sendMessage(group, 'x'));
    expect(kicked.description).toBe('Forbidden: bot was kicked from the supergroup chat');
    fake.setChatState(admin, { blocked: false, missing: true });
    expect((await refusal(bot.telegram.sendMessage(admin, 'x'))).description).toBe(
      'Bad Request: chat not found',
    );
    fake.setChatState(group, { blocked: false, migratedTo: -1009 });
    const migrated = await refusal(bot.telegram.sendMessage(group, 'x'));
    expect(migrated).toMatchObject({ code: 400, parameters: { migrate_to_chat_id: -1009 } });
    await bot.telegram.sendMessage(-1009, 'x');
    expect(fake.messages(-1009)).toMatchObject([{ text: 'x' }]);
  });

  test('too many messages: 429 with retry_after, and again for who does not wait', async () => {
    for (const text of ['1', '2', '3']) await bot.telegram.sendMessage(admin, text);
    const error = await refusal(bot.telegram.sendMessage(admin, '4'));
    expect(error).toMatchObject({
      code: 429,
      description: 'Too Many Requests: retry after 1',
      parameters: { retry_after: 1 },
    });
    nowMs += 900;
    expect(await refusal(bot.telegram.sendMessage(admin, '4'))).toMatchObject({ code: 429 });
    nowMs += 100;
    await bot.telegram.sendMessage(admin, '4');
    expect(fake.messages(admin).map(({ text }) => text)).toEqual(['1', '2', '3', '4']);
  });
});

describe('polling', () => {
  test('a bot hears commands and pressed buttons, and its answer is seen', async () => {
    bot.command('status', (ctx) =>
      ctx.reply('Всё работает', {
        reply_markup: { inline_keyboard: [[{ text: 'Тише', callback_data: 'mute' }]] },
      }),
    );
    bot.action('mute', (ctx) => ctx.answerCbQuery('Тише на час'));
    const polling = bot.launch();
    fake.say(admin, { text: '/status' });
    const reply = await fake.waitForMessage(admin, ({ text }) => text === 'Всё работает');
    const query = fake.press(admin, { message_id: reply.message_id, data: 'mute' });
    await expect.poll(() => fake.callbackAnswer(query)?.text, { timeout: 200_000 }).toBe('Тише на час');
    bot.stop();
    await polling;
  });

  test('in a group only commands for the bot arrive', async () => {
    fake.say(group, { text: 'просто слова' });
    fake.say(group, { text: '/status@main_bot' });
    fake.say(group, { text: '/status@monitor_bot' });
    const updates = await bot.telegram.getUpdates(0, 100, 0, undefined);
    expect(updates).toMatchObject([{ message: { text: '/status@monitor_bot' } }]);
    const confirmed = (updates[0]?.update_id ?? 0) + 1;
    expect(await bot.telegram.getUpdates(0, 100, confirmed, undefined)).toEqual([]);
  });

  test('a second poller throws the first one out with 409', async () => {
    const first = refusal(bot.telegram.getUpdates(30, 100, 0, undefined));
    await expect.poll(() => fake.requests({ method: 'getUpdates' }).length, { timeout: 200_000 }).toBe(1);
    await fetch(`${fake.apiRoot}/bot${token}/getUpdates?timeout=0`);
    expect(await first).toMatchObject({
      code: 409,
      description: /^Conflict: terminated by other getUpdates/,
    });
  });

  test('a bot with a webhook may not be polled, until somebody takes the webhook away', async () => {
    const main = connect(mainToken);
    expect(await main.telegram.getWebhookInfo()).toMatchObject({ url: 'https://coins.example.com/webhook/' });
    expect(await refusal(main.telegram.getUpdates(0, 1, 0, undefined))).toMatchObject({ code: 409 });
    await main.telegram.deleteWebhook();
    expect(await main.telegram.getUpdates(0, 1, 0, undefined)).toEqual([]);
  });
});
