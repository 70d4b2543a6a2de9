/** What fires, by Alertmanager's API version 2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). */
import { z } from 'zod';
import { getJson } from '../../common/http/get-json.ts';
import { alertSchema, toBody } from '../ingest/alertmanager.ts';
import { WATCHDOG_ALERT } from '../signal.ts';
import type { CurrentAlert } from './compare.ts';

const alertsSchema = z.array(
  alertSchema({
    status: z.object({ state: z.string() }),
    receivers: z.array(z.object({ name: z.string() })).default([]),
  }),
);
const statusSchema = z.object({ uptime: z.iso.datetime({ offset: true }) });

/** A storm of 10,000 alerts is some 10 MB. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024 } as const;

export interface AlertmanagerState {
  /** When it started, Unix ms: what it does not know soon after says nothing. */
  readonly startedAt: number;
  /** Without the Watchdog. */
  readonly alerts: readonly CurrentAlert[];
}

/** @throws Error when it does not answer well in time. */
export async function readAlertmanager(
  url: string,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal },
): Promise<AlertmanagerState> {
  const base = `${url}/api/v2`;
  const { uptime } = statusSchema.parse(await getJson(`${base}/status`, { ...LIMITS, signal }));
  const alerts = alertsSchema.parse(await getJson(`${base}/alerts`, { ...LIMITS, signal }));
  return {
    startedAt: Date.parse(uptime),
    alerts: alerts.flatMap(({ status: { state }, receivers, ...alert }) =>
      alert.labels['alertname'] === WATCHDOG_ALERT
        ? []
        : [
            {
              body: toBody({ ...alert, status: 'firing' }, now),
              isMuted: state !== 'active',
              receivers: receivers.map(({ name }) => name),
            },
          ],
    ),
  };
}
