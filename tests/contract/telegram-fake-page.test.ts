/** The chat page in a real browser: it is live, its buttons press, and what a message says stays text. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BROWSER } from '../support/machine/browser.ts';
import { startTelegramFake } from '../support/telegram/index.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const token = '111111:test-monitoring-bot';
const admin = 1001;
let browser: Browser;
let fake: TelegramFake;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch(BROWSER);
});
afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  fake = await startTelegramFake({
    bots: [{ token, username: 'monitor_bot', id: 111_111, name: 'Мониторинг' }],
    chats: [{ id: admin, kind: 'private', title: 'Админ' }],
    limits: { chatBurst: 100 },
  });
  page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'ru-RU' });
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(fake.url);
});
afterEach(async () => {
  await page.close();
  await fake.close();
});

async function call(method: string, params: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${fake.apiRoot}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: admin, parse_mode: 'HTML', ...params }),
  });
  expect(await response.json()).toMatchObject({ ok: true });
}

test('an empty chat says so; messages, edits and commands appear by themselves', async () => {
  await page.getByText('Пока тихо…').waitFor();
  expect(await page.locator('h1').textContent()).toBe('Мониторинг');
  await call('sendMessage', { text: '🚨 <b>Redis недоступен</b>', disable_notification: true });
  await page.locator('strong', { hasText: 'Redis недоступен' }).waitFor();
  expect(await page.locator('.meta').textContent()).toMatch(/^🔕 \d\d:\d\d$/);
  await call('editMessageText', { message_id: 1, text: '✅ <b>Redis работает</b>' });
  await page.locator('.meta', { hasText: 'изменено' }).waitFor();
  expect(await page.locator('.message').count()).toBe(1);
  await page.locator('#text').fill('/status');
  await page.keyboard.press('Enter');
  await page.locator('.mine', { hasText: '/status' }).waitFor();
  expect(complaints).toEqual([]);
});

test('a button presses, and the answer is shown', async () => {
  const reply_markup = { inline_keyboard: [[{ text: 'Тише', callback_data: 'mute' }]] };
  await call('sendMessage', { text: 'x', reply_markup });
  await page.getByRole('button', { name: 'Тише' }).click();
  const answer = await fetch(`${fake.apiRoot}/bot${token}/getUpdates?timeout=5`);
  const { result } = (await answer.json()) as { result: { callback_query: { id: string; data: string } }[] };
  expect(result).toMatchObject([{ callback_query: { data: 'mute' } }]);
  await call('answerCallbackQuery', { callback_query_id: result[0]?.callback_query.id, text: 'Тише на час' });
  await page.getByRole('alert').filter({ hasText: 'Тише на час' }).waitFor();
  expect(complaints).toEqual([]);
});

test('an expandable quote opens, a spoiler shows', async () => {
  const lines = Array.from({ length: 9 }, (_, i) => `строка ${i}`).join('\n');
  await call('sendMessage', {
    text: `<blockquote expandable>${lines}</blockquote><tg-spoiler>тайна</tg-spoiler>`,
  });
  const quote = page.locator('blockquote');
  const closed = (await quote.boundingBox())?.height ?? 0;
  await quote.click();
  expect((await quote.boundingBox())?.height).toBeGreaterThan(closed * 2);
  await page.locator('.spoiler').click();
  expect(await page.locator('.spoiler.open').textContent()).toBe('тайна');
});

test('hostile text stays text', async () => {
  const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'\u202e<b>`;
  const escaped = hostile.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  fake.say(admin, { text: hostile, user: { name: hostile } });
  await call('sendMessage', {
    text: `<b>${escaped}</b> <code>${escaped}</code>`,
    reply_parameters: { message_id: 1 },
    reply_markup: { inline_keyboard: [[{ text: hostile, callback_data: 'x' }]] },
  });
  await page.locator('#m2').waitFor();
  expect(await page.locator('.messages img, .messages script').count()).toBe(0);
  expect(await page.locator('#m2 strong').textContent()).toBe(hostile);
  expect(await page.locator('#m2 .keyboard').textContent()).toBe(hostile);
  expect(complaints).toEqual([]);
});
