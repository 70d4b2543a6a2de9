import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMail } from '../../alert-bridge/fallback/mail.ts';
import { createNtfy } from '../../alert-bridge/fallback/ntfy.ts';
import { readMail, startMailServer, type MailServer } from '../support/bridge/mail-server.ts';

const notice = {
  title: '🚨 База данных не отвечает и ещё 2 (Telegram недоступен)',
  text: 'Redis не отвечает\n'.repeat(3),
  id: 'a-b-1',
  reason: 'telegram_unreachable',
} as const;
const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function read(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function mailServer(): Promise<MailServer> {
  const server = await startMailServer();
  closers.push(() => server.close());
  return server;
}

describe('mail', () => {
  const options = { to: 'admin@example.com, deputy@example.com', timeoutMs: 2_000 };

  it('arrives, from the account, to everybody, with its subject and an id of its own', async () => {
    const { url, mails } = await mailServer();
    await createMail({ ...options, smtpUrl: url }).send(notice, signal);
    expect(mails).toHaveLength(1);
    const [mail = ''] = mails;
    expect(mail).toMatch(/^From: bot@example\.com\r$/m);
    expect(mail).toMatch(/^To: admin@example\.com, deputy@example\.com\r$/m);
    expect(mail).toMatch(/^Message-ID: <a-b-1@expensebot-monitoring>\r$/m);
    expect(readMail(mail)).toEqual({ subject: notice.title, text: notice.text });
  });

  it.each([
    ['a wrong password', (url: string) => url.replace('canary-smtp', 'canary-wrong'), options.to, 'EAUTH'],
    ['a recipient that is refused', (url: string) => url, 'nobody@example.com', 'EENVELOPE'],
    ['a server that is not there', () => 'smtp://bot:canary-smtp@127.0.0.1:1', options.to, 'ESOCKET'],
  ])('says of %s what it is, without an address', async (_what, change, to, code) => {
    const { url } = await mailServer();
    const sent = createMail({ ...options, to, smtpUrl: change(url) }).send(notice, signal);
    const error: Error = await sent.then(
      () => new Error('it was sent'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).toBe(`the mail server did not take the mail (${code})`);
  });
});

interface Posted {
  readonly headers: IncomingMessage['headers'];
  readonly path: string | undefined;
  readonly body: string;
}

async function startNtfy(status: number): Promise<{ url: string; posted: Posted[] }> {
  const posted: Posted[] = [];
  const server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      posted.push({ headers: request.headers, path: request.url, body });
      response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { url: `http://user:canary-ntfy@127.0.0.1:${port}/alerts`, posted };
}

describe('ntfy', () => {
  it('is posted to its topic, urgent, with a readable title, and no longer than a message may be', async () => {
    const { url, posted } = await startNtfy(200);
    const long = 'ж'.repeat(2_500);
    await createNtfy(url, 2_000).send({ ...notice, text: long }, signal);
    const [{ headers, path, body } = { headers: {}, path: '', body: '' }] = posted;
    expect(path).toBe('/alerts');
    expect(headers).toMatchObject({ priority: 'urgent', authorization: `Basic ${btoa('user:canary-ntfy')}` });
    const [, title = ''] = /^=\?UTF-8\?B\?(.+)\?=$/.exec(String(headers['title'])) ?? [];
    expect(Buffer.from(title, 'base64').toString()).toBe(notice.title);
    expect(body).toBe('ж'.repeat(2_000));
  });

  it('that refuses or is not there says so, without its address', async () => {
    const { url } = await startNtfy(403);
    await expect(createNtfy(url, 2_000).send(notice, signal)).rejects.toThrow(/^ntfy answered 403$/);
    await expect(createNtfy('http://127.0.0.1:1/canary', 2_000).send(notice, signal)).rejects.toThrow(
      /^ntfy did not answer$/,
    );
  });
});
