import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseAlertmanager } from '../../../../alert-bridge/ingest/alertmanager.ts';
import { parseGrafana } from '../../../../alert-bridge/ingest/grafana.ts';
import { isSigned, parseSentry } from '../../../../alert-bridge/ingest/sentry.ts';

const NOW = Date.parse('2024-09-22T10:00:00Z');
const arrival = { now: NOW, newId: () => 'id' };

describe("Grafana's webhook", () => {
  const alert = {
    status: 'firing',
    labels: { alertname: 'High memory usage', component: 'web', severity: 'critical' },
    annotations: { summary: 'Памяти мало' },
    startsAt: '2024-09-22T11:51:03.157076+02:00',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'https://grafana.example.com/alerting/grafana/1afz29v7z/view',
    fingerprint: 'c6eadffa33fcdf37',
    silenceURL: 'https://grafana.example.com/alerting/silence/new',
    dashboardURL: '',
    panelURL: '',
    values: { B: 44.2, C: 1 },
  };
  const body = (more: object = {}) => ({
    receiver: 'bridge',
    status: 'firing',
    orgId: 1,
    groupKey: '{}:{alertname="High memory usage"}',
    version: '1',
    title: '[FIRING:1]',
    alerts: [{ ...alert, ...more }],
  });
  const read = (more: object = {}) => parseGrafana(body(more), arrival).signals[0];

  it('becomes an alert with its value and its page', () => {
    expect(read()).toMatchObject({
      type: 'grafana:High memory usage:web',
      severity: 'critical',
      occurredAt: Date.parse('2024-09-22T09:51:03.157Z'),
      body: {
        source: 'grafana',
        status: 'firing',
        annotations: { summary: 'Памяти мало', value: '44.2' },
        generatorUrl: alert.generatorURL,
      },
    });
  });

  it('prefers the panel, then the dashboard, to the rule', () => {
    expect(read({ dashboardURL: 'https://d', panelURL: 'https://p' })?.body).toMatchObject({
      generatorUrl: 'https://p',
    });
    expect(read({ dashboardURL: 'https://d' })?.body).toMatchObject({ generatorUrl: 'https://d' });
  });

  it('names several values by their letters, and none when there is none', () => {
    expect(read({ values: { A: 3, B: 4.5, C: 1 } })?.body).toMatchObject({
      annotations: { value: 'A = 3, B = 4.5' },
    });
    expect(read({ values: null })?.body).not.toHaveProperty('annotations.value');
    expect(read({ annotations: { value: '44 %' } })?.body).toMatchObject({ annotations: { value: '44 %' } });
  });

  it('shows a measured nought, and not the verdict of the rule', () => {
    expect(read({ values: { B: 0, C: 1 } })?.body).toMatchObject({ annotations: { value: '0' } });
    expect(read({ values: { A: 0 } })?.body).toMatchObject({ annotations: { value: '0' } });
    expect(read({ values: { A: 1, B: 1, C: 1 } })?.body).toMatchObject({ annotations: { value: '1' } });
  });

  it.each([
    [
      "[ var='A' labels={host=a, path=/x/{id} value=9} type='query' value=0 ], [ var='B' labels={host=a} type='reduce' value=0 ], [ var='C' labels={host=a} type='threshold' value=1 ]",
      '0',
    ],
    [
      "[ var='A' labels={} type='query' value=84.30821314013467 ], [ var='C' labels={} type='threshold' value=1 ]",
      '84.3082',
    ],
    ["[ var='B' labels={host=a} value=12.5 ], [ var='C' labels={host=a} value=1 ]", '12.5'],
    [
      "[ var='B0' metric='cpu' labels={} value=77 ], [ var='B1' metric='disk' labels={} value=5 ]",
      'cpu = 77, disk = 5',
    ],
    ["[ metric='Sensor' labels={name=a} value=1234567.5 ]", '1234570'],
    ["[ var='A' labels={} value=NaN ], [ var='B' labels={} value=3 ]", '3'],
  ])('reads what the rule measured in %s', (valueString, value) => {
    expect(read({ values: null, valueString })?.body).toMatchObject({ annotations: { value } });
  });

  it('takes no text for a measurement that is none', () => {
    for (const valueString of ['', 'null', '[ no value ]', "[ var='A' labels={} value=NaN ]"])
      expect(read({ values: null, valueString })?.body).not.toHaveProperty('annotations.value');
  });

  it('says of a rule that cannot be evaluated which it is and why, not what the rule says', () => {
    const failed = (alertname: string, annotations: object) =>
      read({
        labels: { alertname, rulename: 'High CPU', datasource_uid: 'p1', ref_id: 'A' },
        annotations: { summary: 'Процессор загружен', description: 'Найдите, кто.', ...annotations },
        values: {},
        valueString: '',
      })?.body;
    expect(failed('DatasourceError', { Error: 'dial tcp: connection refused' })).toMatchObject({
      annotations: {
        summary: 'Grafana не может проверить правило «High CPU»: источник данных ответил ошибкой',
        description: 'dial tcp: connection refused',
      },
    });
    expect(failed('DatasourceNoData', {})).toMatchObject({
      annotations: { summary_en: 'Grafana cannot check the rule “High CPU”: there are no data' },
    });
    expect(failed('DatasourceNoData', {})).not.toHaveProperty('annotations.description');
  });

  it('is never taken for the same alert of Alertmanager', () => {
    const [theirs] = parseAlertmanager(body(), arrival).signals;
    const mine = read();
    expect(mine?.type).not.toBe(theirs?.type);
    expect(mine?.body).not.toHaveProperty(
      'fingerprint',
      theirs?.body.kind === 'alert' && theirs.body.fingerprint,
    );
  });

  it('is refused when it is no notification', () => {
    expect(() => parseGrafana({ alerts: 'none' }, arrival)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

const event = {
  issue_id: '1117540176',
  title: 'ReferenceError: heck is not defined',
  culprit: 'bot.handlers.expense in add',
  level: 'fatal',
  datetime: '2024-09-22T09:59:00.000Z',
  web_url: 'https://coins.sentry.io/issues/1117540176/events/e4874d66/',
  environment: 'production',
  user: { id: '123456', email: 'someone@example.com' },
  request: { data: { description: 'обед' } },
};
const eventAlert = { action: 'triggered', data: { event, triggered_rule: 'First error of its kind' } };
const issue = {
  id: '1117540176',
  title: event.title,
  culprit: event.culprit,
  level: 'error',
  firstSeen: '2024-09-20T08:00:00.000Z',
  web_url: 'https://coins.sentry.io/issues/1117540176/',
};
const metricAlert = (action: string) => ({
  action,
  data: {
    description_title: 'Critical: error rate',
    description_text: '7% of requests in the last 5 minutes',
    web_url: 'https://coins.sentry.io/alerts/rules/details/7/',
    metric_alert: {
      id: '12',
      title: 'error rate',
      date_started: '2024-09-22T09:50:00Z',
      date_closed: action === 'resolved' ? '2024-09-22T09:58:00Z' : null,
      alert_rule: { id: '7', name: 'Error rate > 5%' },
    },
  },
});

describe("Sentry's webhook", () => {
  const issueSignal = (action: string) => parseSentry('issue', { action, data: { issue } }, arrival).signal;

  it('of an issue alert becomes an alert of that issue', () => {
    expect(parseSentry('event_alert', eventAlert, arrival).signal).toMatchObject({
      type: 'sentry:issue:1117540176',
      severity: 'critical',
      occurredAt: Date.parse(event.datetime),
      body: {
        source: 'sentry',
        status: 'firing',
        annotations: { summary: event.title, description: event.culprit },
        labels: { environment: 'production', rule: 'First error of its kind' },
        generatorUrl: event.web_url,
      },
    });
  });

  it('takes nothing of the user or the request along', () => {
    const taken = JSON.stringify(parseSentry('event_alert', eventAlert, arrival));
    for (const secret of ['123456', 'someone@example.com', 'обед']) expect(taken).not.toContain(secret);
  });

  it('of an issue opens and closes the same alert', () => {
    const opened = issueSignal('created');
    expect(opened).toMatchObject({
      type: 'sentry:issue:1117540176',
      severity: 'warning',
      body: { status: 'firing', startsAt: Date.parse(issue.firstSeen) },
    });
    expect(issueSignal('resolved')).toMatchObject({
      type: opened?.type,
      occurredAt: NOW,
      body: { status: 'resolved', endsAt: NOW },
    });
    expect(issueSignal('archived')?.body).toMatchObject({ status: 'resolved' });
    expect(issueSignal('unresolved')?.body).toMatchObject({ status: 'firing', startsAt: NOW });
    expect(issueSignal('assigned')).toBeUndefined();
  });

  it('of a metric alert rises, falls and ends', () => {
    const signal = (action: string) => parseSentry('metric_alert', metricAlert(action), arrival).signal;
    expect(signal('warning')).toMatchObject({ type: 'sentry:metric:7', severity: 'warning' });
    expect(signal('critical')).toMatchObject({
      severity: 'critical',
      body: {
        annotations: { summary: 'Error rate > 5%', description: '7% of requests in the last 5 minutes' },
      },
    });
    expect(signal('resolved')).toMatchObject({
      type: 'sentry:metric:7',
      body: { status: 'resolved', endsAt: Date.parse('2024-09-22T09:58:00Z') },
    });
  });

  it('has the same key when posted twice, and another for another event', () => {
    const key = (body: unknown) => parseSentry('event_alert', body, arrival).key;
    expect(key(eventAlert)).toBe(key(structuredClone(eventAlert)));
    const later = { ...event, datetime: '2024-09-22T09:59:30.000Z' };
    expect(key({ ...eventAlert, data: { ...eventAlert.data, event: later } })).not.toBe(key(eventAlert));
  });

  it('is refused by the names of its fields when it is no such thing', () => {
    expect(() => parseSentry('issue', { action: 'created', data: {} }, arrival)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining('data.issue') as string }),
    );
  });

  it('is signed by who knows the secret, over the very bytes', () => {
    const body = Buffer.from(JSON.stringify(eventAlert));
    const signature = createHmac('sha256', 'client secret').update(body).digest('hex');
    expect(isSigned(body, signature, 'client secret')).toBe(true);
    expect(isSigned(Buffer.from(`${body.toString()} `), signature, 'client secret')).toBe(false);
    expect(isSigned(body, signature, 'another')).toBe(false);
    for (const wrong of [undefined, '', 'zz', signature.slice(2), `${signature}00`]) {
      expect(isSigned(body, wrong, 'client secret')).toBe(false);
    }
  });
});
