/** Several bridges behind several Alertmanagers tell the same chats, and agree through Redis. */
import { every } from '../../common/time/every.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { RedisConnection } from '../../common/env/redis.ts';
import type { Logger } from '../../common/log/logging.ts';
import { FALLBACK, type Replication, type KeyValue } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import { createChatStream } from './stream.ts';
import { createSharedBudget } from './shared-budget.ts';
import type { Peers } from './peers.ts';
import { keysOf } from './keys.ts';
import { createLease, LEASE_MS, RENEW_MS } from './lease.ts';
import { openRedisLink } from './redis-link.ts';
import { createChatReplicator, type ChatReplicator } from './replicator.ts';
import { preflight, sayWhatIsMissing } from './preflight.ts';
import { createSharedState, stateKeyOf } from './shared-state.ts';
import { createChatLease, type SharedChatLease } from './chat-lease.ts';

export interface SharedPeers extends Peers {
  /** False while Redis does not answer: until then each bridge works alone. */
  readonly isUp: boolean;
  /** What every bridge should know; here and in the own state at once, with the others within seconds. */
  readonly state: KeyValue;
}

export interface PeersDependencies {
  readonly connection: RedisConnection;
  readonly botId: string;
  /** Names of the chats that are told. */
  readonly chats: readonly string[];
  readonly replication: Replication;
  readonly seal: Pick<Seal, 'header' | 'seal' | 'open'>;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly elapsedMs: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  /** How long what bridges tell one another is kept, ms. */
  readonly keptMs: number;
  readonly log: Logger;
  /** A user's data were removed here, because somebody has run `npm run forget`. */
  readonly onErased: (user: string) => void;
  /** Messages may have to be brought up to date. */
  readonly onTakenOver: () => void;
  readonly onUnexpected: (error: unknown) => void;
}

const NAME_STATE_KEY = 'bridge_name';
/** How old what others have shown may be, at most, when Redis stops. */
const FOLLOW_MS = 1_000;

export function connectPeers(dependencies: PeersDependencies): SharedPeers {
  const { botId, chats, seal, state, clock, elapsedMs, random, newId, log, onUnexpected } = dependencies;
  const { connection, replication, keptMs, onTakenOver, onErased } = dependencies;
  const stopping = new AbortController();
  const { ofBot, ofInstallation } = keysOf(botId, seal);
  const link = openRedisLink({
    connection,
    elapsedMs,
    preflight: (redis) => preflight(redis, ofInstallation, newId),
    onChange: (isUp, error) =>
      isUp
        ? log.info('Redis answers again: the bridges share what they show')
        : log.warn('Redis does not do what the bridges need: this one works alone, chats may be told twice', {
            error: sayWhatIsMissing(error),
          }),
  });
  const bridge = nameOf(state, newId);
  const replicatorOf = (chat: string): ChatReplicator =>
    createChatReplicator({
      link,
      stream: createChatStream(ofInstallation, chat, keptMs),
      chat,
      bridge,
      replication,
      seal,
      onTakenOver,
      onErased,
      now: () => clock.now(),
      onGap: () =>
        log.warn('Redis has lost what bridges told: what waits may have been shown already', {
          chat_id: chat,
        }),
      onUnreadable: (error) =>
        log.error('What another bridge told cannot be read; it is left out', { error }),
    });
  const replicators = new Map([...chats, FALLBACK].map((chat) => [chat, replicatorOf(chat)]));
  const leases = new Map(
    [...replicators].map(([chat, replicator]) => {
      const redisLease = createLease(link, `${ofInstallation}turn:${chat}`, bridge);
      return [chat, createChatLease({ redisLease, replicator, clock, elapsedMs, random })];
    }),
  );
  const lease = (chat: string): SharedChatLease => {
    const found = leases.get(chat);
    if (found === undefined) throw new Error(`There is no lease of the chat ${chat}.`);
    return found;
  };
  const sharedState = createSharedState({
    link,
    key: stateKeyOf(ofInstallation),
    local: state,
    seal,
    now: () => clock.now(),
  });
  const leadership = createLease(link, `${ofBot}leader`, bridge);
  let isLeader: boolean | undefined;
  let unanswered = 0;

  const loop = { clock, signal: stopping.signal, onError: onUnexpected };
  const follow = async (): Promise<void> => {
    for (const one of leases.values()) await one.follow();
    await sharedState.sync();
  };
  const following = every(FOLLOW_MS, follow, loop);
  const lead = async (): Promise<void> => {
    const answer = await leadership.take();
    unanswered = answer === undefined ? unanswered + 1 : 0;
    // Without Redis it stays as it is: two that listen push each other out. One that never heard of another listens.
    const leads = answer?.isMine ?? isLeader ?? (unanswered * RENEW_MS > LEASE_MS ? true : undefined);
    if (leads !== undefined && leads !== isLeader)
      log.info(leads ? 'This bridge leads' : 'Another bridge leads');
    isLeader = leads;
  };
  const leading = every(RENEW_MS, lead, loop);

  return {
    lease,
    fallback: lease(FALLBACK),
    prune: async (before) => {
      for (const replicator of replicators.values()) await replicator.prune(before);
    },
    state: sharedState,
    budget: createSharedBudget(link, ofBot, newId),
    get isLeader() {
      return isLeader;
    },
    get isUp() {
      return link.isUp;
    },
    follow,
    stop: async () => {
      stopping.abort();
      await Promise.all([following, leading]);
      await sharedState.sync();
      if (isLeader === true) await leadership.giveBack();
      link.close();
    },
  };
}

/** Made once: after a restart the others still know it. */
function nameOf(state: KeyValue, newId: () => string): string {
  const known = state.get(NAME_STATE_KEY);
  if (known !== undefined) return known;
  const name = newId();
  state.set(NAME_STATE_KEY, name);
  return name;
}
