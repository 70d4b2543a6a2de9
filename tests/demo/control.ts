/** How `demo:break` and `demo:heal` reach the running demo: HTTP on a loopback port that the demo's folder names. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { urlOf } from './addresses.ts';
import { DemoError } from './arguments.ts';
import type { Trouble } from './troubles.ts';

const FILE = 'control.json';
const fileSchema = z.strictObject({ url: z.string(), token: z.string() });
const answerSchema = z.strictObject({ ok: z.boolean(), text: z.string() });
type Answer = z.infer<typeof answerSchema>;

export type Verb = 'break' | 'heal';
/** Redis' restart is fast; the exporter may take the seconds of its orderly end. */
const ANSWER_TIMEOUT_MS = 45_000;

/** Serves until closed. Commands run one after the other. */
export async function startControl(
  folder: string,
  troubles: readonly Trouble[],
): Promise<{ close(): Promise<void> }> {
  const token = randomBytes(18).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);
  let queue: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const send = (status: number, answer: Answer) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      send(401, { ok: false, text: 'Wrong token.' });
      return;
    }
    const [, verb, name] = (request.url ?? '').split('/');
    if (request.method !== 'POST' || (verb !== 'break' && verb !== 'heal')) {
      send(404, { ok: false, text: 'POST /break/<name> or /heal/<name>.' });
      return;
    }
    queue = queue.then(async () => {
      try {
        send(200, await obey(verb, decodeURIComponent(name ?? ''), troubles));
      } catch (error) {
        send(200, { ok: false, text: error instanceof Error ? error.message : String(error) });
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const file = join(folder, FILE);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify({ url: `http://127.0.0.1:${port}`, token }), { mode: 0o600 });
  return {
    close: async () => {
      rmSync(file, { force: true });
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function obey(verb: Verb, name: string, troubles: readonly Trouble[]): Promise<Answer> {
  if (name === '') return { ok: true, text: describe(verb, troubles) };
  const trouble = troubles.find((candidate) => candidate.name === name);
  if (trouble === undefined) {
    return { ok: false, text: `There is no "${name}" to ${verb}.\n${describe(verb, troubles)}` };
  }
  const isDone = trouble.isBroken() === (verb === 'break');
  if (isDone)
    return {
      ok: true,
      text: `Nothing to do: ${name} is ${verb === 'break' ? 'already broken' : 'not broken'}.`,
    };
  await trouble[verb]();
  const chat = urlOf('telegram');
  return verb === 'break'
    ? {
        ok: true,
        text: `Broken: ${trouble.about}. ${trouble.afterBreak} ${chat}\nHeal it with: npm run demo:heal ${name}`,
      }
    : { ok: true, text: `Healed: ${name}. ${trouble.afterHeal} ${chat}` };
}

function describe(verb: Verb, troubles: readonly Trouble[]): string {
  const lines = troubles.map(
    ({ name, about, isBroken }) => `  ${name.padEnd(10)}${isBroken() ? '[broken now] ' : ''}${about}`,
  );
  return [`npm run demo:${verb} NAME, where NAME is one of:`, ...lines].join('\n');
}

/**
 * Asks the running demo. An empty name asks for the list.
 * @throws DemoError when no demo runs in the folder, or when it refuses.
 */
export async function askDemo(folder: string, verb: Verb, name: string | undefined): Promise<string> {
  const answer = await send(folder, `${verb}/${encodeURIComponent(name ?? '')}`);
  if (!answer.ok) throw new DemoError(answer.text);
  return answer.text;
}

async function send(folder: string, path: string): Promise<Answer> {
  try {
    const { url, token } = fileSchema.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8')));
    const response = await fetch(`${url}/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return answerSchema.parse(await response.json());
  } catch (error) {
    // No file, nobody there, or, after a kill, somebody else on that port: all the same to the person who asks.
    throw new DemoError(
      `No demo is running in ${folder}: start it with npm run demo, and wait until it is ready.`,
      {
        cause: error,
      },
    );
  }
}
