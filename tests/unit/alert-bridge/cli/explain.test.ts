import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { explain } from '../../../../alert-bridge/cli/explain.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { readRouting, policyKeys } from '../../../../alert-bridge/config/notification-keys.ts';
import { createRenderer } from '../../../../alert-bridge/notify/render.ts';
import { createBudget, type Budget } from '../../../../alert-bridge/telegram/budget.ts';
import { parseChats } from '../../../../alert-bridge/telegram/chats.ts';
import { parseYaml } from '../../../../common/config/yaml.ts';
import { z } from 'zod';
import { notification } from '../../../support/bridge/bridge.ts';

const chats = parseChats('4242000001,-1001234567890,-1001234567890:42').targets;
const NOON = Date.parse('2024-09-22T09:00:00Z');
const MIDNIGHT = Date.parse('2024-09-21T22:00:00Z');

const emptyOutbox = (): Outbox => openOutbox(connectSqlite(':memory:'));

interface Before {
  readonly outbox?: Outbox;
  readonly budget?: Budget;
}

function explained(payload: unknown, now = NOON, before: Before = {}): string {
  const text = readFileSync('alert-bridge/config.example.yml', 'utf8');
  const { value } = parseYaml(z.strictObject(policyKeys), text, 'config.example.yml');
  if (value === undefined) throw new Error('the example is not valid');
  const timezone = 'Europe/Moscow';
  const context = { chats: chats.map(({ key }) => key), timezone, path: 'config.example.yml' };
  const render = createRenderer({
    locale: 'en',
    timezone,
    links: {},
    redact: (raw) => raw,
    onFailure: (error) => {
      throw error;
    },
  });
  const { outbox = emptyOutbox(), budget = createBudget() } = before;
  const { routing } = readRouting(value, context);
  return explain(payload, { outbox, budget, chats, routing, render, timezone, now });
}

describe('what would happen', () => {
  it('to an alert: route, chats, decision, reason and text', () => {
    const down = {
      alertname: 'ComponentDown',
      component: 'redis',
      severity: 'critical',
      summary: 'Redis is down',
    };
    const lines = explained(notification([down], new Date(NOON))).split('\n');
    expect(lines.slice(0, 11)).toEqual([
      '2024-09-22 12:00:00 Europe/Moscow, quiet hours: not now',
      "4242000001: within Telegram's limits",
      "-1001234567890: within Telegram's limits",
      "-1001234567890:42: within Telegram's limits",
      '',
      '#1 alert, firing, critical, type alert:ComponentDown:redis',
      '  route: component=~"database|redis", severity="critical"',
      '  rules: critical rings, cooldown 10m, reminded of: after 30m',
      '  4242000001: send, with sound: first_notification',
      '    no message of this type so far',
      '    | 🚨 Redis is down',
    ]);
    expect(lines).toContain('  -1001234567890: send, with sound: first_notification');
    expect(lines.filter((line) => line.startsWith('  -1001234567890:42'))).toEqual([]);
  });

  it('to several alerts of one type: one message', () => {
    const text = explained(
      notification([{ alertname: 'CpuHigh' }, { alertname: 'CpuHigh', severity: 'info' }]),
    );
    expect(text).toContain('#2 alert, firing, info, type alert:CpuHigh:');
    expect(text.split('\n\n#2')[1]).toContain('  4242000001: send, silent: first_notification');
    expect(text.split('\n\n#2')[1]).toContain('    in the message of #1');
  });

  it('after what was told before: within the cooldown an edit, after it a message of its own', () => {
    const outbox = emptyOutbox();
    const redisDown = { alertname: 'ComponentDown', component: 'redis', severity: 'critical' };
    const later = (minutes: number, startsAt = NOON) => {
      const payload = notification([redisDown], new Date(startsAt));
      const text = explained(payload, NOON + minutes * 60_000, { outbox });
      // The names that it gives to alerts begin anew with every payload.
      outbox.prune({ settledBefore: Infinity, incidentsBefore: 0 });
      return text;
    };
    later(0);
    expect(later(5)).toContain('  4242000001: suppress: repeat');
    expect(later(5)).toContain(
      'message 1 of 2024-09-22 12:00:00 stands for this type: cooldown until 2024-09-22 12:10:00',
    );
    expect(later(6, NOON + 1_000)).toContain('  4242000001: edit: within_cooldown');
    expect(later(7, NOON + 2_000)).toContain('message 1 of 2024-09-22 12:00:00 stands');
    expect(later(11, NOON + 2_000)).toContain('  4242000001: send, with sound: still_firing');
    expect(later(12, NOON + 2_000)).toContain('cooldown until 2024-09-22 12:21:00');
  });

  it("within Telegram's limits, and twice", () => {
    const budget = createBudget();
    budget.pause(-1_001_234_567_890, NOON + 90_000);
    const outbox = emptyOutbox();
    const event = { type: 'new_user', user_id: 7, id: 'e1' };
    const text = explained(event, NOON, { outbox, budget });
    expect(text).toContain("-1001234567890:42: Telegram's limits hold messages until 2024-09-22 12:01:30");
    expect(text).toContain("4242000001: within Telegram's limits");
    expect(explained(event, NOON, { outbox })).toContain('e1: an event with this id was accepted before');
  });

  it('to a storm, to the Watchdog and to what quiet hours hold', () => {
    const storm = Array.from({ length: 30 }, (_, i) => ({ alertname: `A${i}`, severity: 'critical' }));
    expect(explained(notification(storm)).split('\n\n#2')[1]).toMatch(
      /4242000001: send, with sound: storm\n.*\n {4}in the message of #1/,
    );
    expect(explained(notification([{ alertname: 'Watchdog' }]))).toContain('4242000001: left out: watchdog');
    const warning = notification([{ alertname: 'CpuHigh', severity: 'warning' }]);
    const held = explained(warning, MIDNIGHT);
    expect(held).toContain('2024-09-22 01:00:00 Europe/Moscow, quiet hours: until 2024-09-22 08:00:00');
    expect(held).toContain('  4242000001: held until 2024-09-22 08:00:00');
  });

  it('to an event', () => {
    const text = explained({ type: 'new_user', user_id: 7 });
    expect(text).toContain('#1 event new_user, info, type new_user');
    expect(text).toContain('  -1001234567890:42: send, silent: never_dropped\n    | ');
  });

  it('to what is neither: it is refused, with the field that is wrong', () => {
    expect(() => explained({ type: 'new_user' })).toThrow('user_id');
    expect(() => explained({ alerts: 'none' })).toThrow('alerts');
  });
});
