/** What fires, as Alertmanager knows it. */
import { parse } from 'yaml';
import { z } from 'zod';
import { createAlertmanagerClient, list } from '../../../common/clients/alertmanager.ts';
import { alertSchema, toBody } from '../../ingest/alertmanager.ts';
import { yieldToEventLoop, inBatchesOf } from '../../model/batches.ts';
import { isForTheChain } from '../../model/signal.ts';
import type { CurrentAlert } from './compare.ts';
import { routingSchema, toldByGroups, toldByRoutes, type Told } from './muted.ts';

const currentAlertSchema = alertSchema({
  status: z.object({ state: z.string() }),
  receivers: list(z.object({ name: z.string() })),
});
/** Alerts read at once: posts wait so long. */
const PART_ALERTS = 250;

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
  const client = createAlertmanagerClient(url);
  const { startedAt, config } = await client.status(signal);
  const toldOf = tellsWho(toldByGroups(await client.groups(signal)), config);
  const alerts: CurrentAlert[] = [];
  for (const part of inBatchesOf(PART_ALERTS, await client.alerts(signal))) {
    for (const raw of part) {
      const { status, receivers, ...alert } = currentAlertSchema.parse(raw);
      if (isForTheChain(alert.labels)) continue;
      alerts.push({
        body: toBody({ ...alert, status: 'firing' }, now),
        isMuted: status.state !== 'active',
        ...(toldOf(alert) ?? { receivers: receivers.map(({ name }) => name), mutedFor: [] }),
      });
    }
    await yieldToEventLoop();
  }
  return { startedAt, alerts };
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
