import type { RedisLink } from './redis-link.ts';

/** What one bridge has at a time, for as long as it says that it lives. Times are Redis's own. */
export interface Lease {
  /**
   * Takes it, or keeps it for longer.
   * @returns `taken` when a bridge that did not give it back had it before, how long another one has it yet, ms; undefined
   * when Redis does not answer.
   */
  take(): Promise<{ readonly isMine: true; readonly fromDead: boolean } | BusyLease | undefined>;
  /** @param inDoubt whoever has it next is told that it was taken from one who did not give it back */
  giveBack(inDoubt?: boolean): Promise<void>;
}

export interface BusyLease {
  readonly isMine: false;
  readonly forMs: number;
}

/** A bridge that is dead has it for so long. */
export const LEASE_MS = 5_000;
export const RENEW_MS = LEASE_MS / 3;
/** Until then it is known who had it last. */
const REMEMBERED_MS = 24 * 60 * 60_000;

/**
 * A lease that ends later than one that is taken now was taken by a clock that was ahead: it holds nobody off.
 * Positive: somebody else has it, for so many ms; -1: taken from one who did not give it back; 0: taken.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder, ends = unpack(redis.call('HMGET', KEYS[1], 'holder', 'ends'))
if holder and holder ~= ARGV[1] and tonumber(ends) > now and tonumber(ends) <= now + ARGV[2] then return tonumber(ends) - now end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'ends', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if holder and holder ~= ARGV[1] then return -1 end
return 0`;

const GIVE_BACK = `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return end
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'ends', 0) else redis.call('DEL', KEYS[1]) end`;

/** @param holder names this bridge, the same after a restart */
export function createLease(link: Pick<RedisLink, 'ask'>, key: string, holder: string): Lease {
  return {
    take: async () => {
      const answer = await link.ask((redis) => redis.eval(TAKE, 1, key, holder, LEASE_MS, REMEMBERED_MS));
      if (typeof answer !== 'number') return undefined;
      return answer > 0 ? { isMine: false, forMs: answer } : { isMine: true, fromDead: answer < 0 };
    },
    giveBack: async (inDoubt = false) => {
      await link.ask((redis) => redis.eval(GIVE_BACK, 1, key, holder, inDoubt ? '1' : '0'));
    },
  };
}
