/** Alerts of Grafana and Sentry, as their own parsers read them. */
import { parseGrafana } from '../../../../alert-bridge/ingest/grafana.ts';
import { parseSentry } from '../../../../alert-bridge/ingest/sentry.ts';
import type { AlertBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import type { Content } from '../../../../alert-bridge/model/incident.ts';
import { NOW, at, alertIncident, resolved, incident } from './contents.ts';

const arrival = { now: NOW, newId: () => 'id' };
const STARTED_AT = new Date(at('14:02:20')).toISOString();

function shown(signal: NewSignal | undefined): Content {
  if (signal?.body.kind !== 'alert') throw new Error('The parser read no alert.');
  return incident(alertIncident([signal.body], { severity: signal.severity }));
}

const instanceDown = (instance: string, more: Partial<AlertBody> = {}): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint: instance,
  labels: { alertname: 'InstanceDown', datacenter: 'msk', instance, job: 'node', severity: 'page' },
  annotations: {},
  startsAt: at('14:02:20'),
  ...more,
});

export const FOREIGN_SCENARIOS: Readonly<Record<string, Content>> = {
  'alert-without-texts': incident(alertIncident([instanceDown('web-1:9100')])),
  'alerts-without-texts': incident(
    alertIncident([
      instanceDown('web-1:9100'),
      instanceDown('web-2:9100', {
        labels: { ...instanceDown('web-2:9100').labels, severity: 'CRITICAL' },
      }),
      instanceDown('web-3:9100', {
        labels: { alertname: 'InstanceDown', instance: 'web-3:9100', job: 'node', datacenter: 'msk' },
      }),
    ]),
  ),
  'alert-with-message': incident(
    alertIncident([
      instanceDown('web-1:9100', {
        annotations: {
          message: 'Pod coins/bot-0 is restarting 3.1 times / 5 minutes.',
          runbook_url: 'https://runbooks.example.com/KubePodCrashLooping',
        },
      }),
    ]),
  ),
  'alert-with-percentages': incident(
    alertIncident([
      instanceDown('web-1:9100', {
        annotations: {
          summary: 'Ошибками заканчиваются 0.6517% запросов',
          description: 'Больше 0.5 % за час. Сначала: `df | grep 90%`.',
          value: '1.935%',
        },
      }),
    ]),
  ),
  'resolution-without-texts': {
    kind: 'resolution',
    incident: alertIncident([resolved(instanceDown('web-1:9100'), at('14:10:22'))], { count: 2 }),
  },

  'alert-of-grafana': shown(
    parseGrafana(
      {
        status: 'firing',
        groupKey: '{}:{alertname="High memory usage"}',
        alerts: [
          {
            status: 'firing',
            labels: { alertname: 'High memory usage', component: 'web', severity: 'warning' },
            annotations: { summary: 'Памяти мало', description: 'Свободно меньше 10 %.' },
            startsAt: STARTED_AT,
            endsAt: '0001-01-01T00:00:00Z',
            generatorURL: 'https://grafana.example.com/alerting/grafana/1afz29v7z/view',
            fingerprint: 'c6eadffa33fcdf37',
            values: { B: 44.2 },
          },
        ],
      },
      arrival,
    ).signals[0],
  ),
  'alert-of-sentry': shown(
    parseSentry(
      'event_alert',
      {
        action: 'triggered',
        data: {
          event: {
            issue_id: '1117540176',
            title: 'ReferenceError: heck is not defined',
            culprit: 'bot.handlers.expense in add',
            level: 'fatal',
            datetime: STARTED_AT,
            web_url: 'https://coins.sentry.io/issues/1117540176/events/e4874d66/',
            environment: 'production',
          },
          triggered_rule: 'First error of its kind',
        },
      },
      arrival,
    ).signal,
  ),
  'metric-alert-of-sentry': shown(
    parseSentry(
      'metric_alert',
      {
        action: 'critical',
        data: {
          description_title: 'Critical: error rate',
          description_text: '7% of requests in the last 5 minutes',
          web_url: 'https://coins.sentry.io/alerts/rules/details/7/',
          metric_alert: {
            id: '12',
            title: 'error rate',
            date_started: STARTED_AT,
            date_closed: null,
            alert_rule: { id: '7', name: 'Error rate > 5%' },
          },
        },
      },
      arrival,
    ).signal,
  ),
};
