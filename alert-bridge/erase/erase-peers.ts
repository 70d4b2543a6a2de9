/** Removes a person from what bridges tell one another through Redis. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { mentions, othersIn } from './mentions.ts';
import type { Seal } from '../outbox/seal.ts';
import { createChatStream, findChats, type ChatStream } from '../peers/stream.ts';
import { createStateCodec, stateKeyOf } from '../peers/shared-state.ts';
import { createCodec, type Codec, type Entry, type ToldEntry } from '../peers/codec.ts';

export interface ErasedReplication {
  /** Entries and incidents that named the user. */
  readonly named: number;
  readonly unreadable: number;
}

export interface ReplicationPlace {
  /** Of the keys of an installation: `Keys.ofInstallation`. */
  readonly prefix: string;
  readonly seal: Pick<Seal, 'seal' | 'open'>;
  /** Names of the chats that are told. */
  readonly chats: readonly string[];
}

/** A bridge that runs has read an order by then, and stands at it: what is removed before it is no gap to that bridge. */
const READ_MS = 3_000;
/** Entries removed by one command. */
const REMOVE_LIMIT = 500;

/**
 * Orders every bridge to erase the user, those that are away when they are back; then removes what was told of the user
 * before. A bridge tells nothing before it has read all there is, so nothing after the order names the user.
 * @throws Redis's own errors: then it is to be done again
 */
export async function eraseInReplication(
  redis: Redis,
  { prefix, seal, chats }: ReplicationPlace,
  user: string,
): Promise<ErasedReplication> {
  const all = [...new Set([...chats, ...(await findChats(redis, prefix))])].map((chat) => ({
    stream: createChatStream(prefix, chat),
    codec: createCodec(seal, chat),
  }));
  for (const { stream, codec } of all)
    await stream.append(redis, [codec.sealEntry({ erase: user })], new Map());
  await delay(READ_MS);
  let [named, unreadable] = [0, 0];
  for (const { stream, codec } of all) {
    const erased = await eraseInStream(redis, stream, codec, user);
    named += erased.named;
    unreadable += erased.unreadable;
  }
  return { named: named + (await eraseInState(redis, prefix, seal, user)), unreadable };
}

/** A newer value that does not name the user: every bridge takes it over. @returns how many there were */
async function eraseInState(
  redis: Redis,
  prefix: string,
  seal: ReplicationPlace['seal'],
  user: string,
): Promise<number> {
  const codec = createStateCodec(seal);
  const all = await redis.hgetall(stateKeyOf(prefix));
  const named = Object.entries(all).flatMap(([name, text]) => {
    const entry = codec.open(name, text);
    const isNamed = entry?.value.startsWith('[') === true && mentions(entry.value, user);
    return isNamed ? [{ name, value: othersIn(entry.value, user), at: entry.at + 1 }] : [];
  });
  for (const { name, ...entry } of named) await redis.hset(stateKeyOf(prefix), name, codec.seal(name, entry));
  return named.length;
}

async function eraseInStream(
  redis: Redis,
  stream: ChatStream,
  codec: Codec,
  user: string,
): Promise<ErasedReplication> {
  const raw = await stream.readAll(redis);
  const told = raw.map(({ position, text }) => ({ position, entry: readable(() => codec.openEntry(text)) }));
  const entries = told.flatMap(({ position, entry }) => (entry === undefined ? [] : [{ position, entry }]));
  const orders = entries.filter(({ entry }) => 'erase' in entry && entry.erase === user);
  const named = entries.filter(({ entry }) => names(entry, user));
  const types = [...new Set(entries.flatMap(({ entry }) => typeOf(entry) ?? []))];
  const incidents = await incidentsOf(redis, stream, codec, types);
  const others = incidents
    .filter(({ type, incident }) => !mentions([type, incident], user))
    .map(({ type }) => type);

  const rest = named.flatMap(({ entry }) => withoutUser(entry, user));
  if (rest.length > 0)
    await stream.append(
      redis,
      rest.map((entry) => codec.sealEntry(entry)),
      new Map(),
    );
  // Of the orders, the last one stays.
  const removed = [...named, ...orders.slice(0, -1)].map(({ position }) => position);
  for (let from = 0; from < removed.length; from += REMOVE_LIMIT)
    await stream.remove(redis, removed.slice(from, from + REMOVE_LIMIT));
  // An incident that no entry leads to is read by nobody.
  await stream.keepIncidents(redis, others);
  return { named: named.length + incidents.length - others.length, unreadable: raw.length - entries.length };
}

async function incidentsOf(redis: Redis, stream: ChatStream, codec: Codec, types: readonly string[]) {
  const texts = await stream.incidents(redis, types);
  return types.flatMap((type, index) => {
    const text = texts[index] ?? null;
    const incident = text === null ? undefined : readable(() => codec.openIncident(type, text));
    return incident === undefined ? [] : [{ type, incident }];
  });
}

const typeOf = (entry: Entry): string | undefined => ('erase' in entry ? undefined : entry.type);

/** What bridges are called is no text of anybody's. */
const names = (entry: Entry, user: string): boolean =>
  !('erase' in entry) && mentions({ ...entry, bridge: '' }, user);

/** What an entry says of others, if anything. */
function withoutUser(entry: Entry, user: string): readonly ToldEntry[] {
  if ('erase' in entry) return [];
  const { bridge, type } = entry;
  const identities = entry.identities.filter((identity) => !mentions(identity, user));
  const members = entry.members.filter((member) => !mentions(member, user));
  if (identities.length === 0 && members.length === 0) return [];
  return [{ bridge, identities, members, ...(mentions(type, user) ? {} : { type }) }];
}

function readable<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
