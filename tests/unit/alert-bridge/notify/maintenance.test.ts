import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maintenanceArguments } from '../../../../alert-bridge/bot/commands.ts';
import { createMaintenance, type Maintenance } from '../../../../alert-bridge/notify/maintenance.ts';
import { parseMatcher } from '../../../../alert-bridge/notify/matchers.ts';
import { quietUntil } from '../../../../alert-bridge/notify/quiet-hours.ts';
import { everySeverity, POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, payment } from './scripted-chat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Tuesday. */
const NOON = Date.parse('2024-09-24T12:00:00Z');
const ofRedis = parseMatcher('component="redis"');
const redis = (
  status: 'firing' | 'resolved',
  fingerprint: string,
  severity: 'critical' | 'warning' = 'warning',
) => {
  const told = alert(status, fingerprint, severity, 'Slow');
  return { ...told, body: { ...told.body, labels: { component: 'redis', alertname: 'Slow' } } };
};

let bench: DeliveryBench;
let maintenance: Maintenance;
let state: Map<string, string>;
const open = (windows: Parameters<typeof createMaintenance>[0]['windows'] = []): Maintenance =>
  createMaintenance({
    windows,
    state: { get: (key) => state.get(key), set: (key, value) => void state.set(key, value) },
    now: () => bench.clock.now(),
    onChange: () => bench.delivery.wake(),
  });
beforeEach(() => {
  state = new Map();
  bench = new DeliveryBench(routeAll(['1'], POLICY), NOON);
  maintenance = open();
  bench.maintenance = (now) => maintenance.at(now);
});
afterEach(async () => {
  await bench.delivery.stop(0);
  expect(bench.unexpected).toEqual([]);
});

describe('a maintenance', () => {
  it('holds what is not critical, over a restart, and tells it together at its end', async () => {
    maintenance.begin({ id: 'deploy', forMs: 30 * MINUTE, matchers: [] });
    await bench.accept(redis('firing', 'a'), alert('firing', 'i', 'info', 'Note'), payment);
    await bench.accept(alert('firing', 'c', 'critical', 'Down'));
    await bench.restart();
    maintenance = open();
    await bench.accept(redis('resolved', 'a'));
    await bench.clock.advance(29 * MINUTE);
    expect(bench.ledger()).toMatchObject({ accepted: 5, delivered: 1, pending: 4 });
    await bench.clock.advance(2 * MINUTE);
    expect(bench.texts()).toEqual(
      expect.arrayContaining(['list of 1', 'digest quiet 1/2 of 2'].map((text) => `send: ${text}`)),
    );
    expect(bench.ledger()).toMatchObject({ accepted: 5, pending: 0, failed: {} });
    expect(bench.outbox.incident('1', 'digest:quiet')).toMatchObject({ maintenance: true });
  });

  it('with a matcher holds only what matches', async () => {
    maintenance.begin({ id: 'chat', forMs: 30 * MINUTE, matchers: ofRedis === undefined ? [] : [ofRedis] });
    await bench.accept(redis('firing', 'a'), alert('firing', 'w', 'warning', 'Disk'));
    await bench.accept(redis('firing', 'c', 'critical'));
    await bench.clock.advance(20 * MINUTE);
    expect(bench.texts().filter((text) => text.startsWith('send'))).toEqual([
      'send: incident alert:Disk firing 1 count 1',
      'send: incident alert:Slow firing 1 count 1',
    ]);
    await bench.clock.advance(11 * MINUTE);
    expect(bench.texts().at(-1)).toBe('send: digest quiet 0/1 of 1');
  });

  it('that is ended tells what it held at once; begun again with its id it takes the place of the first', async () => {
    maintenance.begin({ id: 'deploy', forMs: 10 * MINUTE, matchers: [] });
    maintenance.begin({ id: 'deploy', forMs: 2 * HOUR, matchers: [] });
    expect(maintenance.at(bench.clock.now())).toHaveLength(1);
    await bench.accept(redis('firing', 'a'));
    await bench.clock.advance(HOUR);
    expect(bench.texts()).toEqual([]);
    maintenance.begin({ id: 'deploy', forMs: 0, matchers: [] });
    await bench.clock.advance(MINUTE);
    expect(bench.texts()).toEqual(['send: digest quiet 0/1 of 1']);
    maintenance.begin({ id: 'chat', forMs: HOUR, matchers: [] });
    maintenance.end();
    expect(maintenance.at(bench.clock.now())).toEqual([]);
  });

  it('reminds of nothing that it holds', async () => {
    await bench.delivery.stop(0);
    bench = new DeliveryBench(routeAll(['1'], { ...POLICY, remindAfterMs: everySeverity(HOUR) }), NOON);
    bench.maintenance = (now) => maintenance.at(now);
    await bench.accept(redis('firing', 'a'), alert('firing', 'c', 'critical', 'Down'));
    await bench.clock.advance(MINUTE);
    maintenance.begin({ id: 'chat', forMs: 3 * HOUR, matchers: ofRedis === undefined ? [] : [ofRedis] });
    await bench.clock.advance(2.5 * HOUR);
    const reminders = () => bench.texts().filter((text) => /^send: .* reminder$/.test(text));
    expect(new Set(reminders())).toEqual(new Set(['send: incident alert:Down firing 1 count 1 reminder']));
    await bench.clock.advance(HOUR);
    expect(reminders().join()).toContain('alert:Slow');
  });
});

