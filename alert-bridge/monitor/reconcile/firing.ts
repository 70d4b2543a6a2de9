/** What fires, by Alertmanager's API version 2 (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). */
import { parse } from 'yaml';
import { z } from 'zod';
import { getJson } from '../../../common/clients/http-json.ts';
import { alertSchema, toBody } from '../../ingest/alertmanager.ts';
import { yieldToEventLoop, inBatchesOf } from '../../model/batches.ts';
import { isForTheChain } from '../../model/signal.ts';
import type { CurrentAlert } from './compare.ts';
import { groupsSchema, list, routingSchema, toldByGroups, toldByRoutes, type Told } from './muted.ts';

const currentAlertSchema = alertSchema({
  status: z.object({ state: z.string() }),
  receivers: list(z.object({ name: z.string() })),
});
const statusSchema = z.object({
  uptime: z.iso.datetime({ offset: true }),
  config: z.object({ original: z.string() }).optional(),
});

/** Alerts read at once: posts wait so long. */
const PART_ALERTS = 250;

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
  const { uptime, config } = statusSchema.parse(await getJson(`${base}/status`, { ...LIMITS, signal }));
  const groups = groupsSchema.parse(await getJson(`${base}/alerts/groups`, { ...LIMITS, signal }));
  const toldOf = tellsWho(toldByGroups(groups), config?.original);
  const answer = list(z.unknown()).parse(await getJson(`${base}/alerts`, { ...LIMITS, signal }));
  const alerts: CurrentAlert[] = [];
  for (const part of inBatchesOf(PART_ALERTS, answer ?? [])) {
    for (const raw of part) {
      const { status, receivers, ...alert } = currentAlertSchema.parse(raw);
      if (isForTheChain(alert.labels)) continue;
      alerts.push({
        body: toBody({ ...alert, status: 'firing' }, now),
        isMuted: status.state !== 'active',
        ...(toldOf(alert) ?? { receivers: (receivers ?? []).map(({ name }) => name), mutedFor: [] }),
      });
    }
    await yieldToEventLoop();
  }
  return { startedAt: Date.parse(uptime), alerts };
}

type Wire = Pick<z.infer<typeof currentAlertSchema>, 'fingerprint' | 'labels'>;

/** Undefined of an alert that is in no group yet, and where nothing is known of intervals. */
function tellsWho(
  byGroups: ReadonlyMap<string, Told> | undefined,
  config: string | undefined,
): (alert: Wire) => Told | undefined {
  if (byGroups !== undefined) return ({ fingerprint }) => byGroups.get(fingerprint);
  const routing = config === undefined ? undefined : routingSchema.safeParse(parse(config)).data;
  return ({ labels }) => routing && toldByRoutes(routing, labels);
}
