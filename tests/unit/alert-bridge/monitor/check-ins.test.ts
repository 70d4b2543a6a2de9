import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePing } from '../../../../alert-bridge/ingest/check-in.ts';
import type { AlertBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { watchForAbsence, type AbsenceWatch } from '../../../../alert-bridge/monitor/absence.ts';
import {
  createCheckIns,
  RETRIED_MS,
  type CheckIn,
  type CheckIns,
} from '../../../../alert-bridge/monitor/check-ins.ts';
import { expectCheckIns } from '../../../../alert-bridge/monitor/expectations.ts';
import type { KeyValue } from '../../../../alert-bridge/outbox/outbox.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** 01:00 in Berlin. */
const T0 = Date.parse('2026-06-01T23:00:00Z');
const BACKUP: CheckIn = {
  name: 'backup',
  cron: { expression: '30 3 * * *', timezone: 'Europe/Berlin' },
  graceMs: 10 * MINUTE,
  maxDurationMs: HOUR,
  severity: 'critical',
};

let clock: FakeClock;
let stored: Map<string, string>;
let told: NewSignal[];
let checkIns: CheckIns;
let watch: AbsenceWatch;
const state: KeyValue = { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) };

function start(checkIn = BACKUP, downtimeMs = 0): void {
  const startedAt = clock.now();
  const downtime = downtimeMs > RETRIED_MS ? { from: startedAt - downtimeMs, to: startedAt } : undefined;
  const redact = (text: string): string => text.replaceAll('hunter2', '***');
  checkIns = createCheckIns([checkIn], state, () => clock.now(), { downtime, redact });
  watch = watchForAbsence(
    expectCheckIns(checkIns, startedAt, { now: () => clock.now(), timezone: 'Europe/Berlin' }),
    {
      tell: (signal) => Promise.resolve(told.push(signal)),
      state,
      clock,
      newId: () => `id-${told.length}`,
      onUnexpected: (error) => {
        throw error;
      },
    },
  );
}
/** What the server does with a request. */
async function ping(
  action?: string,
  { rid, body = '' }: { rid?: string; body?: string } = {},
): Promise<void> {
  checkIns.accept('backup', parsePing(action, rid, Buffer.from(body)));
  await watch.look('backup');
}
const pass = (minutes: number): Promise<void> => clock.advance(minutes * MINUTE);
const alerts = (): string[] =>
  told.map(({ body }) => {
    const { status, labels } = body as AlertBody;
    return `${labels['alertname']} ${status}`;
  });
const annotations = (): AlertBody['annotations'] => (told.at(-1)?.body as AlertBody).annotations;

beforeEach(() => {
  clock = new FakeClock(T0);
  stored = new Map();
  told = [];
  start();
});
afterEach(() => watch.stop());

describe('a check-in by a cron expression', () => {
  it('is told when nobody has come by its time and grace, and not before', async () => {
    await pass(2 * 60 + 39);
    expect(told).toEqual([]);
    await pass(2);
    expect(alerts()).toEqual(['CheckInMissing firing']);
    expect(annotations()['description']).toContain(
      'по расписанию `30 3 * * *` (Europe/Berlin), допуск 10 мин',
    );
    await ping();
    expect(alerts().slice(1)).toEqual(['CheckInMissing resolved']);
  });

  it('waits for the next time once somebody has come', async () => {
    await pass(2 * 60 + 31);
    await ping();
    await pass(24 * 60 + 8);
    expect(told).toEqual([]);
    await pass(2);
    expect(alerts()).toEqual(['CheckInMissing firing']);
  });

  it('that starts in time may take as long as it may run', async () => {
    await pass(2 * 60 + 31);
    await ping('start');
    await pass(58);
    await ping();
    expect(told).toEqual([]);
    expect(checkIns.runs('backup')).toMatchObject({ durationMs: 58 * MINUTE });
  });
});

describe('a failure', () => {
  it.each(['fail', '1', '255'])('by /%s is told at once with its log, until a success', async (action) => {
    await ping('start');
    await pass(12);
    await ping(action, { body: 'pg_dump: error: password hunter2 is wrong\n' });
    expect(alerts()).toEqual(['CheckInFailed firing']);
    expect(annotations()).toMatchObject({
      summary: 'backup завершился с ошибкой',
      log: 'pg_dump: error: password *** is wrong',
    });
    const status = action === 'fail' ? '' : `Код завершения ${action}. `;
    expect(annotations()['description']).toContain(`${status}Шёл 12 мин. Успешных запусков ещё не было.`);
    await pass(60);
    await ping(action);
    expect(alerts()).toEqual(['CheckInFailed firing']);
    await ping('0');
    expect(alerts()).toEqual(['CheckInFailed firing', 'CheckInFailed resolved']);
  });

  it('is no absence, and survives a restart', async () => {
    await pass(2 * 60 + 31);
    await ping('fail');
    await pass(60);
    await watch.stop();
    start();
    await pass(10);
    expect(alerts()).toEqual(['CheckInFailed firing']);
    await ping();
    expect(alerts().slice(1)).toEqual(['CheckInFailed resolved']);
  });
});

