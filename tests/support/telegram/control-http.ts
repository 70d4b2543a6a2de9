import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Control } from './control.ts';
import { readBody } from './params.ts';
import { ControlError } from './visitor.ts';
import type { World } from './world.ts';

const user = z.strictObject({ id: z.int(), name: z.string(), username: z.string() }).partial().optional();
const bodies = {
  outage: z.strictObject({
    answer: z.enum([
      '429',
      '500',
      '502',
      'hang',
      'reset',
      'slow',
      'accept_then_hang',
      'accept_then_reset',
      'accept_then_502',
    ]),
    times: z.int().positive().optional(),
    method: z.string().optional(),
    chatId: z.int().optional(),
    bot: z.string().optional(),
    retryAfterSeconds: z.int().positive().optional(),
    delayMs: z.int().nonnegative().optional(),
  }),
  press: z.strictObject({ message_id: z.int(), data: z.string(), user }),
  say: z.strictObject({
    text: z.string(),
    user,
    reply_to: z.int().optional(),
    silent: z.boolean().optional(),
  }),
  chatState: z.strictObject({
    blocked: z.boolean().optional(),
    missing: z.boolean().optional(),
    refusal: z.string().nullable().optional(),
    refusedWords: z.string().nullable().optional(),
    migratedTo: z.int().nullable().optional(),
    missingTopics: z.array(z.int()).optional(),
  }),
  botState: z.strictObject({
    revoked: z.boolean().optional(),
    webhookUrl: z.string().optional(),
    pendingUpdates: z.int().nonnegative().optional(),
    lastErrorDate: z.int().nullable().optional(),
    lastErrorMessage: z.string().nullable().optional(),
  }),
};

/** One route of /_/: the method, its path with the variable parts caught, and what it does. */
interface Route {
  method: string;
  path: RegExp;
  run: (control: Control, parts: string[], body: unknown, url: URL) => unknown;
}

const routes: Route[] = [
  { method: 'GET', path: /^\/_\/chats$/, run: (control) => control.chats() },
  { method: 'GET', path: /^\/_\/bots$/, run: (control) => control.bots() },
  {
    method: 'GET',
    path: /^\/_\/chats\/(-?\d+)\/messages$/,
    run: (control, [chat]) => control.messages(Number(chat)),
  },
  {
    method: 'POST',
    path: /^\/_\/chats\/(-?\d+)\/press$/,
    run: (control, [chat], body) => ({ query_id: control.press(Number(chat), bodies.press.parse(body)) }),
  },
  {
    method: 'POST',
    path: /^\/_\/chats\/(-?\d+)\/say$/,
    run: (control, [chat], body) => control.say(Number(chat), bodies.say.parse(body)),
  },
  {
    method: 'POST',
    path: /^\/_\/chats\/(-?\d+)\/state$/,
    run: (control, [chat], body) => control.setChatState(Number(chat), bodies.chatState.parse(body)),
  },
  {
    method: 'POST',
    path: /^\/_\/bots\/(\w+)\/state$/,
    run: (control, [bot = ''], body) => control.setBotState(bot, bodies.botState.parse(body)),
  },
  {
    method: 'GET',
    path: /^\/_\/requests$/,
    run: (control, _parts, _body, { searchParams }) =>
      control.requests({
        method: searchParams.get('method') ?? undefined,
        bot: searchParams.get('bot') ?? undefined,
      }),
  },
  { method: 'GET', path: /^\/_\/outages$/, run: (control) => control.outages() },
  {
    method: 'POST',
    path: /^\/_\/outages$/,
    run: (control, _parts, body) => ({ id: control.addOutage(bodies.outage.parse(body)) }),
  },
  { method: 'DELETE', path: /^\/_\/outages$/, run: (control) => control.clearOutages() },
  {
    method: 'DELETE',
    path: /^\/_\/outages\/(\d+)$/,
    run: (control, [id]) => control.clearOutages(Number(id)),
  },
];

/** Serves /_/: reading what the chats show, and scripting what goes wrong. Errors are JSON. */
export async function serveControl(
  world: World,
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === '/_/events') {
    serveEvents(world, response);
    return;
  }
  const photo = /^\/_\/photos\/([\w-]+)$/.exec(url.pathname)?.[1];
  if (photo !== undefined) {
    servePhoto(world, response, photo);
    return;
  }
  try {
    for (const { method, path, run } of routes) {
      const found = path.exec(url.pathname);
      if (found && method === request.method) {
        const body = method === 'POST' ? await readJson(request) : undefined;
        sendJson(response, 200, run(control, found.slice(1), body, url) ?? { ok: true });
        return;
      }
    }
    sendJson(response, 404, problem('not_found', `no ${request.method ?? ''} ${url.pathname} here`));
  } catch (error) {
    if (error instanceof z.ZodError) sendJson(response, 400, problem('bad_body', z.prettifyError(error)));
    else if (error instanceof ControlError || error instanceof ApiError) {
      sendJson(response, 400, problem('refused', error.message));
    } else throw error;
  }
}

/** Only JSON bodies: a page of another site cannot send one without being asked first. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    throw new ControlError('send a JSON body with content-type application/json');
  }
  try {
    return JSON.parse((await readBody(request)).toString()) as unknown;
  } catch {
    throw new ControlError('the body is not JSON');
  }
}

function serveEvents(world: World, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  const stop = world.listen((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
  response.once('close', stop);
}

function servePhoto(world: World, response: ServerResponse, fileId: string): void {
  const photo = world.photos.get(fileId);
  if (!photo) {
    sendJson(response, 404, problem('not_found', 'no such photo'));
    return;
  }
  const headers = { 'content-type': photo.mime, 'x-content-type-options': 'nosniff' };
  response.writeHead(200, headers).end(photo.bytes);
}

function problem(code: string, message: string): unknown {
  return { error: { code, message } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
