import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { aiApiCollector } from '../../exporter/collectors/ai-api.ts';
import { AI_PROVIDERS, type AiProvider } from '../../exporter/collectors/ai-providers.ts';
import { ProbeError, type Collector } from '../../exporter/model/collector.ts';
import { telegramApiCollector } from '../../exporter/collectors/telegram-api.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';

const TOKEN = '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const KEY = 'key-that-is-secret';
const timing = { intervalMs: 60_000, timeoutMs: 5_000, disabledReason: undefined };
const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: Server | TcpServer): Promise<{ readonly port: number }> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

/** Answers everything with one status and body, and remembers who asked for what. */
async function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: { url: string | undefined; headers: IncomingMessage['headers'] }[] = [];
  const server = await listen(
    createServer((incoming, response) => {
      asked.push({ url: incoming.url, headers: incoming.headers });
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    }),
  );
  return { asked, url: `http://127.0.0.1:${server.port}`, host: `127.0.0.1:${server.port}` };
}

async function outcome(collector: Collector, deadlineMs = 60_000): Promise<string> {
  try {
    await collector.collect({ signal: AbortSignal.timeout(deadlineMs), now: 0 });
    return 'ok';
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    expect(error.message).not.toContain(TOKEN);
    expect(error.message).not.toContain(KEY);
    return error.message;
  }
}

const telegram = (apiRoot: string, proxyUrl?: string, token: string | undefined = TOKEN): Collector =>
  telegramApiCollector({ token, apiRoot, proxyUrl }, timing);

describe('telegram_api', () => {
  it('asks getMe of the API root with the token', async () => {
    const { asked, url } = await answering(200, { ok: true, result: { id: 1 } });
    expect(await outcome(telegram(`${url}/root`))).toBe('ok');
    expect(asked.map((one) => one.url)).toEqual([`/root/bot${TOKEN}/getMe`]);
  });

  it.each([
    [
      401,
      { ok: false, description: 'Unauthorized' },
      'token refused: Telegram answers 401 to getMe; check MONITORING_BOT_TOKEN',
    ],
    [
      404,
      { ok: false, description: 'Not Found' },
      'token refused: Telegram answers 404 to getMe; check MONITORING_BOT_TOKEN',
    ],
    [
      429,
      { ok: false, description: 'Too Many Requests: retry after 5' },
      'Telegram answers 429: Too Many Requests: retry after 5',
    ],
  ])('tells what an answer of %i means', async (status, body, sentence) => {
    const { url } = await answering(status, body);
    expect(await outcome(telegram(url))).toBe(sentence);
  });

  it('does not take an error page, a redirect or a captive portal for the Bot API', async () => {
    const page = await answering(502, '<html>Bad Gateway</html>');
    expect(await outcome(telegram(page.url))).toBe(
      `${page.host} answered 502 with something that is not the Bot API`,
    );
    const portal = await answering(200, '<html>Please log in</html>');
    expect(await outcome(telegram(portal.url))).toContain('something that is not the Bot API');
    const good = await answering(200, { ok: true });
    const redirect = await answering(302, '', { location: good.url });
    expect(await outcome(telegram(redirect.url))).toContain('answered 302');
    expect(good.asked).toEqual([]);
  });

  it('ends at its deadline when nothing is answered', async () => {
    const silent = await listen(createTcpServer(() => undefined));
    expect(await outcome(telegram(`http://127.0.0.1:${silent.port}`), 200)).toContain('127.0.0.1');
  });

  it('says without the token what is wrong with the connection', async () => {
    expect(await outcome(telegram('http://127.0.0.1:1'))).toBe(
      'nothing listens at 127.0.0.1:1 (connection refused)',
    );
    expect(await outcome(telegram(`https://${UNKNOWN_HOST}`))).toBe(
      `the name of ${UNKNOWN_HOST} is not known to DNS`,
    );
  });

  it('is disabled without a token', () => {
    const reason = telegramApiCollector(
      { token: undefined, apiRoot: '', proxyUrl: undefined },
      timing,
    ).disabledReason;
    expect(reason).toEqual({ code: 'none_set', one: 'MONITORING_BOT_TOKEN', other: 'TELEGRAM_BOT_TOKEN' });
    expect(telegram('http://x').disabledReason).toBeUndefined();
  });

  it('goes through an HTTP proxy', async () => {
    const target = await answering(200, { ok: true });
    const seen: (string | undefined)[] = [];
    const proxy = await listen(
      createServer((incoming, response) => {
        seen.push(incoming.url);
        incoming.pipe(
          request(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          }),
        );
      }),
    );
    expect(await outcome(telegram(target.url, `http://127.0.0.1:${proxy.port}`))).toBe('ok');
    expect(seen).toHaveLength(1);
    expect(target.asked).toHaveLength(1);
  });

  it('goes through a SOCKS5 proxy, and fails when the proxy is away', async () => {
    const target = await answering(200, { ok: true });
    let tunnels = 0;
    const proxy = await listen(createTcpServer((client) => socks5(client, () => (tunnels += 1))));
    expect(await outcome(telegram(target.url, `socks5://127.0.0.1:${proxy.port}`))).toBe('ok');
    expect(tunnels).toBe(1);
    expect(await outcome(telegram(target.url, 'socks5://127.0.0.1:1'))).not.toBe('ok');
    expect(target.asked).toHaveLength(1);
  });
});

