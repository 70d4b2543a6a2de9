import { describe, expect, it } from 'vitest';
import type { OpenAlert } from '../../../../alert-bridge/outbox/open-alerts.ts';
import { compare, confirm, type CurrentAlert } from '../../../../alert-bridge/monitor/reconcile/compare.ts';
import type { AlertmanagerState } from '../../../../alert-bridge/monitor/reconcile/firing.ts';
import { startReconciling } from '../../../../alert-bridge/monitor/reconcile/reconcile.ts';
import type { AlertBody } from '../../../../alert-bridge/model/signal.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';

const body = (fingerprint: string): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint,
  labels: { alertname: fingerprint },
  annotations: {},
  startsAt: 0,
});
const open = (fingerprint: string): OpenAlert => ({
  type: `alert:${fingerprint}:`,
  severity: 'critical',
  fingerprint,
  body: body(fingerprint),
});
const current = (fingerprint: string, more: Partial<CurrentAlert> = {}): CurrentAlert => ({
  body: body(fingerprint),
  isMuted: false,
  receivers: ['alert-bridge'],
  mutedFor: [],
  ...more,
});
const names = (all: readonly { readonly body: AlertBody }[]) =>
  all.map(({ body: { fingerprint } }) => fingerprint);

describe('comparing what was told with what fires', () => {
  const differences = (
    told: readonly string[],
    fires: readonly CurrentAlert[],
    receivers = ['alert-bridge'],
  ) => {
    const { closed, unseen } = compare(told.map(open), fires, receivers);
    return { closed: names(closed), unseen: names(unseen) };
  };

  it('finds what is gone and what was not heard of', () => {
    expect(differences(['a', 'b'], [current('b'), current('c')])).toEqual({ closed: ['a'], unseen: ['c'] });
    expect(differences(['a'], [current('a')])).toEqual({ closed: [], unseen: [] });
  });

  it('keeps a muted alert open, and does not tell of one', () => {
    const muted = { isMuted: true };
    expect(differences(['a'], [current('a', muted), current('b', muted)])).toEqual({
      closed: [],
      unseen: [],
    });
  });

  it('leaves alone what goes to receivers that never posted here', () => {
    expect(differences([], [current('a', { receivers: ['other'] })])).toEqual({ closed: [], unseen: [] });
    expect(differences([], [current('a', { receivers: ['other', 'alert-bridge'] })]).unseen).toEqual(['a']);
    expect(differences([], [current('a')], []).unseen).toEqual([]);
  });
});

describe('confirming a difference', () => {
  const at = (now: number) => ({ now, afterMs: 100 });
  const key = (item: string) => item;

  it('waits until it has lasted', () => {
    const first = confirm(['a'], key, new Map(), at(1_000));
    expect(first.confirmed).toEqual([]);
    expect(confirm(['a'], key, first.since, at(1_099)).confirmed).toEqual([]);
    expect(confirm(['a', 'b'], key, first.since, at(1_100)).confirmed).toEqual(['a']);
  });

  it('begins anew when it was gone in between', () => {
    const first = confirm(['a'], key, new Map(), at(1_000));
    const gone = confirm([], key, first.since, at(1_050));
    expect(confirm(['a'], key, gone.since, at(1_200)).confirmed).toEqual([]);
  });
});

it('knows what is muted, also after a restart; what still fires when it is not any more is told again, once', async () => {
  const clock = new FakeClock(1_000_000);
  const stored = new Map<string, string>();
  const known: string[][] = [];
  const told: string[] = [];
  let answer: (() => AlertmanagerState) | undefined;
  const nothing = (): void => undefined;
  const start = () =>
    startReconciling({
      everyMs: 1_000,
      confirmAfterMs: 100,
      gapAfterMs: 0,
      lastAliveAt: undefined,
      leads: () => true,
      openAlerts: () => [open('a'), open('b')],
      receivers: () => [],
      locale: 'ru',
      read: () => (answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer())),
      tell: ({ type }) => {
        told.push(type);
        return Promise.resolve();
      },
      state: { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) },
      onMuted: (fingerprints) => known.push([...fingerprints]),
      clock,
      newId: () => 'id',
      log: { error: nothing, warn: nothing, info: nothing, debug: nothing },
      onUnexpected: (error) => {
        throw error;
      },
    });
  let reconciling = start();
  await settle();
  answer = () => ({
    startedAt: 0,
    alerts: ['a', 'b', 'never told'].map((name) => current(name, { isMuted: true })),
  });
  await clock.advance(1_000);
  answer = undefined;
  await clock.advance(1_000);
  await reconciling.stop();
  reconciling = start();
  await settle();
  const muted = ['a', 'b', 'never told'];
  expect([known[0], known[1], known.at(-1)]).toEqual([[], muted, muted]);
  // `b` is over, for good.
  answer = () => ({ startedAt: 0, alerts: [current('a'), current('never told')] });
  await clock.advance(1_050);
  expect(told).toEqual(['alert:a:']);
  await reconciling.stop();
});
