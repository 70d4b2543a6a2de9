/** Removes a user from what bridges keep: for `npm run forget`. */
import { existsSync } from 'node:fs';
import type { RedisConnection } from '../../common/env/redis.ts';
import type { Forgotten } from '../../common/forget.ts';
import { openSqlite } from '../../common/state/sqlite.ts';
import { eraseInReplication, type ErasedReplication } from './erase-peers.ts';
import { keysOf } from '../peers/keys.ts';
import { clientOf, inTime } from '../peers/redis-link.ts';
import { eraseUser, type Erased } from './erase-outbox.ts';
import { markClosed, outboxPath, stateKeysOf } from '../outbox/folder.ts';
import { keysInUse } from '../outbox/sealed-rows.ts';
import { createSeal } from '../outbox/seal.ts';

/** Waits so long for the bridge's own writes. */
const BUSY_MS = 30_000;

const WORDS: Readonly<Record<keyof Erased, string>> = {
  signals: 'settled signals: deleted',
  waiting: 'waiting signals: will be shown without the id',
  incidents: 'incidents and other states of messages: deleted',
  openAlerts: 'alerts that fire: kept without the id',
  digestMembers: 'members of summaries: deleted',
  shared: 'notes about other bridges: deleted',
  settings: 'mutes and other settings: deleted',
};

export interface BridgeStores {
  /** State of the bridge. */
  readonly folder: string;
  /** STATE_KEY. */
  readonly keys: readonly Buffer[];
  /** Where several bridges agree; undefined: there is one. */
  readonly shared:
    | {
        readonly connection: RedisConnection;
        readonly botId: string;
        /** Names of the chats that are told. */
        readonly chats: readonly string[];
      }
    | undefined;
}

/** @throws OtherKeyError and other OperatorErrors when the state cannot be searched at all. */
export async function forgetInBridge(stores: BridgeStores, user: string, now: number): Promise<Forgotten> {
  const { shared } = stores;
  const { keys, ...outbox } = forgetInOutbox(stores, user, now);
  if (shared === undefined || keys === undefined) return outbox;
  const news = await forgetInRedis(shared, keys, user);
  return { found: [...outbox.found, ...news.found], left: [...outbox.left, ...news.left] };
}

async function forgetInRedis(
  { connection, botId, chats }: NonNullable<BridgeStores['shared']>,
  keys: readonly [Buffer, ...Buffer[]],
  user: string,
): Promise<Forgotten> {
  const seal = createSeal(keys);
  const prefix = keysOf(botId, seal).ofInstallation;
  const redis = clientOf(connection);
  // What went wrong is said by what asks.
  redis.on('error', () => undefined);
  try {
    await inTime(redis, () => redis.connect().then(() => redis.ping()));
    return forgottenReplication(await eraseInReplication(redis, { prefix, seal, chats }, user));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `Redis does not answer (${reason}): what bridges tell one another was not searched, and the others were not told. Run this again when it does.`;
    return { found: [], left: [sentence] };
  } finally {
    redis.disconnect();
  }
}

interface ForgottenOutbox extends Forgotten {
  /** In the order in which the bridge uses them; undefined where there are none. */
  readonly keys: readonly [Buffer, ...Buffer[]] | undefined;
}

function forgetInOutbox({ folder, keys: given }: BridgeStores, user: string, now: number): ForgottenOutbox {
  const path = outboxPath(folder);
  if (!existsSync(path)) {
    const [first, ...others] = given;
    return { found: [], left: [], keys: first && [first, ...others] };
  }
  const database = openSqlite(path);
  try {
    database.pragma(`busy_timeout = ${BUSY_MS}`);
    const keys = keysInUse(database, stateKeysOf(folder, given));
    const { unreadable, isLogEmptied, ...erased } = eraseUser(database, createSeal(keys), user, now);
    return {
      keys,
      found: Object.entries(WORDS).map(([key, words]) => [
        `alert bridge, ${words}`,
        erased[key as keyof Erased],
      ]),
      left: [
        ...(unreadable === 0
          ? []
          : [
              `${unreadable} rows of ${path} do not open with STATE_KEY: only what is in the clear of them was searched.`,
            ]),
        ...(isLogEmptied
          ? []
          : [
              `Another program reads ${path}, and ${path}-wal still holds what was erased: end it, and run this again.`,
            ]),
      ],
    };
  } finally {
    database.close();
    // It was the last to close an outbox whose bridge had crashed: the log went with it, and nothing is missing.
    if (!existsSync(`${path}-wal`)) markClosed(folder);
  }
}

function forgottenReplication({ named, unreadable }: ErasedReplication): Forgotten {
  const sentence = `${unreadable} entries in Redis do not open with STATE_KEY and were not searched; they go with their age.`;
  return {
    found: [['Redis, what bridges tell one another (all were told to do the same): deleted', named]],
    left: unreadable === 0 ? [] : [sentence],
  };
}
