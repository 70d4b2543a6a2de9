import { describe, expect, it } from 'vitest';
import { parseAlertmanager, partsOf } from '../../../../alert-bridge/ingest/alertmanager.ts';
import { parseEvent } from '../../../../alert-bridge/ingest/events.ts';
import { occurrencesOf } from '../../../../alert-bridge/model/signal.ts';

const NOW = Date.parse('2024-09-22T10:00:00Z');
let ids = 0;
const context = { now: NOW, newId: () => `id-${(ids += 1)}` };

const firing = {
  status: 'firing',
  labels: { alertname: 'ComponentDown', component: 'redis', severity: 'critical' },
  annotations: { summary: 'Redis не отвечает' },
  startsAt: '2024-09-22T09:58:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: 'f1',
};
const notification = (...alerts: unknown[]) => ({
  version: '4',
  groupKey: '{}:{alertname="ComponentDown"}',
  status: 'firing',
  alerts,
});
const parse = (body: unknown) => parseAlertmanager(body, context);

describe('an Alertmanager notification', () => {
  it('becomes one signal per alert, typed by alert name and component', () => {
    const { signals, watchdog } = parse(notification(firing));
    expect(watchdog).toBe(false);
    expect(signals).toEqual([
      {
        id: expect.stringMatching(/^id-/) as string,
        type: 'alert:ComponentDown:redis',
        severity: 'critical',
        occurredAt: Date.parse(firing.startsAt),
        body: {
          kind: 'alert',
          status: 'firing',
          fingerprint: 'f1',
          labels: firing.labels,
          annotations: firing.annotations,
          startsAt: Date.parse(firing.startsAt),
          generatorUrl: firing.generatorURL,
        },
      },
    ]);
  });

  it('of many alerts is read in parts, the same ones for the same post, each with a key of its own', () => {
    const many = notification(
      ...Array.from({ length: 1_001 }, (_, i) => ({ ...firing, fingerprint: `f${i}` })),
    );
    const read = () => partsOf(many).map((part) => parse(part));
    const parts = read();
    expect(parts.map(({ signals }) => signals.length)).toEqual([250, 250, 250, 250, 1]);
    const fingerprints = parts.flatMap(({ signals }) =>
      signals.map(({ body }) => 'fingerprint' in body && body.fingerprint),
    );
    expect(fingerprints).toEqual(many.alerts.map((alert) => (alert as typeof firing).fingerprint));
    const keys = parts.map(({ key }) => key);
    expect(new Set(keys).size).toBe(5);
    expect(read().map(({ key }) => key)).toEqual(keys);
    expect(partsOf(notification(firing))).toEqual([notification(firing)]);
    expect(partsOf('nothing')).toEqual(['nothing']);
  });

  it('takes the end of a resolved alert as the time it happened', () => {
    const [signal] = parse(
      notification({ ...firing, status: 'resolved', endsAt: '2024-09-22T09:59:30Z' }),
    ).signals;
    expect(signal).toMatchObject({
      occurredAt: Date.parse('2024-09-22T09:59:30Z'),
      body: { status: 'resolved', endsAt: Date.parse('2024-09-22T09:59:30Z') },
    });
  });

  it("counts from when the trouble began, where the rule tells its own 'for'", () => {
    const startsAt = (annotations: object) =>
      parse(notification({ ...firing, annotations })).signals[0]?.occurredAt;
    expect(startsAt({ pending_for: '1m' })).toBe(Date.parse(firing.startsAt) - 60_000);
    expect(startsAt({ pending_for: 'soon' })).toBe(Date.parse(firing.startsAt));
    expect(startsAt({})).toBe(Date.parse(firing.startsAt));
  });

  it('accepts fields of newer releases, and alerts that lack almost everything', () => {
    const { signals } = parse({
      ...notification({ labels: { odd: 7 } }, 'junk'),
      newField: {},
      groupKey: undefined,
    });
    expect(signals).toHaveLength(2);
    expect(signals[0]).toMatchObject({ type: 'alert::', severity: 'warning', occurredAt: NOW });
    expect(signals[0]?.body).toMatchObject({ labels: { odd: '7' }, status: 'firing' });
  });

  it('has the same key when posted twice in any order, and another when anything changed', () => {
    const other = { ...firing, fingerprint: 'f2' };
    const { key } = parse(notification(firing, other));
    expect(parse(notification(other, firing)).key).toBe(key);
    expect(parse(notification(firing)).key).not.toBe(key);
    expect(parse(notification(firing, { ...other, status: 'resolved' })).key).not.toBe(key);
    expect(parse({ ...notification(firing, other), groupKey: 'other' }).key).not.toBe(key);
  });

  it('knows the Watchdog', () => {
    const watchdog = { ...firing, labels: { alertname: 'Watchdog' } };
    expect(parse(notification(watchdog)).watchdog).toBe(true);
    expect(parse(notification({ ...watchdog, status: 'resolved' })).watchdog).toBe(false);
  });

  it.each([
    ['no object', 'text'],
    ['no alerts', { version: '4' }],
    ['alerts that are no list', { alerts: {} }],
  ])('refuses %s with 400', (_name, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_payload' }));
  });
});

