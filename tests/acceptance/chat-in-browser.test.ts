/**
 * What an administrator lives through, pressed and typed on a phone-sized chat page: every answer comes from the built
 * services and a real Alertmanager. `UPDATE_IMAGES=1` takes the pictures of the README anew.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { BROWSER } from '../support/machine/browser.ts';
import { startChain, type Chain } from '../support/bridge/chain.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';
import { noonZone } from '../support/machine/noon-zone.ts';
import { until } from '../support/machine/until.ts';

const WAIT_MS = 120_000;
const zone = noonZone();
const config = (hours: number, pictures: boolean): string => {
  const at = DateTime.now().setZone(zone).plus({ hours }).toFormat('HH:mm');
  return `tell_start_and_stop: false
report: { at: "${at}", give_up_at: "23:59" }
pictures: { enabled: ${String(pictures)} }
`;
};

let chain: Chain;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  chain = await startChain({
    shared: { TIMEZONE: zone },
    // A chain that is some seconds old has nothing to draw.
    bridgeConfig: config(2, false),
    // Neither how busy the test machine is nor a bridge that is started again is the matter.
    rules: ['components.yml'],
  });
  browser = await chromium.launch(BROWSER);
  page = await browser.newPage({
    viewport: { width: 390, height: 844 },
    locale: 'ru-RU',
    timezoneId: zone,
  });
  page.setDefaultTimeout(WAIT_MS);
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(chain.telegram.url);
});
afterAll(async () => {
  await browser.close();
  await chain.close();
});

afterEach(async () => {
  const overflowing = await page.evaluate(`[...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(({ outerHTML }) => outerHTML)`);
  expect(overflowing).toEqual([]);
  expect(complaints).toEqual([]);
});

const picture = async (name: string): Promise<void> => {
  if (process.env['UPDATE_IMAGES'] !== '1') return;
  await page.locator('#toast').waitFor({ state: 'hidden' });
  await page.screenshot({ path: join(PROJECT_ROOT, 'docs/images', `${name}.png`) });
};

/** The newest message that says so. */
const saying = (words: string | RegExp): Locator => page.locator('.message', { hasText: words }).last();

/** Types it and gives the answer: the message after it. */
async function ask(text: string): Promise<Locator> {
  await page.locator('#text').fill(text);
  await page.keyboard.press('Enter');
  const asked = page.locator('.message.mine', { hasText: text }).last();
  const answer = asked.locator('xpath=following-sibling::article').first();
  await answer.waitFor();
  return answer;
}

const button = (message: Locator, name: string): Locator => message.getByRole('button', { name });

interface SilenceView {
  readonly createdBy: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}
const activeSilences = async (): Promise<readonly SilenceView[]> => {
  const answer = await fetch(`${chain.alertmanager.url}/api/v2/silences`);
  return ((await answer.json()) as SilenceView[]).filter(({ status }) => status.state === 'active');
};

it('an alert comes with buttons, is taken, muted for an hour and unmuted', async () => {
  await chain.redis.stop();
  const incident = saying(/^🚨.*Redis/);
  await button(incident, '🔕 1 ч').waitFor();

  await button(incident, '👀 Беру').click();
  await page.getByRole('alert').filter({ hasText: 'Взяли вы' }).waitFor();
  await incident.filter({ hasText: /👀 Занимается Админ, с \d\d:\d\d/ }).waitFor();
  expect(await button(incident, '👀 Беру').count()).toBe(0);

  await button(incident, '🔕 1 ч').click();
  const preview = saying('Не придёт 1 критический алерт.');
  await button(preview, 'Заглушить').waitFor();
  expect(await activeSilences()).toEqual([]);
  await picture('chat-mute');

  await button(preview, 'Заглушить').click();
  const muted = saying('заглушено до');
  await button(muted, 'Включить').waitFor();
  const [silence, ...others] = await activeSilences();
  expect(others).toEqual([]);
  expect(silence?.createdBy).toBe('Админ');
  // Alertmanager begins it when it hears of it.
  const lastsMs = Date.parse(silence?.endsAt ?? '') - Date.parse(silence?.startsAt ?? '');
  expect(lastsMs).toBeGreaterThan(3_590_000);
  expect(lastsMs).toBeLessThanOrEqual(3_600_000);

  await button(muted, 'Включить').click();
  const over = saying('снова включено');
  await over.filter({ hasText: '· Админ, ' }).waitFor();
  expect(await over.locator('.keyboard').count()).toBe(0);
  await until(activeSilences, (list) => list.length === 0);
});

it('commands are answered, from what really is', async () => {
  const status = await ask('/status');
  expect(await status.textContent()).toMatch(/Не работает.*🔴 Redis — .*: соединение отклонено \(/s);
  expect(await status.textContent()).toMatch(/Активные алерты: \d+ \(критическ/);
  expect(await (await ask('/alerts')).textContent()).toMatch(/🚨.*Redis/);
  expect(await (await ask('/help')).textContent()).toContain('/silences —');
});

it('what is over turns green, says how long it took, and has no buttons left', async () => {
  await chain.redis.restart();
  const incident = saying(/^✅ Redis снова отвечает[^]*👀 Занимается Админ/);
  await incident.waitFor();
  await saying(/^✅ Redis снова отвечает\s*Сбой длился/).waitFor();
  expect(await incident.textContent()).toMatch(/✅ Redis снова отвечает.*(\d+ с|\d+ мин)/s);
  expect(await incident.locator('.keyboard').count()).toBe(0);
  // The reply quotes the message as it reads now.
  await page
    .locator('.reply', { hasText: /✅ Redis снова отвечает/ })
    .last()
    .waitFor();
  await page.evaluate(`document.querySelector('#messages').scrollTop = 0`);
  await picture('chat-incident');
});

it('a storm is one message that counts and names', async () => {
  const alerts = ['WorkerDown', 'WorkerSlow', 'WorkerMemoryHigh'].flatMap((alertname) =>
    Array.from({ length: 13 }, (_, index) => ({
      labels: { alertname, component: `worker-${index + 1}`, severity: 'warning' },
      annotations: { summary: `${alertname}: worker-${index + 1}` },
      startsAt: new Date().toISOString(),
    })),
  );
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(alerts) };
  expect((await fetch(`${chain.alertmanager.url}/api/v2/alerts`, request)).status).toBe(200);
  const digest = saying(/предупрежден/);
  // It grows by edits, at the chat's pace.
  await digest.filter({ hasText: /⚠️ Сразу 3\d предупрежден/ }).waitFor();
  expect(await digest.textContent()).toMatch(/WorkerSlow — \d+/);
  // The few that came before it was one.
  expect(await page.locator('.message', { hasText: 'worker-' }).count()).toBeLessThan(10);
  await page.evaluate(`document.querySelector('#messages').scrollTop = 1e6`);
  await picture('chat-storm');
});

it('the daily report comes with its picture', async () => {
  await chain.bridge.stop();
  writeFileSync(join(chain.bridge.folder, 'config.yml'), config(-1, true));
  await chain.bridge.restart();
  const report = saying(/Ежедневный отчет за/);
  await report.filter({ hasText: /Активных вчера: \d/ }).waitFor();
  const follows = page.locator('.message', { has: page.locator('.reply', { hasText: 'Ежедневный отчет' }) });
  await follows.locator('.photo').scrollIntoViewIfNeeded();
  await expect
    .poll(() => page.evaluate(`[...document.querySelectorAll('.photo')].at(-1).naturalWidth`))
    .toBeGreaterThan(300);
  await picture('chat-report');
});
