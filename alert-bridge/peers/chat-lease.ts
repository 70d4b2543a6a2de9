import type { Clock } from '../../common/time/clock.ts';
import type { ChatLease } from './peers.ts';
import { LEASE_MS, RENEW_MS, type Lease } from './lease.ts';
import type { ChatReplicator } from './replicator.ts';

export interface ChatLeaseDependencies {
  readonly redisLease: Lease;
  readonly replicator: ChatReplicator;
  readonly clock: Clock;
  /** Monotonic time. */
  readonly elapsedMs: () => number;
  /** From 0 to 1: two bridges do not ask in step. */
  readonly random: () => number;
}

export interface SharedChatLease extends ChatLease {
  /** Takes over what others have shown, while nothing is shown here. */
  follow(): Promise<void>;
}

const ASK_AGAIN_MS = 150;

type Held =
  /** Redis does not answer: nobody can be asked. */
  { readonly by: 'nobody' } | { readonly by: 'lease'; readonly renewing: AbortController };

export function createChatLease({
  redisLease,
  replicator,
  clock,
  elapsedMs,
  random,
}: ChatLeaseDependencies): SharedChatLease {
  let held: Held | undefined;
  let ends = -Infinity;
  /** A bridge died while it held the lease; what it was about to show may be shown once more from here. */
  let isFromDead = false;
  /** What was sent last here may have been shown. */
  let isInDoubt = false;
  let isTaking = false;
  let following = Promise.resolve();

  const tryTake = async (): Promise<Held | undefined> => {
    const askedAt = elapsedMs();
    const answer = await redisLease.take();
    if (answer === undefined) return { by: 'nobody' };
    if (!answer.isMine) return undefined;
    ends = askedAt + LEASE_MS;
    isFromDead ||= answer.fromDead;
    return { by: 'lease', renewing: new AbortController() };
  };

  /** What could not be told under the lease is told as soon as possible: others may wait to show the same. */
  const share = async (): Promise<void> => {
    const answer = replicator.isUnreplicated ? await redisLease.take() : undefined;
    const isRead = await replicator.read();
    if (answer?.isMine !== true) return;
    isFromDead ||= answer.fromDead;
    if (isRead) await replicator.tell();
    await redisLease.giveBack(isFromDead || isInDoubt);
  };

  const renew = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(RENEW_MS, signal);
      const askedAt = elapsedMs();
      const answer = await redisLease.take();
      if (answer?.isMine === true) ends = askedAt + LEASE_MS;
    }
  };

  return {
    get isMine() {
      return held !== undefined && (held.by === 'nobody' || elapsedMs() < ends);
    },
    get isUncertain() {
      return held === undefined || held.by === 'nobody' || isFromDead || elapsedMs() >= ends;
    },
    take: async (signal) => {
      isTaking = true;
      if (held?.by === 'lease') held.renewing.abort();
      try {
        await following.catch(() => undefined);
        for (;;) {
          held = await tryTake();
          if (held !== undefined) break;
          await clock.sleep(ASK_AGAIN_MS * (0.5 + random()), signal);
        }
      } finally {
        isTaking = false;
      }
      if (held.by === 'nobody') return;
      const { renewing } = held;
      void renew(renewing.signal).catch(() => undefined);
      if (await replicator.read()) {
        await replicator.tell();
        return;
      }
      // What others have shown is not known.
      renewing.abort();
      held = { by: 'nobody' };
    },
    end: async (inDoubt = false) => {
      if (held === undefined) return;
      if (held.by === 'lease') {
        held.renewing.abort();
        await replicator.tell();
        await redisLease.giveBack(inDoubt);
      }
      held = undefined;
      isFromDead = false;
      isInDoubt = inDoubt;
    },
    follow: async () => {
      if (held !== undefined || isTaking) return;
      following = share();
      await following;
    },
  };
}
