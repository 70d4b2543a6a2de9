import { createTransport } from 'nodemailer';
import { within } from '../../common/time/within.ts';
import type { FallbackSender } from './fallback-sender.ts';

export interface MailOptions {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the start. */
  readonly smtpUrl: string;
  /** Addresses, comma-separated. */
  readonly to: string;
  readonly timeoutMs: number;
}

/** Comes from the account when that is an address, else from the first recipient: every server takes one of the two. */
export function createMail({ smtpUrl, to, timeoutMs }: MailOptions): FallbackSender {
  const user = decodeURIComponent(new URL(smtpUrl).username);
  const from = user.includes('@') ? user : (to.split(',')[0] ?? to).trim();
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  return {
    name: 'e-mail',
    send: async ({ title, text, id }, signal) => {
      const transport = createTransport({ url: smtpUrl, ...timeouts });
      const mail = {
        from,
        to,
        subject: title,
        text,
        messageId: `<${id}@expensebot-monitoring>`,
        priority: 'high',
      } as const;
      try {
        // Nodemailer's own time-outs are of silence: a server that goes on talking is waited for by nobody.
        const { rejected } = await within(timeoutMs, signal, (limited) =>
          transport.sendMail({ ...mail, signal: limited }),
        );
        if (rejected.length > 0) throw new MailRefused(rejected.length);
      } catch (error) {
        throw new Error(`the mail server did not take the mail (${reasonOf(error)})`, { cause: error });
      } finally {
        transport.close();
      }
    },
  };
}

class MailRefused extends Error {
  readonly code: string;

  constructor(recipients: number) {
    super('Recipients were refused.');
    this.code = `${recipients} refused`;
  }
}

/** Nodemailer's own word (https://nodemailer.com/smtp/#error-codes); its sentences hold addresses. */
const reasonOf = (error: unknown): string =>
  error instanceof DOMException && error.name === 'TimeoutError'
    ? 'ETIMEDOUT'
    : error instanceof Error && 'code' in error
      ? String(error.code)
      : 'unknown reason';