describe('an event', () => {
  const event = (body: unknown) => parseEvent(body, context);

  it.each([
    [
      {
        type: 'critical_error',
        error_type: 'Database Connection Failed',
        details: 'not responding',
        user_id: 123456,
      },
      'critical_error:Database Connection Failed',
      'critical',
      {
        kind: 'critical_error',
        errorType: 'Database Connection Failed',
        details: 'not responding',
        userId: '123456',
      },
    ],
    [
      { type: 'new_user', user_id: '7', source: 'ads' },
      'new_user',
      'info',
      { kind: 'new_user', userId: '7', source: 'ads' },
    ],
    [
      { type: 'payment_received', user_id: 7, amount: 150, payment_type: 'month' },
      'payment_received',
      'info',
      { kind: 'payment_received', userId: '7', amount: 150, currency: 'XTR', paymentType: 'month' },
    ],
    [{ type: 'bot_started', version: '1.2' }, 'bot_started', 'info', { kind: 'bot_started', version: '1.2' }],
    [{ type: 'bot_stopped', reason: null }, 'bot_stopped', 'critical', { kind: 'bot_stopped' }],
    [
      { type: 'custom', title: 'Backup', text: 'done', severity: 'warning' },
      'custom:Backup',
      'warning',
      { kind: 'custom', title: 'Backup', text: 'done' },
    ],
  ])('%o is accepted', (body, type, severity, parsed) => {
    expect(event(body)).toMatchObject({ type, severity, body: parsed, occurredAt: NOW });
  });

  it('keeps the idempotency key, the time and the severity of its sender', () => {
    const sent = {
      type: 'new_user',
      user_id: 1,
      id: 'key',
      occurred_at: '2024-09-22T12:00:00+03:00',
      severity: 'warning',
    };
    expect(event(sent)).toMatchObject({
      id: 'event:key',
      severity: 'warning',
      occurredAt: Date.parse('2024-09-22T09:00:00Z'),
    });
  });

  it('may stand for several: its sender has counted them together', () => {
    const custom = { type: 'custom', title: 'Backup', text: 'done', severity: 'warning' };
    const error = { type: 'critical_error', error_type: 'DB', details: 'gone' };
    for (const sent of [custom, error]) {
      expect(occurrencesOf(event(sent).body)).toBe(1);
      expect(event({ ...sent, count: null }).body).not.toHaveProperty('count');
      expect(occurrencesOf(event({ ...sent, count: 37 }).body)).toBe(37);
      for (const count of [0, -1, 1.5, 1e9, 'many'])
        expect(() => event({ ...sent, count })).toThrow(expect.objectContaining({ status: 400 }));
    }
  });

  it('names every field that is wrong, and never what was in it', () => {
    const wrong = { type: 'payment_received', user_id: {}, amount: 'canary', occurred_at: 'canary' };
    expect(() => event(wrong)).toThrow(/occurred_at.*user_id.*amount.*payment_type/s);
    expect(() => event(wrong)).not.toThrow(/canary/);
    expect(() => event({ type: 'unknown' })).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => event([])).toThrow(expect.objectContaining({ status: 400 }));
  });
});
