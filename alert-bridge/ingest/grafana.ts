/**
 * The webhook of Grafana's contact points: Alertmanager's notification with more about each alert
 * (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 */
import type { z } from 'zod';
import type { AlertBody } from '../model/signal.ts';
import {
  notificationSchema,
  text,
  texts,
  toBody,
  toNotification,
  type Arrival,
  type Notification,
} from './alertmanager.ts';
import { parseOrRefuse } from './refuse.ts';

const grafanaSchema = notificationSchema({
  dashboardURL: text,
  panelURL: text,
  values: texts,
  valueString: text,
});

type GrafanaAlert = z.infer<typeof grafanaSchema>['alerts'][number];

/**
 * Reads one notification.
 * @throws HttpError 400 when the body is not a notification at all.
 */
export function parseGrafana(body: unknown, arrival: Arrival): Notification {
  const { alerts, ...notification } = parseOrRefuse(grafanaSchema, body);
  const bodies = alerts.map((alert) => toGrafanaBody(alert, arrival.now));
  return toNotification({ ...notification, alerts: bodies, family: 'grafana' }, arrival);
}

function toGrafanaBody(alert: GrafanaAlert, now: number): AlertBody {
  const body = toBody(alert, now);
  const generatorUrl = [alert.panelURL, alert.dashboardURL, alert.generatorURL].find((url) => url !== '');
  const value = measured(alert);
  return {
    ...body,
    source: 'grafana',
    // Grafana hashes labels as Alertmanager does: one fingerprint from both would be one member.
    fingerprint: `grafana:${body.fingerprint}`,
    annotations: { ...(value === '' ? {} : { value }), ...(failureOf(body) ?? body.annotations) },
    ...(generatorUrl === undefined ? {} : { generatorUrl }),
  };
}

/** Alerts that Grafana itself raises when it cannot evaluate a rule; the label `rulename` names that. */
const FAILURES: ReadonlyMap<
  string,
  { readonly ru: (rule: string) => string; readonly en: (rule: string) => string }
> = new Map([
  [
    'DatasourceError',
    {
      ru: (rule) => `Grafana не может проверить правило «${rule}»: источник данных ответил ошибкой`,
      en: (rule) => `Grafana cannot check the rule “${rule}”: its data source failed`,
    },
  ],
  [
    'DatasourceNoData',
    {
      ru: (rule) => `Grafana не может проверить правило «${rule}»: нет данных`,
      en: (rule) => `Grafana cannot check the rule “${rule}”: there are no data`,
    },
  ],
]);

/** Such an alert has the texts of the rule, which say that what the rule watches is wrong: nobody knows that. */
function failureOf({ labels, annotations }: AlertBody): AlertBody['annotations'] | undefined {
  const failure = FAILURES.get(labels['alertname'] ?? '');
  if (failure === undefined) return undefined;
  const { rulename: rule = '' } = labels;
  const { runbook_url: runbook, Error: error = '' } = annotations;
  return {
    ...(rule === '' ? {} : { summary: failure.ru(rule), summary_en: failure.en(rule) }),
    ...(error === '' ? {} : { description: error }),
    ...(runbook === undefined ? {} : { runbook_url: runbook }),
  };
}

interface Measurement {
  readonly name: string;
  readonly figure: string;
  /** What Grafana calls the expression; empty in releases that do not say. */
  readonly type: string;
}

/** What the rule measured, without the verdict on it: several by their names, once where all are equal. */
function measured({ values, valueString }: GrafanaAlert): string {
  const written = measurementsIn(valueString);
  const all =
    written.length > 0
      ? written
      : Object.entries(values).map(([name, figure]) => ({ name, figure, type: '' }));
  const figures = all.filter(({ figure }) => figure !== '' && Number.isFinite(Number(figure)));
  const told = figures.filter(({ type }) => type !== 'threshold');
  const last = told.at(-1);
  // Without types the last one of several is the verdict, when it is nothing but yes or no.
  const isVerdict = told.length > 1 && last?.type === '' && ['0', '1'].includes(last.figure);
  const shown = (isVerdict ? told.slice(0, -1) : told).map(({ name, figure }) => ({
    name,
    figure: short(figure),
  }));
  if (new Set(shown.map(({ figure }) => figure)).size === 1) return shown[0]?.figure ?? '';
  return shown.map(({ name, figure }) => `${name} = ${figure}`).join(', ');
}

/** `[ var='B' labels={…} type='reduce' value=44.2 ], …`: a label may hold anything, so each is read from its two ends. */
function measurementsIn(valueString: string): readonly Measurement[] {
  return valueString.split(/\[ (?=var='|metric=')/).flatMap((piece) => {
    const name = /^(?:var='[^']*' )?metric='([^']*)'/.exec(piece)?.[1] ?? /^var='([^']*)'/.exec(piece)?.[1];
    const figureAt = piece.lastIndexOf(' value=');
    if (name === undefined || figureAt < 0) return [];
    const [figure = ''] = piece.slice(figureAt + ' value='.length).split(' ', 1);
    const type = /\btype='(\w+)'$/.exec(piece.slice(0, figureAt).slice(-40))?.[1] ?? '';
    return [{ name, figure, type }];
  });
}

/** 84.30821314013467 tells a person no more than 84.3082. */
const short = (figure: string): string =>
  Number.isInteger(Number(figure)) ? figure : String(Number(Number(figure).toPrecision(6)));
