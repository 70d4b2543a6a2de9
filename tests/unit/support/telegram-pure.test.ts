import { describe, expect, test } from 'vitest';
import { ChatStore } from '../../support/telegram/chat-store.ts';
import type { Draft } from '../../support/telegram/chat-store.ts';
import { formatText } from '../../support/telegram/format-text.ts';
import { readImage } from '../../support/telegram/image.ts';
import { readKeyboard } from '../../support/telegram/keyboard.ts';
import { realLimits } from '../../support/telegram/limits.ts';
import { linkProblem } from '../../support/telegram/links.ts';
import { Outages } from '../../support/telegram/outages.ts';
import { pageLanguage } from '../../support/telegram/page-files.ts';
import { samplePicture } from '../../support/telegram/sample-picture.ts';

const text = (raw: string, mode = 'HTML'): ReturnType<typeof formatText> =>
  formatText(raw, mode, 'text', realLimits);

describe('links', () => {
  test.each([
    ['https://grafana.example.com/d/x?from=1', undefined],
    ['example.com', undefined],
    ['https://8.8.8.8/', undefined],
    ['tg://user?id=1', undefined],
    ['http://localhost:3000', 'Wrong HTTP URL'],
    ['localhost:3000', 'Wrong HTTP URL'],
    ['http://grafana:3000/d/x', 'Wrong HTTP URL'],
    ['http://grafana.local/', 'Wrong HTTP URL'],
    ['http://127.0.0.1:9090', 'Wrong HTTP URL'],
    ['http://10.0.0.5/', 'Wrong HTTP URL'],
    ['http://192.168.1.1/', 'Wrong HTTP URL'],
    ['http://[::1]/', 'Wrong HTTP URL'],
    ['http://', 'Wrong HTTP URL'],
    ['', 'URL is empty'],
    ['javascript:alert(1)', 'Unsupported URL protocol'],
    ['ftp://example.com', 'Unsupported URL protocol'],
  ])('%s: %s', (link, problem) => {
    expect(linkProblem(link)).toBe(problem);
  });
});

describe('text', () => {
  test('is trimmed, and entities move with it', () => {
    expect(text('\n <b> жирно </b>\n')).toEqual({
      text: 'жирно',
      entities: [{ type: 'bold', offset: 0, length: 5 }],
    });
  });

  test('is measured after parsing, in UTF-16 units', () => {
    expect(text(`<b>${'я'.repeat(4096)}</b>`).text).toHaveLength(4096);
    expect(() => text('🚨'.repeat(2049))).toThrow('Bad Request: message is too long');
    expect(text('🚨'.repeat(2048)).text).toHaveLength(4096);
    expect(() => formatText('x'.repeat(1025), '', 'caption', realLimits)).toThrow(
      'Bad Request: message caption is too long',
    );
  });

  test('in too many bytes fails before parsing, broken as it may be', () => {
    expect(() => text(`<nonsense>${'a'.repeat(32_768)}`)).toThrow('Bad Request: text is too long');
  });

  test.each([
    ['<b> </b>', 'HTML', 'message text is empty'],
    ['\uD800', '', 'strings must be encoded in UTF-8'],
    ['*x*', 'MarkdownV2', 'unsupported parse_mode'],
    [
      '<a href="http://localhost">x</a>',
      'HTML',
      "text link URL 'http://localhost' is invalid: Wrong HTTP URL",
    ],
  ])('%j as %s is refused', (raw, mode, problem) => {
    expect(() => text(raw, mode)).toThrow(`Bad Request: ${problem}`);
  });

  test('links and commands in plain text are found, but not inside code or words', () => {
    const { entities } = text(
      '/status@monitor_bot https://a.example.com/x. and/or <code>/not</code> 1/2',
      'HTML',
    );
    expect(entities).toEqual([
      { type: 'bot_command', offset: 0, length: 19 },
      { type: 'url', offset: 20, length: 23 },
      { type: 'code', offset: 52, length: 4 },
    ]);
  });
});

