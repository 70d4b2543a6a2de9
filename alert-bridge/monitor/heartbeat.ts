import type { Clock } from '../../common/time/clock.ts';
import { every } from '../../common/time/every.ts';

export interface HeartbeatDependencies {
  /** The Watchdog arrives: the chain before this bridge works. */
  readonly watchdogArrives: () => boolean;
  /** Telegram answers getMe: the chain behind it works. */
  readonly telegramAnswers: (signal: AbortSignal) => Promise<boolean>;
  /** Rejects when the outside service did not take the ping. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** Told once when pings begin to be left out or to fail, and once when they go out again (`undefined`). */
  readonly onChange: (reason: string | undefined) => void;
  readonly onUnexpected: (error: unknown) => void;
}

/** Outside services count in minutes; one lost ping must not alarm them. */
export const HEARTBEAT_EVERY_MS = 60_000;
/** After a beat that was left out: the outside service should not wait longer than the chain does. */
const RETRY_MS = 10_000;

/**
 * Pings a service outside only while the whole chain works, so that somebody elsewhere notices when this server is
 * dead, or alive and dumb.
 */
export function startHeartbeat(dependencies: HeartbeatDependencies): { stop(): Promise<void> } {
  const { clock, onChange } = dependencies;
  const stopping = new AbortController();
  let told: string | undefined;

  /** Why no ping went out; undefined when one did. */
  const beat = async (): Promise<string | undefined> => {
    if (!dependencies.watchdogArrives()) return 'the Watchdog does not arrive';
    try {
      if (!(await dependencies.telegramAnswers(stopping.signal))) return 'Telegram does not answer';
      await dependencies.ping(stopping.signal);
      return undefined;
    } catch (error) {
      return `the ping failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  };

  const tellOfBeat = async (): Promise<void> => {
    const reason = await beat();
    if (reason !== told && !stopping.signal.aborted) onChange(reason);
    told = reason;
  };
  const running = every(() => (told === undefined ? HEARTBEAT_EVERY_MS : RETRY_MS), tellOfBeat, {
    clock,
    signal: stopping.signal,
    onError: dependencies.onUnexpected,
  });
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
