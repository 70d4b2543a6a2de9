import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KeyValue } from '../../../../alert-bridge/outbox/outbox.ts';
import { expectBot, noteBot } from '../../../../alert-bridge/monitor/application.ts';
import { watchForAbsence } from '../../../../alert-bridge/monitor/absence.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

const MINUTE = 60_000;
let clock: FakeClock;
let told: string[];
let stored: Map<string, string>;
let watch: { stop(): Promise<void> };
const state: KeyValue = { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) };
const start = (): void => {
  watch = watchForAbsence([expectBot(state)], {
    tell: ({ severity, body }) => {
      if (body.kind === 'alert') told.push(`${severity} ${body.status} ${body.annotations['summary'] ?? ''}`);
      return Promise.resolve();
    },
    state,
    clock,
    newId: () => `b${told.length}`,
    onUnexpected: (error) => {
      throw error;
    },
  });
};
const says = (kind: 'bot_stopped' | 'bot_started' | 'custom', at = clock.now()): void =>
  noteBot(state, { kind }, at);

beforeEach(() => {
  clock = new FakeClock(1_700_000_000_000);
  told = [];
  stored = new Map();
  start();
});
afterEach(() => watch.stop());

const DOWN = 'critical firing Бот остановлен и не запустился';
const BACK = 'critical resolved Бот остановлен и не запустился';

it('is not missed before it has said that it stops, nor while it runs', async () => {
  await clock.advance(60 * MINUTE);
  says('bot_started');
  await clock.advance(60 * MINUTE);
  expect(told).toEqual([]);
});

it('stops and starts within two minutes, and nobody hears of an outage', async () => {
  for (let deployment = 0; deployment < 5; deployment += 1) {
    says('bot_stopped');
    await clock.advance(1.5 * MINUTE);
    says('bot_started');
    await clock.advance(10 * MINUTE);
  }
  expect(told).toEqual([]);
});

it('does not come back: that is told once, across restarts, and so is its return', async () => {
  says('bot_stopped');
  await clock.advance(1.5 * MINUTE);
  await watch.stop();
  start();
  await clock.advance(MINUTE);
  expect(told).toEqual([DOWN]);
  await watch.stop();
  start();
  await clock.advance(60 * MINUTE);
  expect(told).toEqual([DOWN]);
  says('bot_started');
  await clock.advance(MINUTE);
  expect(told).toEqual([DOWN, BACK]);
});

it('says its goodbye after it has started anew: what happened last counts', async () => {
  const stoppedAt = clock.now();
  await clock.advance(MINUTE);
  says('bot_started');
  says('bot_stopped', stoppedAt);
  says('custom');
  await clock.advance(10 * MINUTE);
  expect(told).toEqual([]);
});
