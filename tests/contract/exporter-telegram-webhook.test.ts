import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ProbeError, type Collector, type Observation } from '../../exporter/model/collector.ts';
import { telegramWebhookCollector, type WebhookOptions } from '../../exporter/collectors/telegram-webhook.ts';

const TOKEN = '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const WEBHOOK = `https://coins.example.com/webhook/${TOKEN}/`;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const timing = { intervalMs: 60_000, timeoutMs: 5_000, disabledReason: undefined };
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A Bot API that answers everything alike. */
async function botApi(body: unknown, status = 200) {
  const asked: (string | undefined)[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, apiRoot: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

type Options = Partial<WebhookOptions>;

const collectorOf = (apiRoot: string, options: Options = {}): Collector =>
  telegramWebhookCollector(
    {
      access: { token: TOKEN, apiRoot, proxyUrl: undefined },
      expectedUrl: undefined,
      maxPendingUpdates: 100,
      errorWindowMs: 300_000,
      ...options,
    },
    timing,
  );

async function outcome(info: Record<string, unknown>, options?: Options) {
  const { apiRoot, asked } = await botApi({ ok: true, result: info });
  const found = await resultOf(collectorOf(apiRoot, options));
  return { ...found, asked };
}

async function resultOf(collector: Collector): Promise<Partial<Observation> & { error?: string }> {
  try {
    return await collector.collect({ signal: AbortSignal.timeout(60_000), now: NOW });
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { error: error.message, ...error.observation };
  }
}

const figures = ({ samples = [] }: Partial<Observation>): Record<string, number> =>
  Object.fromEntries(
    samples.map(({ family, value }) => [family.name.replace('expensebot_telegram_webhook_', ''), value]),
  );

const secondsAgo = (seconds: number): number => NOW / 1000 - seconds;

describe('telegram_webhook', () => {
  it('asks getWebhookInfo of the main bot, and is well', async () => {
    const found = await outcome({ url: WEBHOOK, pending_update_count: 3 }, { expectedUrl: WEBHOOK });
    expect(found.asked).toEqual([`GET /bot${TOKEN}/getWebhookInfo`]);
    expect(found.error).toBeUndefined();
    expect(figures(found)).toEqual({ pending_updates: 3, url_matches: 1 });
    expect(found.details).toEqual({ webhook_host: 'coins.example.com', pending_updates: 3 });
  });

  it('is content with any webhook, or none, when nothing is expected', async () => {
    for (const url of [WEBHOOK, '']) {
      const found = await outcome({ url, pending_update_count: 0 });
      expect(found.error).toBeUndefined();
      expect(figures(found)).toEqual({ pending_updates: 0 });
    }
  });

  it.each([
    ['', 'Telegram has no webhook for this bot, and EXPECTED_WEBHOOK_URL names one'],
    [
      'https://old.example.com:8443/hook-secret',
      'Telegram delivers to old.example.com:8443, and EXPECTED_WEBHOOK_URL names coins.example.com',
    ],
    [
      WEBHOOK.slice(0, -1),
      'Telegram delivers to another address at coins.example.com than EXPECTED_WEBHOOK_URL names',
    ],
    [WEBHOOK.replace('coins', 'COINS'), undefined],
  ])('compares the address: %s', async (url, sentence) => {
    const found = await outcome({ url, pending_update_count: 0 }, { expectedUrl: WEBHOOK });
    expect(found.error).toBe(sentence);
    expect(figures(found)).toMatchObject({ url_matches: sentence === undefined ? 1 : 0 });
  });

  const failing = (seconds: number, pending: number) => ({
    url: WEBHOOK,
    pending_update_count: pending,
    last_error_date: secondsAgo(seconds),
    last_error_message: 'Wrong response from the webhook: 502 Bad Gateway',
  });

  it.each([
    ['recent, while updates wait', 300, 1, true],
    ['older than the window', 301, 1, false],
    ['recent, but everything was delivered since', 10, 0, false],
  ])('a failed delivery: %s', async (_case, seconds, pending, isFault) => {
    const found = await outcome(failing(seconds, pending));
    expect(found.error).toBe(
      isFault
        ? 'Telegram cannot deliver to the webhook: Wrong response from the webhook: 502 Bad Gateway (updates waiting: 1)'
        : undefined,
    );
    expect(figures(found)).toEqual({
      pending_updates: pending,
      last_error_timestamp_seconds: secondsAgo(seconds),
    });
    expect(found.details).toMatchObject({
      last_error: 'Wrong response from the webhook: 502 Bad Gateway',
    });
  });

  it('counts the updates that wait', async () => {
    expect((await outcome({ url: WEBHOOK, pending_update_count: 100 })).error).toBeUndefined();
    expect((await outcome({ url: WEBHOOK, pending_update_count: 101 })).error).toBe(
      '101 updates wait at Telegram, limit 100',
    );
  });

  it('tells everything that is wrong at once', async () => {
    const found = await outcome({ ...failing(5, 500), url: '' }, { expectedUrl: WEBHOOK });
    expect(found.error?.split('; ')).toHaveLength(3);
  });

  it('shows neither the token nor the path of the webhook, wherever they stand', async () => {
    const expectedUrl = 'https://coins.example.com/other-secret?key=secret-too';
    const message = `SSL error at ${WEBHOOK} /webhook/${TOKEN}/ ${TOKEN} ${expectedUrl} ${'x'.repeat(500)}`;
    const found = await outcome({ ...failing(5, 500), last_error_message: message }, { expectedUrl });
    expect(found.error).toContain('SSL error at …');
    const shown = JSON.stringify([found.error, found.details]);
    expect(shown).not.toMatch(/AAHdq|secret|\/webhook/);
    expect(shown).toContain('coins.example.com');
    expect(shown.length).toBeLessThan(900);
  });

  it('says without the token what Telegram refuses, and who answers instead of it', async () => {
    const refused = await botApi({ ok: false, description: 'Unauthorized' }, 401);
    expect((await resultOf(collectorOf(refused.apiRoot))).error).toBe(
      'token refused: Telegram answers 401 to getWebhookInfo; check TELEGRAM_BOT_TOKEN',
    );
    const other = await botApi({ ok: true, result: true });
    expect((await resultOf(collectorOf(other.apiRoot))).error).toBe(
      'Telegram answers getWebhookInfo with something else',
    );
    const { error } = await resultOf(collectorOf('http://127.0.0.1:1'));
    expect(error).toBe('nothing listens at 127.0.0.1:1 (connection refused)');
  });

  it('is disabled without the token of the main bot', () => {
    const access = { token: undefined, apiRoot: '', proxyUrl: undefined };
    expect(collectorOf('', { access }).disabledReason).toEqual({
      code: 'not_set',
      variable: 'TELEGRAM_BOT_TOKEN',
    });
    expect(collectorOf('').disabledReason).toBeUndefined();
  });
});
