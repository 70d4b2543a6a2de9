import { defaultLimits, isGroup, type PauseTarget } from '../telegram/budget.ts';
import type { SharedBudget } from './peers.ts';
import type { RedisLink } from './redis-link.ts';

/**
 * KEYS: pauses of the chat and of all, requests to the chat and to all. ARGV: a name for this request, and count and
 * window of every limit: chat, group (count 0: none), overall. The same limits as in telegram/budget.ts.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = 0
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  local length = redis.call('MGET', key)[1]
  if length then wait = math.max(wait, math.min(redis.call('PTTL', key), tonumber(length))) end
end
local longest = math.max(ARGV[3], ARGV[5], ARGV[7])
local function limit(key, count, window)
  if tonumber(count) == 0 then return end
  local times = redis.call('ZRANGE', key, count - 1, count - 1, 'REV', 'WITHSCORES')
  if times[2] then wait = math.max(wait, times[2] + window - now) end
end
for _, key in ipairs({KEYS[3], KEYS[4]}) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest)
  redis.call('ZREMRANGEBYSCORE', key, '(' .. now, '+inf')
end
limit(KEYS[3], ARGV[2], ARGV[3])
limit(KEYS[3], ARGV[4], ARGV[5])
limit(KEYS[4], ARGV[6], ARGV[7])
if wait > 0 then return math.ceil(wait) end
for _, key in ipairs({KEYS[3], KEYS[4]}) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('PEXPIRE', key, longest)
end
return 0`;

/** A shorter pause never shortens a longer one. Its length is kept: Redis ends it by its clock, which may be set back. */
const PAUSE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[1]) end`;

export function createSharedBudget(
  link: Pick<RedisLink, 'ask'>,
  prefix: string,
  newId: () => string,
): SharedBudget {
  const { perChat, perGroup, overall } = defaultLimits;
  const pauseOf = (target: PauseTarget): string => `${prefix}pause:${target}`;
  const spentOf = (target: PauseTarget): string => `${prefix}spent:${target}`;
  return {
    take: async (chatId) => {
      const keys = [pauseOf(chatId), pauseOf('all'), spentOf(chatId), spentOf('all')];
      const group = [isGroup(chatId) ? perGroup.count : 0, perGroup.windowMs];
      const limits = [perChat.count, perChat.windowMs, ...group, overall.count, overall.windowMs];
      const waitMs = await link.ask((redis) => redis.eval(TAKE, keys.length, ...keys, newId(), ...limits));
      // Without Redis each bridge keeps to its own budget.
      return typeof waitMs === 'number' ? waitMs : 0;
    },
    pause: async (target, forMs) => {
      await link.ask((redis) => redis.eval(PAUSE, 1, pauseOf(target), Math.ceil(forMs)));
    },
  };
}
