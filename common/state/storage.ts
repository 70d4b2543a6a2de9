/** What is wrong with the disk, and what is wrong with a file on it: the first passes, the second never does. */
import { existsSync, lstatSync, renameSync } from 'node:fs';
import { createServer } from 'node:http';
import type { ListenAddress } from '../env/reader.ts';

const PASSING =
  /^(?:SQLITE_(?:BUSY|LOCKED|FULL|READONLY|IOERR|CANTOPEN|PERM|AUTH|NOMEM)|ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO|EMFILE|ENFILE|ENOMEM|EBUSY)/;

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Full, read-only, locked, failing, or not allowed: the file itself may be whole, and is left where it is. */
export const isStorageTrouble = (error: unknown): boolean => PASSING.test(codeOf(error));

/** Another process holds the file: that passes by itself, within moments as a rule. */
export const isLocked = (error: unknown): boolean => /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error));

/** The end of the name of what was set aside. @param now Unix ms */
export const asideSuffix = (reason: AsideReason, now: number): string =>
  `.${reason}-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;

/** Why something was set aside: it cannot be read, another key has sealed it, a newer release has written it. */
export type AsideReason = 'damaged' | 'other-key' | 'newer';

/** Moves a file or a folder out of the way under a name that tells when; undefined where there is nothing. */
export function moveAside(path: string, now: number, reason: AsideReason = 'damaged'): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  let aside = path + asideSuffix(reason, now);
  // Twice within a second: neither is overwritten.
  for (let at = now + 1_000; existsSync(aside); at += 1_000) aside = path + asideSuffix(reason, at);
  renameSync(path, aside);
  return aside;
}

const RETRY_MS = 1_000;

/**
 * Opens what the service keeps. While the disk is full, read-only or locked it is tried again, the service says once that
 * it waits, and answers at its address: alive, not ready, and 503 to every post, so that senders try again.
 * @throws what `open` throws for any other reason
 */
export async function whenStorageAllows<T>(
  open: () => T,
  { listen, say }: { readonly listen: ListenAddress; readonly say: (sentence: string) => void },
): Promise<T> {
  let waiting: ReturnType<typeof answerMeanwhile> | undefined;
  for (;;) {
    try {
      const opened = open();
      await waiting?.close();
      if (waiting !== undefined) say('What this service keeps can be written again.');
      return opened;
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (!isStorageTrouble(cause) || isTaken(error)) {
        await waiting?.close();
        throw error;
      }
      if (waiting === undefined) {
        const sentence = `What this service keeps cannot be used now (${codeOf(cause)}): is the disk full, read-only or locked?`;
        say(`${sentence} Nothing is lost or set aside; it is tried again every ${RETRY_MS / 1000} s.`);
        waiting = answerMeanwhile(listen, sentence);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Another process of the same service holds the folder: that is no trouble of the disk. */
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'isTaken' in error && error.isTaken === true;

function answerMeanwhile({ host, port }: ListenAddress, reason: string): { close(): Promise<void> } {
  const end = (): never => process.exit(0);
  process.once('SIGTERM', end).once('SIGINT', end);
  const server = createServer((request, response) => {
    const isAlive = request.url === '/-/healthy';
    const body = isAlive
      ? { status: 'healthy' }
      : { error: { code: 'storage_unavailable', message: reason } };
    response.writeHead(isAlive ? 200 : 503, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  // Where the address is taken too, that is said once the service itself listens.
  server.on('error', () => undefined).listen(port, host);
  return {
    close: () =>
      new Promise((resolve) => {
        process.off('SIGTERM', end).off('SIGINT', end);
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
