import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyValue } from '../../../../alert-bridge/outbox/outbox.ts';
import type { AlertBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { diagnose, type Diagnosis } from '../../../../alert-bridge/monitor/diagnose.ts';
import { HEARTBEAT_EVERY_MS, startHeartbeat } from '../../../../alert-bridge/monitor/heartbeat.ts';
import { watchdogAnnotations } from '../../../../alert-bridge/monitor/texts.ts';
import { createCheckIns, type CheckIn, type CheckIns } from '../../../../alert-bridge/monitor/check-ins.ts';
import { expectCheckIns, expectWatchdog } from '../../../../alert-bridge/monitor/expectations.ts';
import { watchForAbsence } from '../../../../alert-bridge/monitor/absence.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

const MINUTE = 60_000;
const T0 = 1_700_000_000_000;

describe('the diagnosis', () => {
  const urls = { prometheus: 'http://p', alertmanager: 'http://a' };
  const watchdog = { labels: { alertname: 'Watchdog' } };
  const firing = { data: { alerts: [{ ...watchdog, state: 'firing' }] } };
  const known = (state: string) => [{ labels: { alertname: 'Other' } }, { ...watchdog, status: { state } }];

  it.each<[Diagnosis, unknown, unknown]>([
    ['prometheus_down', undefined, known('active')],
    ['rule_not_firing', { data: { alerts: [] } }, known('active')],
    ['rule_not_firing', { data: { alerts: [{ ...watchdog, state: 'pending' }] } }, known('active')],
    ['rule_not_firing', 'odd', known('active')],
    ['alertmanager_down', firing, undefined],
    ['alertmanager_not_told', firing, []],
    ['muted', firing, known('suppressed')],
    ['webhook_failing', firing, known('active')],
  ])('is %s', async (diagnosis, prometheus, alertmanager) => {
    const answers = new Map([
      ['http://p/api/v1/alerts', prometheus],
      ['http://a/api/v2/alerts', alertmanager],
    ]);
    const getJson = (url: string): Promise<unknown> => {
      const answer = answers.get(url);
      return answer === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
    };
    expect(await diagnose(urls, getJson)).toBe(diagnosis);
  });
});

describe('silence', () => {
  let clock: FakeClock;
  let stored: Map<string, string>;
  let seenAt: number | undefined;
  let told: NewSignal[];
  let refuse: boolean;
  let errors: unknown[];
  let checkIns: CheckIns;
  let watch: { stop(): Promise<void> };

  const state: KeyValue = { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) };
  const BACKUP = {
    name: 'backup',
    periodMs: 60 * MINUTE,
    graceMs: 10 * MINUTE,
    severity: 'warning',
  } as const;
  const start = (expected: readonly CheckIn[] = [BACKUP]): void => {
    const startedAt = clock.now();
    checkIns = createCheckIns(expected, state, () => clock.now());
    const watchdog = expectWatchdog({
      lastSeenAt: () => seenAt,
      startedAt,
      silentAfterMs: 5 * MINUTE,
      diagnose: () => Promise.resolve('alertmanager_down'),
    });
    watch = watchForAbsence(
      [watchdog, ...expectCheckIns(checkIns, startedAt, { now: () => clock.now(), timezone: 'UTC' })],
      {
        tell: (signal) => {
          if (refuse) return Promise.reject(new Error('the disk is full'));
          told.push(signal);
          return Promise.resolve();
        },
        state,
        clock,
        newId: () => `w${told.length}`,
        onUnexpected: (error) => errors.push(error),
      },
    );
  };

  beforeEach(() => {
    clock = new FakeClock(T0);
    stored = new Map();
    [seenAt, told, refuse, errors] = [undefined, [], false, []];
    start();
  });
  afterEach(() => watch.stop());

  /** Time goes by while the Watchdog arrives every minute. */
  const arriveFor = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      seenAt = clock.now();
      await clock.advance(MINUTE);
    }
  };
  const bodies = () => told.map(({ body }) => body as AlertBody);

  it('says nothing while it arrives', async () => {
    await arriveFor(20);
    expect(told).toEqual([]);
  });

  it('tells a silence of five minutes once, with the broken hop, and its end', async () => {
    await arriveFor(3);
    const last = seenAt;
    await clock.advance(30 * MINUTE);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ severity: 'critical', type: 'alert-bridge:WatchdogSilent:monitoring' });
    expect(bodies()[0]).toMatchObject({
      status: 'firing',
      startsAt: last,
      annotations: watchdogAnnotations('alertmanager_down'),
    });
    await arriveFor(10);
    expect(told).toHaveLength(2);
    expect(bodies()[1]).toMatchObject({
      status: 'resolved',
      startsAt: last,
      fingerprint: bodies()[0]?.fingerprint,
      annotations: watchdogAnnotations('alertmanager_down'),
    });
  });

  it('gives the chain its time after a start, also when it never arrived before', async () => {
    await clock.advance(4 * MINUTE);
    expect(told).toEqual([]);
    await clock.advance(2 * MINUTE);
    expect(bodies()[0]).toMatchObject({ startsAt: T0 });
  });

  it('knows after a restart what it has told', async () => {
    await clock.advance(10 * MINUTE);
    await watch.stop();
    start();
    await clock.advance(30 * MINUTE);
    expect(told).toHaveLength(1);
    await arriveFor(1);
    expect(bodies().map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  describe('of a check-in', () => {
    /** The Watchdog arrives all the while: only the check-in is silent. */
    const pass = (minutes: number): Promise<void> => arriveFor(minutes);
    const own = () => bodies().filter(({ labels }) => labels['component'] === 'backup');

    it('is told after its period and grace, and so is its return', async () => {
      checkIns.accept('backup');
      await pass(69);
      expect(own()).toEqual([]);
      await pass(2);
      expect(own()).toMatchObject([{ status: 'firing', startsAt: T0, labels: { severity: 'warning' } }]);
      expect(own()[0]?.annotations['description']).toContain('раз в час, допуск 10 мин');
      checkIns.accept('backup');
      await pass(1);
      expect(own().map(({ status }) => status)).toEqual(['firing', 'resolved']);
    });

    it('is told too when none ever came since it was configured', async () => {
      await pass(71);
      expect(own()).toHaveLength(1);
    });

    it('is over once nobody expects it any more, and is expected anew', async () => {
      await pass(71);
      await watch.stop();
      start([]);
      await pass(1);
      expect(own().map(({ status }) => status)).toEqual(['firing', 'resolved']);
      await watch.stop();
      start();
      await pass(11);
      expect(own().map(({ status }) => status)).toEqual(['firing', 'resolved', 'firing']);
    });

    it('counts across restarts, but leaves its grace after each: it may have come while the bridge was away', async () => {
      checkIns.accept('backup');
      await pass(65);
      await watch.stop();
      await pass(20);
      start();
      await pass(9);
      expect(own()).toEqual([]);
      await pass(2);
      expect(own()).toMatchObject([{ status: 'firing' }]);
    });
  });

  it('tells later what could not be stored', async () => {
    refuse = true;
    await clock.advance(10 * MINUTE);
    expect(errors.length).toBeGreaterThan(0);
    refuse = false;
    await clock.advance(MINUTE);
    expect(told).toHaveLength(1);
  });
});

describe('the heartbeat', () => {
  it('goes out only while the Watchdog arrives and Telegram answers, and tells each change once', async () => {
    const clock = new FakeClock(T0);
    let [arrives, answers, pinged] = [true, true, 0];
    let fails = false;
    const changes: (string | undefined)[] = [];
    const heartbeat = startHeartbeat({
      watchdogArrives: () => arrives,
      telegramAnswers: () => Promise.resolve(answers),
      ping: () => {
        if (fails) return Promise.reject(new Error('the answer was 500'));
        pinged += 1;
        return Promise.resolve();
      },
      clock,
      onChange: (reason) => changes.push(reason),
      onUnexpected: (error) => changes.push(String(error)),
    });
    await clock.advance(2 * HEARTBEAT_EVERY_MS);
    expect(pinged).toBe(3);
    arrives = false;
    await clock.advance(2 * HEARTBEAT_EVERY_MS);
    [arrives, answers] = [true, false];
    await clock.advance(HEARTBEAT_EVERY_MS);
    [answers, fails] = [true, true];
    await clock.advance(HEARTBEAT_EVERY_MS);
    expect(pinged).toBe(3);
    fails = false;
    await clock.advance(HEARTBEAT_EVERY_MS);
    expect(pinged).toBe(4);
    expect(changes).toEqual([
      'the Watchdog does not arrive',
      'Telegram does not answer',
      'the ping failed: the answer was 500',
      undefined,
    ]);
    await heartbeat.stop();
    await clock.advance(5 * HEARTBEAT_EVERY_MS);
    expect(pinged).toBe(4);
  });
});
