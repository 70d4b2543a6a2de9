import { beforeEach, expect, it } from 'vitest';
import { LEASE_MS, RENEW_MS, type Lease } from '../../../../alert-bridge/peers/lease.ts';
import type { ChatReplicator } from '../../../../alert-bridge/peers/replicator.ts';
import { createChatLease, type SharedChatLease } from '../../../../alert-bridge/peers/chat-lease.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';

/** Redis as one bridge sees it. */
const redis = { isUp: true, isBusy: false, fromDead: false, isReadable: true };
/** What was asked, in order. */
let asked: string[];
let isUnreplicated: boolean;
let clock: FakeClock;
let lease: SharedChatLease;

const redisLease: Lease = {
  take: () => {
    asked.push('take');
    if (!redis.isUp) return Promise.resolve(undefined);
    return Promise.resolve(
      redis.isBusy ? { isMine: false, forMs: 1_000 } : { isMine: true, fromDead: redis.fromDead },
    );
  },
  giveBack: (inDoubt = false) => {
    asked.push(inDoubt ? 'give back in doubt' : 'give back');
    return Promise.resolve();
  },
};
const replicator: ChatReplicator = {
  read: () => {
    asked.push('read');
    return Promise.resolve(redis.isUp && redis.isReadable);
  },
  tell: () => {
    asked.push('tell');
    isUnreplicated = false;
    return Promise.resolve();
  },
  prune: () => Promise.resolve(),
  get isUnreplicated() {
    return isUnreplicated;
  },
};

beforeEach(() => {
  Object.assign(redis, { isUp: true, isBusy: false, fromDead: false, isReadable: true });
  asked = [];
  isUnreplicated = false;
  clock = new FakeClock(0);
  lease = createChatLease({ redisLease, replicator, clock, elapsedMs: () => clock.now(), random: () => 0.5 });
});

const take = () => lease.take(new AbortController().signal);

it('reads before it tells, is renewed while it lasts, and then no more', async () => {
  await take();
  expect([lease.isMine, lease.isUncertain]).toEqual([true, false]);
  await clock.advance(4 * LEASE_MS);
  expect(lease.isMine).toBe(true);
  await lease.end();
  const renewals = Math.floor((4 * LEASE_MS) / RENEW_MS);
  expect(asked).toEqual([
    'take',
    'read',
    'tell',
    ...Array<string>(renewals).fill('take'),
    'tell',
    'give back',
  ]);
  await clock.advance(4 * LEASE_MS);
  expect(asked.length).toBe(renewals + 5);
  expect(lease.isMine).toBe(false);
});

it('is over when it could not be renewed in time; taken anew, it is renewed once each time', async () => {
  await take();
  redis.isBusy = true;
  await clock.advance(LEASE_MS);
  expect([lease.isMine, lease.isUncertain]).toEqual([false, true]);
  redis.isBusy = false;
  await take();
  asked = [];
  await clock.advance(RENEW_MS);
  expect(asked).toEqual(['take']);
  await lease.end();
  asked = [];
  await clock.advance(4 * LEASE_MS);
  expect(asked).toEqual([]);
});

it('waits while another bridge has it, and ends waiting when told to', async () => {
  redis.isBusy = true;
  const stopping = new AbortController();
  const taking = lease.take(stopping.signal);
  await clock.advance(1_000);
  expect(lease.isMine).toBe(false);
  expect(asked.length).toBeGreaterThan(3);
  stopping.abort(new Error('stopping'));
  await expect(taking).rejects.toThrow('stopping');
});

it('is had at once while Redis is away, and is uncertain, as it is when only reading fails', async () => {
  redis.isUp = false;
  await take();
  expect([lease.isMine, lease.isUncertain]).toEqual([true, true]);
  await lease.end();
  expect(asked).toEqual(['take']);
  Object.assign(redis, { isUp: true, isReadable: false });
  await take();
  expect([lease.isMine, lease.isUncertain]).toEqual([true, true]);
  await clock.advance(4 * LEASE_MS);
  expect(asked.filter((what) => what === 'take')).toHaveLength(2);
});

it('after a dead bridge is uncertain once, even when the lease was taken to tell something', async () => {
  redis.fromDead = true;
  isUnreplicated = true;
  await lease.follow();
  redis.fromDead = false;
  await take();
  expect(lease.isUncertain).toBe(true);
  await lease.end();
  await take();
  expect(lease.isUncertain).toBe(false);
});

it('follows what others show, and tells what is untold with the lease alone, leaving doubt as it was', async () => {
  await lease.follow();
  expect(asked).toEqual(['read']);
  await take();
  await lease.end(true);
  expect(asked.at(-1)).toBe('give back in doubt');
  asked = [];
  isUnreplicated = true;
  redis.isBusy = true;
  await lease.follow();
  expect(asked).toEqual(['take', 'read']);
  redis.isBusy = false;
  asked = [];
  await lease.follow();
  expect(asked).toEqual(['take', 'read', 'tell', 'give back in doubt']);
});

it('is not followed while it is had or being taken', async () => {
  redis.isBusy = true;
  const taking = take();
  await settle();
  asked = [];
  await lease.follow();
  expect(asked).toEqual([]);
  redis.isBusy = false;
  await clock.advance(1_000);
  await taking;
  asked = [];
  await lease.follow();
  expect(asked).toEqual([]);
});