describe('a run', () => {
  it('that does not end is told after its time, and when it has', async () => {
    await ping('start');
    await pass(59);
    expect(told).toEqual([]);
    await pass(2);
    expect(alerts()).toEqual(['CheckInTooLong firing']);
    expect(annotations()['description']).toContain('Запущен: 01:00, ещё не закончился. Предел 1 ч.');
    await ping();
    expect(alerts().slice(1)).toEqual(['CheckInTooLong resolved']);
  });

  it('is told apart from others by its rid', async () => {
    await ping('start', { rid: 'a' });
    await pass(30);
    await ping('start', { rid: 'b' });
    await pass(20);
    await ping(undefined, { rid: 'b' });
    expect(checkIns.runs('backup')).toMatchObject({ durationMs: 20 * MINUTE, open: [{ id: 'a', at: T0 }] });
    await pass(11);
    expect(alerts()).toEqual(['CheckInTooLong firing']);
    // It hangs: that another one fails says nothing of it, that one succeeds gives it up.
    await ping('start', { rid: 'c' });
    await ping('fail', { rid: 'c' });
    expect(alerts()).toEqual(['CheckInTooLong firing', 'CheckInFailed firing']);
    await pass(1);
    await ping(undefined, { rid: 'c' });
    expect(alerts().slice(2).toSorted()).toEqual(['CheckInFailed resolved', 'CheckInTooLong resolved']);
  });

  it('may have ended while the bridge was away for longer than senders try again', async () => {
    await ping('start');
    await watch.stop();
    await pass(50);
    start(BACKUP, 50 * MINUTE);
    await pass(60);
    expect(told).toEqual([]);
  });

  it('counts on over a short absence of the bridge', async () => {
    await ping('start');
    await watch.stop();
    await pass(50);
    start(BACKUP, RETRIED_MS);
    await pass(12);
    expect(alerts()).toEqual(['CheckInTooLong firing']);
  });

  it('is one of a bounded number', async () => {
    for (let n = 0; n < 100; n += 1) await ping('start', { rid: `run-${n}` });
    expect(checkIns.runs('backup').open).toHaveLength(20);
    expect(checkIns.runs('backup').open.at(-1)).toMatchObject({ id: 'run-99' });
  });
});

describe('a log', () => {
  it('changes nothing by itself, is kept at its end, and forgotten by the next start', async () => {
    await ping('log', { body: `begin${'я'.repeat(10_000)}end` });
    expect(checkIns.lastAt('backup')).toBeUndefined();
    const log = checkIns.log('backup') ?? '';
    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(10_000);
    expect(log).toMatch(/^я+end$/);
    await ping('fail');
    expect(annotations()['log']).toBe(log);
    await ping('start');
    expect(checkIns.log('backup')).toBeUndefined();
  });

  it('is not what older senders put into their body', async () => {
    await ping(undefined, { body: '{}' });
    expect(checkIns.log('backup')).toBeUndefined();
  });
});

it('what an older release has noted was a success', () => {
  stored = new Map([['checkin:backup:last', String(T0 - 1)]]);
  expect(checkIns.runs('backup')).toEqual({ open: [], succeededAt: T0 - 1 });
});

it.each([
  ['', undefined, 'success'],
  ['log', 'a-b_1', 'log'],
  ['000', undefined, 'success'],
])('/%s is understood', (action, rid, kind) => {
  expect(parsePing(action === '' ? undefined : action, rid, Buffer.alloc(0))).toMatchObject({ kind });
});

it.each([
  ['256', undefined, 404],
  ['-1', undefined, 404],
  ['stop', undefined, 404],
  [undefined, '', 400],
  [undefined, 'a b', 400],
  [undefined, ['a', 'b'], 400],
  [undefined, 'x'.repeat(65), 400],
])('/%s with the rid %s is refused', (action, rid, status) => {
  expect(() => parsePing(action, rid, Buffer.alloc(0))).toThrow(expect.objectContaining({ status }));
});
