import type { Clock } from '../../common/clock.ts';
import type { Turn } from './coordination.ts';
import { LEASE_MS, RENEW_MS, type Lease } from './lease.ts';
import type { ChatNews } from './news.ts';

export interface TurnDependencies {
  readonly lease: Lease;
  readonly news: ChatNews;
  readonly clock: Clock;
  /** Monotonic time. */
  readonly elapsedMs: () => number;
  /** From 0 to 1: two bridges do not ask in step. */
  readonly random: () => number;
}

export interface SharedTurn extends Turn {
  /** Takes over what others have shown, while nothing is shown here. */
  follow(): Promise<void>;
}

const ASK_AGAIN_MS = 150;

type Held =
  /** Redis does not answer: nobody can be asked. */
  | { readonly by: 'nobody' }
  | { readonly by: 'lease'; readonly fromDead: boolean; readonly renewing: AbortController };

export function createTurn({ lease, news, clock, elapsedMs, random }: TurnDependencies): SharedTurn {
  let held: Held | undefined;
  let ends = -Infinity;

  const tryTake = async (): Promise<Held | undefined> => {
    const askedAt = elapsedMs();
    const answer = await lease.take();
    if (answer === undefined) return { by: 'nobody' };
    if (!answer.isMine) return undefined;
    ends = askedAt + LEASE_MS;
    return { by: 'lease', fromDead: answer.fromDead, renewing: new AbortController() };
  };

  const renew = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(RENEW_MS, signal);
      const askedAt = elapsedMs();
      const answer = await lease.take();
      if (answer?.isMine === true) ends = askedAt + LEASE_MS;
    }
  };

  return {
    get isMine() {
      return held !== undefined && (held.by === 'nobody' || elapsedMs() < ends);
    },
    get isUncertain() {
      return held === undefined || held.by === 'nobody' || held.fromDead || elapsedMs() >= ends;
    },
    take: async (signal) => {
      for (;;) {
        held = await tryTake();
        if (held !== undefined) break;
        await clock.sleep(ASK_AGAIN_MS * (0.5 + random()), signal);
      }
      if (held.by === 'nobody') return;
      void renew(held.renewing.signal).catch(() => undefined);
      if (await news.read()) await news.tell();
    },
    end: async (inDoubt) => {
      if (held?.by === 'lease') {
        held.renewing.abort();
        await news.tell();
        await lease.giveBack(inDoubt);
      }
      held = undefined;
    },
    follow: async () => {
      if (held === undefined) await news.read();
    },
  };
}