/** RFC 1928 as far as one CONNECT to an IPv4 address needs it. */
function socks5(client: Socket, onTunnel: () => void): void {
  client.once('data', () => {
    client.write(Buffer.from([5, 0]));
    client.once('data', (ask) => {
      const target = connect(ask.readUInt16BE(8), ask.subarray(4, 8).join('.'), () => {
        onTunnel();
        client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        client.pipe(target).pipe(client);
      });
      target.on('error', () => client.destroy());
    });
  });
}

const MODELS = [200, { data: [{ id: 'model' }] }] as const;
const GOOD_ANSWERS: Readonly<Record<AiProvider['name'], readonly [number, unknown]>> = {
  openai_api: MODELS,
  google_ai_api: [200, { models: [{ name: 'model' }] }],
  deepseek_api: MODELS,
  qwen_api: MODELS,
  openrouter_api: [200, { data: { label: 'x', limit_remaining: null } }],
  yandex_api: [404, { error: { grpcCode: 5, httpCode: 404, message: 'not found' } }],
};

describe.each(AI_PROVIDERS)('$name', (provider) => {
  const probe = (baseUrl: string, keys = [{ name: provider.keyVariable as string, value: KEY }]): Collector =>
    aiApiCollector({ provider, keys, baseUrl }, timing);
  const good = GOOD_ANSWERS[provider.name];

  it('asks what costs nothing, with the key in a header', async () => {
    const { asked, url } = await answering(...good);
    expect(await outcome(probe(`${url}/v1`))).toBe('ok');
    expect(asked[0]?.url).toBe(`/v1${provider.path}`);
    expect(JSON.stringify(asked[0]?.headers)).toContain(KEY);
  });

  it.each([
    [401, {}, `key refused: ${provider.title} answers 401; check ${provider.keyVariable}`],
    [403, {}, `key refused: ${provider.title} answers 403; check ${provider.keyVariable}`],
    [
      400,
      { error: { details: [{ reason: 'API_KEY_INVALID' }] } },
      `key refused: ${provider.title} answers 400; check ${provider.keyVariable}`,
    ],
    [404, '<html>Not Found</html>', `${provider.title} answers 404 to the check of the key`],
    [429, {}, `${provider.title} answers 429: the quota or the rate limit of the key is used up`],
    [500, {}, `${provider.title} answers 500 to the check of the key`],
    [
      200,
      { hello: 'world' },
      `${provider.title} answers something else than its API; check ${provider.baseUrlVariable}`,
    ],
    [
      200,
      'not JSON',
      `${provider.title} answers something else than its API; check ${provider.baseUrlVariable}`,
    ],
  ])('tells what an answer of %i means', async (status, body, sentence) => {
    const { url } = await answering(status, body);
    expect(await outcome(probe(url))).toBe(sentence);
  });

  it('asks with every key that is taken in turn, and names the one that is refused', async () => {
    const server = await listen(
      createServer((incoming, response) => {
        const isGood = JSON.stringify(incoming.headers).includes('good');
        response.writeHead(isGood ? good[0] : 401).end(JSON.stringify(good[1]));
      }),
    );
    const keys = ['good-1', 'revoked', 'good-2'].map((value, index) => ({ name: `KEY_${index + 1}`, value }));
    expect(await outcome(probe(`http://127.0.0.1:${server.port}`, keys))).toBe(
      `key refused: ${provider.title} answers 401; check KEY_2`,
    );
  });

  it('is disabled without a key, and says so', () => {
    const { disabledReason } = probe('', []);
    expect(disabledReason).toEqual({ code: 'not_set', variable: provider.keyVariable });
  });
});

describe('what only one provider says', () => {
  const probe = (name: string, baseUrl: string, folder?: string): Collector => {
    const provider = AI_PROVIDERS.find((one) => one.name === name);
    if (provider === undefined) throw new Error(`no provider ${name}`);
    const keys = [{ name: provider.keyVariable, value: KEY }];
    return aiApiCollector({ provider, keys, baseUrl, folder }, timing);
  };

  it.each([0, -0.5])('OpenRouter: that %d are left of the limit of the key', async (left) => {
    const { url } = await answering(200, { data: { limit_remaining: left } });
    expect(await outcome(probe('openrouter_api', url))).toBe(
      'OpenRouter: the limit of the key in OPENROUTER_API_KEY is used up',
    );
  });

  it('Yandex: in which folder; and that the number of the recognition is none', async () => {
    const good = await answering(400, { code: 3, message: 'invalid operation id' });
    expect(await outcome(probe('yandex_api', good.url, 'b1g-folder'))).toBe('ok');
    expect(good.asked[0]?.headers).toMatchObject({
      authorization: `Api-Key ${KEY}`,
      'x-folder-id': 'b1g-folder',
    });
    const other = await answering(403, { error: { grpcCode: 7 } });
    expect(await outcome(probe('yandex_api', other.url, 'b1g-folder'))).toBe(
      'key refused: Yandex SpeechKit answers 403; check YANDEX_API_KEY or YANDEX_FOLDER_ID',
    );
  });
});

it('watches the providers of the contract', () => {
  expect(AI_PROVIDERS.map(({ name }) => name)).toEqual([
    'openai_api',
    'google_ai_api',
    'deepseek_api',
    'qwen_api',
    'openrouter_api',
    'yandex_api',
  ]);
});
