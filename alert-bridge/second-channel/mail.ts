import { createTransport } from 'nodemailer';
import type { SecondChannel } from './channels.ts';

export interface MailOptions {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the start. */
  readonly smtpUrl: string;
  /** Addresses, comma-separated. */
  readonly to: string;
  readonly timeoutMs: number;
}

/** Comes from the account when that is an address, else from the first recipient: every server takes one of the two. */
export function createMail({ smtpUrl, to, timeoutMs }: MailOptions): SecondChannel {
  const user = decodeURIComponent(new URL(smtpUrl).username);
  const from = user.includes('@') ? user : (to.split(',')[0] ?? to).trim();
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  return {
    name: 'e-mail',
    send: async ({ title, text, id }, signal) => {
      const transport = createTransport({ url: smtpUrl, ...timeouts });
      // Nodemailer's own time-outs are of silence: a server that goes on talking is waited for by nobody.
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const cut = new Promise<never>((_resolve, reject) => {
        const giveUp = (): void => reject(Object.assign(new Error('No answer.'), { code: 'ETIMEDOUT' }));
        deadline.addEventListener('abort', giveUp, { once: true });
      });
      try {
        const sent = transport.sendMail({
          from,
          to,
          subject: title,
          text,
          messageId: `<${id}@expensebot-monitoring>`,
          priority: 'high',
        });
        const { rejected } = await Promise.race([sent, cut]);
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
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
