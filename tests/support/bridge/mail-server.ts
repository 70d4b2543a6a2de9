import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  /** With the account's password in it. */
  readonly url: string;
  /** As they came, with their headers. */
  readonly mails: readonly string[];
  close(): Promise<void>;
}

/** A real SMTP server on loopback: takes mail of one account only, and refuses the recipient `nobody`. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'bot@example.com' && password === 'canary-smtp'
        ? done(null, { user: username })
        : done(new Error('wrong password')),
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('nobody') ? new Error(`no such user: ${address}`) : null),
    onData: (stream, _session, done) => {
      // A bridge that is killed while it sends leaves half a mail.
      text(stream).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://bot%40example.com:canary-smtp@127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a mail of nodemailer says, decoded. */
export function readMail(mail: string): { readonly subject: string; readonly text: string } {
  // Encoded words, RFC 2047: in base64, or where that is shorter in its own quoted-printable.
  const subject = [...mail.matchAll(/=\?UTF-8\?([BQ])\?([^?]+)\?=/g)]
    .map(([, encoding, part = '']) =>
      encoding === 'B' ? Buffer.from(part, 'base64').toString() : unquote(part.replaceAll('_', ' ')),
    )
    .join('');
  const body = mail.slice(mail.indexOf('\r\n\r\n') + 4);
  const isQuoted = /^Content-Transfer-Encoding: quoted-printable\r$/m.test(mail);
  return {
    subject,
    text: isQuoted ? unquote(body) : Buffer.from(body.replaceAll(/\s/g, ''), 'base64').toString(),
  };
}

/** Quoted-printable (RFC 2045, 6.7). */
function unquote(body: string): string {
  const joined = body.replaceAll('=\r\n', '');
  return decodeURIComponent(joined.replaceAll('%', '%25').replaceAll(/=([0-9A-F]{2})/g, '%$1'));
}
