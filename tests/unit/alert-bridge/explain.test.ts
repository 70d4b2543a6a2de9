import Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain } from '../../../alert-bridge/explain.ts';
import { openOutbox } from '../../../alert-bridge/outbox/sqlite.ts';
import { readRouting, policyKeys } from '../../../alert-bridge/policy/schema.ts';
import { createRenderer } from '../../../alert-bridge/renderer.ts';
import { parseChats } from '../../../alert-bridge/telegram/chats.ts';
import { parseYaml } from '../../../common/config/yaml.ts';
import { z } from 'zod';
import { notification } from '../../support/bridge.ts';

const chats = parseChats('4242000001,-1001234567890,-1001234567890:42').targets;
const NOON = Date.parse('2024-09-22T09:00:00Z');
const MIDNIGHT = Date.parse('2024-09-21T22:00:00Z');

function explained(payload: unknown, now = NOON): string {
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
    buttonsOf: () => undefined,
  });
  const outbox = openOutbox(new Database(':memory:'));
  return explain(payload, { outbox, chats, routing: readRouting(value, context).routing, render, now });
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
    expect(lines.slice(0, 4)).toEqual([
      '#1 alert, firing, critical, type alert:ComponentDown:redis',
      '  route: component=~"database|redis", severity="critical"',
      '  4242000001: send, with sound: first_notification',
      '    | 🚨 Redis is down',
    ]);
    expect(lines).toContain('  -1001234567890: send, with sound: first_notification');
    expect(lines.join('\n')).not.toContain('-1001234567890:42');
  });

  it('to several alerts of one type: one message', () => {
    const text = explained(
      notification([{ alertname: 'CpuHigh' }, { alertname: 'CpuHigh', severity: 'info' }]),
    );
    expect(text).toContain('#2 alert, firing, info, type alert:CpuHigh:');
    expect(text).toContain('  4242000001: send, silent: first_notification, in the message of #1');
  });

  it('to a storm, to the Watchdog and to what quiet hours hold', () => {
    const storm = Array.from({ length: 30 }, (_, i) => ({ alertname: `A${i}`, severity: 'critical' }));
    expect(explained(notification(storm))).toContain(
      '4242000001: send, with sound: storm, in the message of #1',
    );
    expect(explained(notification([{ alertname: 'Watchdog' }]))).toContain('4242000001: left out: watchdog');
    const warning = notification([{ alertname: 'CpuHigh', severity: 'warning' }]);
    expect(explained(warning, MIDNIGHT)).toContain('4242000001: held until the quiet hours are over');
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
