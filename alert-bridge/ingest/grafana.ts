/**
 * The webhook of Grafana's contact points: Alertmanager's notification with more about each alert
 * (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 */
import type { z } from 'zod';
import type { AlertBody } from '../signal.ts';
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

const grafanaSchema = notificationSchema({ dashboardURL: text, panelURL: text, values: texts });

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
  const value = measured(alert.values);
  return {
    ...body,
    source: 'grafana',
    // Grafana hashes labels as Alertmanager does: one fingerprint from both would be one member.
    fingerprint: `grafana:${body.fingerprint}`,
    annotations: { ...(value === '' ? {} : { value }), ...body.annotations },
    ...(generatorUrl === undefined ? {} : { generatorUrl }),
  };
}

/** The values of the rule's expressions by their letters; a threshold's own is only 0 or 1. */
function measured(values: Readonly<Record<string, string>>): string {
  const told = Object.entries(values).filter(([, value]) => !['', '0', '1'].includes(value));
  if (told.length === 1) return told[0]?.[1] ?? '';
  return told.map(([letter, value]) => `${letter} = ${value}`).join(', ');
}