describe('keyboards', () => {
  const keyboard = (button: unknown): unknown => readKeyboard({ inline_keyboard: [[button]] }, realLimits);

  test('64 bytes of data pass', () => {
    const button = { text: 'x', callback_data: 'я'.repeat(32) };
    expect(keyboard(button)).toEqual([[button]]);
  });

  test.each([
    [{ text: 'x', callback_data: '' }, 'BUTTON_DATA_INVALID'],
    [{ text: 'x', callback_data: 'a'.repeat(65) }, 'BUTTON_DATA_INVALID'],
    [{ text: ' ', callback_data: 'a' }, 'inline keyboard button text must be non-empty'],
    [{ callback_data: 'a' }, 'can\'t parse inline keyboard button: Can\'t find field "text"'],
    [{ text: 'x' }, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
    [
      { text: 'x', callback_data: 'a', url: 'https://example.com' },
      'inline keyboard button must have exactly one optional field',
    ],
    [
      { text: 'x', url: 'http://grafana:3000' },
      "inline keyboard button URL 'http://grafana:3000' is invalid: Wrong HTTP URL",
    ],
  ])('%j is refused', (button, problem) => {
    expect(() => keyboard(button)).toThrow(`Bad Request: ${problem}`);
  });
});

describe('chats', () => {
  const bot = { token: '1:a', username: 'b', id: 1 };
  const draft = (content: string): Draft => ({
    from: { bot },
    text: content,
    entities: [],
    photo: null,
    buttons: [],
    silent: false,
    replyTo: null,
    topicId: null,
  });

  test('ids count per chat; an edit keeps what was, the same content is no edit', () => {
    const store = new ChatStore([
      { id: 1, kind: 'private', title: 'A' },
      { id: 2, kind: 'private', title: 'B' },
    ]);
    const chat = store.chat(1);
    if (!chat) throw new Error('chat 1 is missing');
    const message = store.add(chat, draft('one'), 10);
    expect(store.add(chat, draft('two'), 11).id).toBe(2);
    expect(store.edit(message, draft('one'), 12)).toBe(false);
    expect(message.editDate).toBeNull();
    expect(store.edit(message, draft('uno'), 13)).toBe(true);
    expect(message).toMatchObject({
      text: 'uno',
      editDate: 13,
      edits: [{ date: 13, text: 'one', html: 'one' }],
    });
    expect(store.chat(2)?.messages).toEqual([]);
  });
});

describe('outages', () => {
  const call = { bot: 'b', method: 'sendMessage', chatId: 1 };

  test('hit what they name, as often as they say', () => {
    const outages = new Outages();
    outages.add({ answer: 'hang', method: 'getUpdates' });
    outages.add({ answer: '429', method: 'SENDMESSAGE', chatId: 1, times: 2 });
    expect(outages.hit({ ...call, chatId: 2 })).toBeUndefined();
    expect([outages.hit(call), outages.hit(call), outages.hit(call)].map((hit) => hit?.answer)).toEqual([
      '429',
      '429',
      undefined,
    ]);
    expect(outages.hit({ ...call, method: 'getUpdates' })?.answer).toBe('hang');
  });

  test('a count that can hit nothing is refused', () => {
    expect(() => new Outages().add({ answer: '500', times: 0 })).toThrow(/outage.times is 0/);
  });
});

describe('pictures', () => {
  test('a PNG is measured, anything else refused', () => {
    expect(readImage(samplePicture)).toMatchObject({ mime: 'image/png', width: 8, height: 4 });
    expect(() => readImage(Buffer.from('<svg/>'))).toThrow('Bad Request: IMAGE_PROCESS_FAILED');
    const wide = Buffer.from(samplePicture);
    wide.writeUInt32BE(9999, 16);
    expect(() => readImage(wide)).toThrow('Bad Request: PHOTO_INVALID_DIMENSIONS');
  });
});

describe('language of the page', () => {
  test.each([
    [null, 'ru-RU,ru;q=0.9,en;q=0.8', 'ru'],
    [null, 'en-GB,en;q=0.9', 'en'],
    [null, 'de-DE, en;q=0.5, ru;q=0.7', 'ru'],
    [null, '', 'ru'],
    ['en', 'ru', 'en'],
    ['xx', 'en', 'en'],
  ])('asked %s, browser %s: %s', (asked, header, language) => {
    expect(pageLanguage(asked, header)).toBe(language);
  });
});
