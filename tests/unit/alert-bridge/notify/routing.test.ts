import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { policyKeys, readRouting } from '../../../../alert-bridge/config/notification-keys.ts';
import type { EventBody, NewSignal, Severity } from '../../../../alert-bridge/model/signal.ts';
import { formatProblems } from '../../../../common/config/problem.ts';
import { parseYaml } from '../../../../common/config/yaml.ts';
import { everySeverity } from '../../../support/bridge/routing.ts';

const PATH = 'alert-bridge/config.yml';
const CHATS = ['4242000001', '-1001234567890', '-1001234567890:42'];
const MINUTE = 60_000;

function read(text: string, chats: readonly string[] = CHATS) {
  const { value, problems } = parseYaml(z.strictObject(policyKeys), text, PATH);
  if (value === undefined) return { problems: formatProblems('alert-bridge', problems) };
  const { routing, problems: more } = readRouting(value, { chats, timezone: 'Europe/Moscow', path: PATH });
  return { routing, problems: more.length === 0 ? '' : formatProblems('alert-bridge', more) };
}
function routed(text: string) {
  const { routing, problems } = read(text);
  if (routing === undefined) throw new Error(problems);
  return routing;
}

const alert = (labels: Record<string, string>, severity: Severity = 'critical'): NewSignal => ({
  id: '1',
  type: `alert:${labels['alertname'] ?? ''}:${labels['component'] ?? ''}`,
  severity,
  occurredAt: 1,
  body: { kind: 'alert', status: 'firing', fingerprint: 'f', labels, annotations: {}, startsAt: 1 },
});
const event = (body: EventBody): NewSignal => ({
  id: '1',
  type: body.kind,
  severity: 'info',
  occurredAt: 1,
  body,
});

describe('an error of the application', () => {
  it('is routed by its type', () => {
    const routing = routed(`
routes:
  - match: ['error_type="IntegrityError"']
    cooldown: 5m
`);
    const ofError = (errorType: string) =>
      routing.routeOf(event({ kind: 'critical_error', errorType, details: 'x' })).policy.cooldownMs;
    expect([ofError('IntegrityError'), ofError('OSError')]).toEqual([5 * MINUTE, 30 * MINUTE]);
  });
});

describe('routing', () => {
  const example = readFileSync('alert-bridge/config.example.yml', 'utf8');

  it('reads the example: the first route whose matchers all hold', () => {
    const routing = routed(example);
    const database = routing.routeOf(alert({ component: 'database', instance: 'a' }));
    expect(database).toMatchObject({
      chats: ['4242000001', '-1001234567890'],
      policy: { cooldownMs: 10 * MINUTE, remindAfterMs: everySeverity(30 * MINUTE), sound: ['critical'] },
    });
    const payment = event({ kind: 'new_user', userId: '1' });
    expect(routing.routeOf(payment).chats).toEqual(['-1001234567890:42']);
    const host = alert({ alertname: 'CpuHigh', instance: 'host1' }, 'warning');
    expect(routing.routeOf(host)).toMatchObject({
      chats: CHATS,
      policy: { sound: [], cooldownMs: 30 * MINUTE },
    });
    expect(routing.routeOf(host).policy.remindAfterMs).toEqual(everySeverity(undefined));
    expect(routing.classify(host).type).toBe('alert:{instance="host1"}');
  });

  it('reminds by severity, or of all alike', () => {
    const remindedAfter = (yaml: string) => routed(yaml).fallback.policy.remindAfterMs;
    expect(remindedAfter('remind_after: 4h')).toEqual(everySeverity(240 * MINUTE));
    expect(remindedAfter('remind_after: never')).toEqual(everySeverity(undefined));
    expect(remindedAfter('remind_after: { critical: 1h, info: never }')).toEqual({ critical: 60 * MINUTE });
    expect(read('remind_after: { urgent: 1h }').problems).toContain('remind_after.urgent: Remove this key');
    expect(read('remind_after: often').problems).toContain('write a duration such as 4h, or never');
  });

  it('loses nothing: what no route matches goes to every chat, by the rules for all', () => {
    const routing = routed(example);
    const warning = alert({ alertname: 'Other', component: 'database' }, 'warning');
    expect(routing.routeOf(warning)).toBe(routing.fallback);
    expect(routing.fallback).toMatchObject({
      chats: CHATS,
      policy: { remindAfterMs: { critical: 240 * MINUTE, warning: 1440 * MINUTE, info: 1440 * MINUTE } },
    });
    expect(routing.classify(warning)).toBe(warning);
    expect(routing.fallback.policy.quietHours).toEqual({ from: 1_380, to: 480, timezone: 'Europe/Moscow' });
  });

  it('matches by the severity a signal has, not by the word its sender used', () => {
    const routing = routed(`routes: [{ match: ['severity="critical"'], sound: [] }]`);
    expect(routing.routeOf(alert({ severity: 'page' })).policy.sound).toEqual([]);
    expect(routing.routeOf(alert({ constructor: 'x' }, 'info'))).toBe(routing.fallback);
  });

  it.each([
    ['page critical CRITICAL Critical emergency Alert HIGH fatal', 'critical'],
    ['error Error WARN warning medium high-ish constructor', 'warning'],
    ['notice NONE info Informational debug', 'info'],
  ] as const)('takes what people call it, in any case: %s', (words, severity) => {
    const routing = routed('');
    for (const word of words.split(' ')) expect([word, routing.severityOf(word)]).toEqual([word, severity]);
    expect(routing.severityOf(undefined)).toBe('warning');
  });

  it('lets the configuration say what a word means, for the message and for who is told', () => {
    const routing = routed(`severity_words: { High: warning, 5: info, wake-me: critical }`);
    const classified = (severity: string) => routing.classify(alert({ severity }, 'warning'));
    expect(classified('WAKE-ME')).toMatchObject({ severity: 'critical', body: { severity: 'critical' } });
    expect(classified('high').severity).toBe('warning');
    expect(classified('5').severity).toBe('info');
    expect(routing.severityOf('page')).toBe('critical');
    // A mute of Alertmanager needs the label as it is.
    expect(classified('wake-me').body).toHaveProperty('labels.severity', 'wake-me');
    expect(read('severity_words: { high: loud }').problems).toContain('severity_words.high');
    expect(read('severity_words: { Critical: info }').problems).toContain('stands for itself');
  });

  it('says what is wrong by the name of the key', () => {
    expect(read(`routes: [{ match: [] }]`).problems).toContain('routes.0.match');
    expect(read(`routes: [{ match: ['component'] }]`).problems).toContain(
      'routes.0.match.0: received a text of 9 characters',
    );
    expect(read(`routes: [{ match: ['a="b"'], chat: x }]`).problems).toContain(
      'routes.0.chat: Remove this key',
    );
    expect(read(`routes: [{ match: ['a="b"'], chats: ["7"] }]`).problems).toContain(
      `routes.0.chats: received "7"; Write one of ADMIN_TELEGRAM_ID: ${CHATS.join(', ')}.`,
    );
    expect(read(`quiet_hours: { from: "23:00", to: "23:00" }`).problems).toContain('quiet_hours');
    expect(read(`quiet_hours: { from: "23:00", to: "25:00" }`).problems).toContain('quiet_hours.to');
    expect(read(`quiet_hours: { from: "23:00", to: "07:00", timezone: Mars }`).problems).toContain(
      'quiet_hours.timezone: received a text of 4 characters',
    );
    expect(read(`remind_after: soon`).problems).toContain('remind_after: received a text of 4 characters');
  });
});
