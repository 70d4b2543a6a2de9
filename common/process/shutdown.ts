import { inspect } from 'node:util';
import { OperatorError } from './operator-error.ts';
import { redactEnvironment } from '../env/redact.ts';
import { captureError, flushSentry } from '../sentry/capture.ts';

/** A running service: what `main.ts` has wired. */
export interface Service {
  /** Stops accepting, settles work in flight and closes everything. Must end within the deadline. */
  stop(): Promise<void>;
  /**
   * Notes a fault that nobody caught: thrown in a handler of an event or a timer, or in a promise that nobody awaits.
   * The service goes on: what it watches and what it is sent must not be able to end it.
   */
  onUnexpected(error: unknown): void;
  /** What SIGHUP asks of a daemon. A service without it takes no notice of the signal. */
  reload?(): void;
}

/** Time from the signal to the exit, in ms: containers and people lose patience soon after. */
const SHUTDOWN_DEADLINE_MS = 4_500;

const SENTRY_FLUSH_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Of a terminal that is closed under a program run by a person. */
export const HANG_UP = 'SIGHUP';

/** One Ctrl-C arrives several times: from the terminal, from npm and from `npm start`'s parent process. */
const SAME_REQUEST_MS = 1_000;

/**
 * Settles when the process was asked to end; asked again by an impatient person, it ends at once.
 * @param more signals that ask for it beside SIGINT and SIGTERM
 */
export function terminationRequested(...more: readonly NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    let requestedAt: number | undefined;
    const onSignal = (): void => {
      const now = performance.now();
      requestedAt ??= now;
      if (now - requestedAt > SAME_REQUEST_MS) process.exit(1);
      resolve();
    };
    for (const signal of [...SIGNALS, ...more]) process.on(signal, onSignal);
  });
}

/**
 * Starts a service, runs it until SIGINT or SIGTERM, stops it and exits: 0 when everything was settled in
 * time, the error's own code with one sentence on stderr for what the operator can mend, 1 otherwise.
 */
export async function runService(start: () => Promise<Service>): Promise<never> {
  // Whatever is written from here on, by whichever library, is for this user only.
  process.umask(0o077);
  // Asked for before anything starts, so that Ctrl-C during start-up is a clean stop too.
  const terminated = terminationRequested();
  let service: Service | undefined;
  process.on(HANG_UP, () => service?.reload?.());
  // Rejections that nobody handles come here too, as Node raises them.
  process.on('uncaughtException', (error) => {
    if (service === undefined) {
      void crash(error);
      return;
    }
    try {
      service.onUnexpected(error);
    } catch (second) {
      print(second);
    }
  });
  try {
    service = await start();
    await terminated;
    const deadline = setTimeout(() => {
      process.stderr.write(`Not everything was settled within ${SHUTDOWN_DEADLINE_MS / 1000} s; leaving.\n`);
      process.exit(1);
    }, SHUTDOWN_DEADLINE_MS);
    await service.stop();
    clearTimeout(deadline);
    process.exit(0);
  } catch (error) {
    if (error instanceof OperatorError) {
      process.stderr.write(`${redactEnvironment(error.message)}\n`);
      process.exit(error.exitCode);
    }
    captureError(error, { module: 'shutdown' });
    return crash(error);
  }
}

/** Ends a service that has not started, or could not stop: it is of no use. */
async function crash(error: unknown): Promise<never> {
  print(error);
  await flushSentry(SENTRY_FLUSH_MS);
  process.exit(1);
}

/** As Node does, but for the secrets that an error may hold. */
function print(error: unknown): void {
  process.stderr.write(`${redactEnvironment(inspect(error, { depth: 4 }))}\n`);
}
