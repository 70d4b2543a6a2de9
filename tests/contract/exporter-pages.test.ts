/** The pages in a real browser, and what is said about them over HTTP. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER } from '../support/machine/browser.ts';
import { contrasts } from '../support/pages/contrast.ts';
import { HOSTILE, scenes } from '../support/pages/scenes.ts';
import { serveScene, type ServedScene } from '../support/pages/server.ts';

let browser: Browser;
const opened: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  browser = await chromium.launch(BROWSER);
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const serve = async (name: keyof typeof scenes, locale: 'ru' | 'en' = 'ru'): Promise<ServedScene> => {
  const served = await serveScene(scenes[name](), { locale, grafanaUrl: 'https://grafana.example.org' });
  opened.push(served);
  return served;
};

interface Look {
  readonly page: Page;
  /** What the console says (violations of the policy among it), errors, and requests elsewhere. */
  readonly complaints: readonly string[];
}

async function look(
  { url }: ServedScene,
  path: string,
  viewport = { width: 390, height: 844 },
): Promise<Look> {
  // Nothing of the pages may need JavaScript.
  const page = await browser.newPage({ viewport, javaScriptEnabled: false });
  opened.push(page);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const own = request.url().startsWith(url) || request.url().startsWith('data:');
    if (!own || request.resourceType() === 'script') complaints.push(request.url());
  });
  await page.goto(url + path);
  return { page, complaints };
}

const SCENES = ['healthy', 'degraded', 'starting', 'nothing', 'frozen', 'hostile'] as const;
const PHONE = { width: 390, height: 844 };
const SMALL = { width: 320, height: 568 };
const DESKTOP = { width: 1280, height: 800 };

describe.each(['/', '/celery'])('%s', (path) => {
  it.each(SCENES)('%s: nothing sticks out at any width, nothing complains', async (name) => {
    const { page, complaints } = await look(await serve(name), path);
    expect(await page.locator('main h1').count()).toBe(1);
    for (const size of [SMALL, PHONE, DESKTOP]) {
      await page.setViewportSize(size);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([size.width, width]).toEqual([size.width, size.width]);
    }
    expect(complaints).toEqual([]);
  });

  it.each(SCENES)('%s is readable, light and dark: contrast of 4.5 and more', async (name) => {
    const { page } = await look(await serve(name), path, DESKTOP);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await contrasts(page);
      expect(found.length).toBeGreaterThan(5);
      expect([colorScheme, found.filter(({ ratio }) => ratio < 4.5)]).toEqual([colorScheme, []]);
    }
  });
});

describe('for people who cannot see it', () => {
  it('there are landmarks, one heading per level and place, a language, and words for each strip and sign', async () => {
    const { page } = await look(await serve('degraded'), '/');
    for (const landmark of ['banner', 'main', 'contentinfo', 'navigation'] as const)
      expect(await page.getByRole(landmark).count()).toBe(1);
    expect(await page.locator('html').getAttribute('lang')).toBe('ru');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Не работает');
    expect(await page.getByRole('heading', { level: 3, name: 'Redis' }).count()).toBe(1);
    const rows = await page.locator('.row').count();
    expect(await page.getByRole('img', { name: /за 2[34] часа/ }).count()).toBe(rows);
    expect(await page.locator('.row .state').allTextContents()).toHaveLength(rows);
    expect(await page.locator('[aria-current=page]').textContent()).toBe('Состояние');
  });
});

describe('in a browser', () => {
  it('what fails, why and since when is on the screen of a phone without scrolling', async () => {
    const { page } = await look(await serve('degraded'), '/', PHONE);
    const hero = await page.locator('.hero').boundingBox();
    expect((hero?.y ?? 0) + (hero?.height ?? PHONE.height)).toBeLessThan(PHONE.height / 2);
    expect(await page.locator('.hero').innerText()).toContain('Redis не отвечает уже 5 минут');
  });

  it('what is not watched opens without JavaScript; links stay below the address of the page', async () => {
    const served = await serve('healthy', 'en');
    const { page } = await look(served, '/', DESKTOP);
    await page.locator('summary').click();
    await page.getByText('DEEPSEEK_API_KEY is not set').waitFor();
    await page.getByRole('link', { name: 'Celery' }).click();
    await page.getByRole('heading', { name: '2 workers reply' }).waitFor();
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByRole('heading', { name: 'All works' }).waitFor();
    expect(page.url()).toBe(`${served.url}/`);
  });

  it('hostile text stays text', async () => {
    const served = await serve('hostile');
    const { page } = await look(served, '/');
    expect(await page.locator('main img, script').count()).toBe(0);
    expect(await page.locator('.row .error').first().textContent()).toBe(
      `ошибка: "${HOSTILE.replace('\u202e', '')}"`,
    );
    await page.goto(`${served.url}/celery`);
    expect(await page.locator('main img, script').count()).toBe(0);
  });
});

describe('over HTTP', () => {
  it.each(['/', '/celery'])(
    '%s is kept by nobody, allows its own style alone, and takes GET and HEAD',
    async (path) => {
      const { url } = await serve('healthy');
      const answer = await fetch(url + path);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect(await answer.text()).not.toMatch(/<script|javascript:| on[a-z]+=| style=/);
      expect((await fetch(url + path, { method: 'HEAD' })).status).toBe(200);
      expect((await fetch(url + path, { method: 'POST' })).status).toBe(405);
    },
  );
});
