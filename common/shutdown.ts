import { OperatorError } from './operator-error.ts';

/** A running service: what `main.ts` has wired. */
export interface Service {
  /** Stops accepting, settles work in flight and closes everything. Must end within the deadline. */
  stop(): Promise<void>;
}

/** Time from the signal to the exit, in ms: containers and people lose patience soon after. */
export const SHUTDOWN_DEADLINE_MS = 4_500;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Settles when the process was asked to end; a second request ends it at once. */
function terminationRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals): void => {
      for (const name of SIGNALS) process.off(name, first).on(name, () => process.exit(1));
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, first);
  });
}

/**
 * Starts a service, runs it until SIGINT or SIGTERM, stops it and exits: 0 when everything was settled in
 * time, the error's own code with one sentence on stderr for what the operator can mend, 1 otherwise.
 */
export async function runService(start: () => Promise<Service>): Promise<never> {
  // Asked for before anything starts, so that Ctrl-C during start-up is a clean stop too.
  const terminated = terminationRequested();
  try {
    const service = await start();
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
      process.stderr.write(`${error.message}\n`);
      process.exit(error.exitCode);
    }
    throw error;
  }
}