describe('weekly windows', () => {
  const nightly = { days: [7], from: 60, to: 210, timezone: 'Europe/Berlin', matchers: [] };
  const at = (time: string): number | undefined => quietUntil(nightly, Date.parse(time));

  it('begin on their days, and end by the clock on the wall when it is set', () => {
    expect(at('2024-09-22T00:30:00+02:00')).toBeUndefined();
    expect(at('2024-09-22T01:00:00+02:00')).toBe(Date.parse('2024-09-22T03:30:00+02:00'));
    expect(at('2024-09-23T02:00:00+02:00')).toBeUndefined();
    // The night the clock is set back has an hour more, the one it is set forward an hour less.
    expect(at('2024-10-27T02:30:00+01:00')).toBe(Date.parse('2024-10-27T03:30:00+01:00'));
    expect(at('2024-03-31T01:30:00+01:00')).toBe(Date.parse('2024-03-31T03:30:00+02:00'));
  });

  it('over midnight belong to the day they begin on', () => {
    const late = { days: [5], from: 23 * 60, to: 60, timezone: 'UTC' };
    expect(quietUntil(late, Date.parse('2024-09-28T00:30:00Z'))).toBe(Date.parse('2024-09-28T01:00:00Z'));
    expect(quietUntil(late, Date.parse('2024-09-29T00:30:00Z'))).toBeUndefined();
  });

  it('hold like any other maintenance', async () => {
    maintenance = open([{ days: [2], from: 12 * 60, to: 13 * 60, timezone: 'UTC', matchers: [] }]);
    await bench.accept(redis('firing', 'a'));
    await bench.clock.advance(59 * MINUTE);
    expect(bench.texts()).toEqual([]);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.texts()).toEqual(['send: digest quiet 0/1 of 1']);
  });
});

it.each([
  [['30m'], { forMs: 30 * MINUTE, matchers: [] }],
  [['2Ч', 'component="redis"'], { forMs: 2 * HOUR, matchers: [{ text: 'component="redis"' }] }],
  [['1h', 'severity', '=', 'info'], { forMs: HOUR, matchers: [{ text: 'severity = info' }] }],
  [['component=redis', '15м'], { forMs: 15 * MINUTE, matchers: [{ text: 'component=redis' }] }],
  [['off'], 'off'],
  [['стоп'], 'off'],
  [[], undefined],
  [['2d'], undefined],
  [['30m', 'redis'], undefined],
  [['soon'], undefined],
])('/maintenance %j', (args, expected) => {
  const found = maintenanceArguments(args);
  if (typeof expected === 'object') expect(found).toMatchObject(expected);
  else expect(found).toBe(expected);
});
