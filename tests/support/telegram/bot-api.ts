import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import type { Bot } from './bots.ts';
import { methods } from './methods/index.ts';
import { readParams } from './params.ts';
import type { Params } from './params.ts';
import type { OutageRule, RequestEntry } from './types.ts';
import type { World } from './world.ts';

const route = /^\/bot([^/]+)\/(\w+)$/;
const gatewayPage = (status: string): string =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;

/** Serves /bot<token>/<method>. Never rejects: what goes wrong is an answer, as with Telegram. */
export async function serveBotApi(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [, token = '', method = ''] = route.exec(url.pathname) ?? [];
  const entry: RequestEntry = {
    at: world.now(),
    bot: null,
    method,
    params: {},
    outcome: 'pending',
    status: null,
  };
  world.log(entry);
  try {
    const bot = world.bots.byToken(token);
    entry.bot = bot.setup.username;
    const params = await readParams(request, url.searchParams);
    entry.params = params.forLog();
    const chat = Number(params.raw('chat_id') ?? Number.NaN);
    const chatId = Number.isNaN(chat) ? undefined : chat;
    const outage = world.outages.hit({ bot: bot.setup.username, method, chatId });
    if (outage && outage.answer !== 'slow') {
      await suffer(outage, entry, response, () => run(world, bot, method, params, response));
      return;
    }
    if (outage) await delay(outage.delayMs ?? 1000, undefined, { ref: false });
    const result = await run(world, bot, method, params, response);
    Object.assign(entry, { outcome: 'ok', status: 200 });
    sendJson(response, 200, { ok: true, result });
  } catch (error) {
    refuse(entry, response, error);
  }
}

async function run(
  world: World,
  bot: Bot,
  name: string,
  params: Params,
  response: ServerResponse,
): Promise<unknown> {
  const method = methods.get(name.toLowerCase());
  if (!method) throw new ApiError(404, 'Not Found: method not found');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return await method({ world, bot, params, signal: gone.signal });
}

/** Answers in Telegram's place. After accept_then_… the message is in the chat and the sender cannot know. */
async function suffer(
  outage: OutageRule,
  entry: RequestEntry,
  response: ServerResponse,
  accept: () => Promise<unknown>,
): Promise<void> {
  const { answer, retryAfterSeconds = 5 } = outage;
  if (answer.startsWith('accept_then_')) await accept();
  entry.outcome = answer;
  const how = answer.replace('accept_then_', '');
  if (how === 'hang') return;
  if (how === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  entry.status = Number(how);
  if (how === '429') {
    entry.description = `Too Many Requests: retry after ${retryAfterSeconds}`;
    const parameters = { retry_after: retryAfterSeconds };
    response.setHeader('retry-after', retryAfterSeconds);
    sendJson(response, 429, { ok: false, error_code: 429, description: entry.description, parameters });
    return;
  }
  const page = gatewayPage(how === '502' ? '502 Bad Gateway' : '500 Internal Server Error');
  response.writeHead(Number(how), { 'content-type': 'text/html' }).end(page);
}

function refuse(entry: RequestEntry, response: ServerResponse, error: unknown): void {
  const known = error instanceof ApiError;
  if (!known) console.error('telegram fake: a method failed', error);
  const { code, message, parameters } = known ? error : new ApiError(500, 'Internal Server Error');
  Object.assign(entry, { outcome: 'error', status: code, description: message });
  if (parameters?.retry_after !== undefined) response.setHeader('retry-after', parameters.retry_after);
  sendJson(response, code, {
    ok: false,
    error_code: code,
    description: message,
    ...(parameters ? { parameters } : {}),
  });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
