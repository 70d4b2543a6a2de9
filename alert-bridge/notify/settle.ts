/** The last stage: what became of the signals of a message, and the incident as the chat sees it now, go into the outbox. */
import type { Clock } from '../../common/time/clock.ts';
import { whenWritable } from '../../common/state/when-writable.ts';
import { inBatchesOf, yieldToEventLoop } from '../model/batches.ts';
import type { Outbox, Settlement } from '../outbox/outbox.ts';
import { UnreadableError } from '../outbox/seal.ts';
import type { ChatLease } from '../peers/peers.ts';

export interface SettleDependencies {
  /** Key of the chat. */
  readonly chat: string;
  readonly outbox: Outbox;
  readonly lease: ChatLease;
  readonly clock: Clock;
  readonly onUnexpected: (error: unknown) => void;
  /** Ends the waiting for a store that cannot be written. */
  readonly abort: AbortSignal;
}

export interface Settle {
  /**
   * Settles signals. The incident goes with the first batch: what a crash leaves behind waits in its digest, and is
   * confirmed by its next edit.
   */
  signals(outcomes: Settlement['outcomes'], incident?: Settlement['incident']): Promise<void>;
  /**
   * Writes what follows a request that Telegram has answered: the request must not be made again because this cannot be
   * written now.
   */
  afterwards(write: () => void): Promise<void>;
  /** A reminder that Telegram does not take, or a digest that is to ring again, is due once more after the usual time. */
  postpone(type: string): Promise<void>;
  /** Settles as failed what cannot be opened, so that what is behind it goes on. @returns how many rows; 0 for any other error */
  unreadable(error: unknown): number;
}

/** Signals settled in one transaction: a storm's digest settles thousands, and posts must not wait for all of them. */
const SETTLE_LIMIT = 250;
/** A message that was shown and cannot be settled keeps the lease of the chat no longer: other bridges have to go on. */
const LEASE_PATIENCE_MS = 30_000;

export function createSettle(dependencies: SettleDependencies): Settle {
  const { chat, outbox, lease, clock, onUnexpected, abort } = dependencies;

  const afterwards = async (write: () => void): Promise<void> => {
    const written = new AbortController();
    try {
      await whenWritable(write, {
        clock,
        signal: abort,
        onTrouble: (error) => {
          onUnexpected(error);
          void clock
            .sleep(LEASE_PATIENCE_MS, written.signal)
            .then(() => lease.end(true))
            .catch(() => undefined);
        },
      });
    } finally {
      written.abort();
    }
  };

  return {
    afterwards,
    signals: async (outcomes, incident) => {
      const now = clock.now();
      const [first, ...others] = inBatchesOf(SETTLE_LIMIT, outcomes);
      await afterwards(() =>
        outbox.settle({ chat, outcomes: first ?? [], ...(incident === undefined ? {} : { incident }), now }),
      );
      for (const batch of others) {
        await yieldToEventLoop();
        await afterwards(() => outbox.settle({ chat, outcomes: batch, now }));
      }
    },
    postpone: (type) =>
      afterwards(() => {
        const now = clock.now();
        const incident = outbox.incident(chat, type);
        if (incident === undefined) return;
        outbox.settle({
          chat,
          outcomes: [],
          incident: { state: { ...incident, rangAt: now }, stale: true },
          now,
        });
      }),
    unreadable: (error) => {
      if (!(error instanceof UnreadableError)) return 0;
      try {
        return outbox.dropUnreadable(clock.now());
      } catch {
        // The store cannot be written either: the pipeline pauses, and tries again.
        return 0;
      }
    },
  };
}
