import { z } from 'zod';
import { requestJson } from '../../common/clients/http-json.ts';
import { readReasons } from '../../common/reasons/reason.ts';

const figure = z.number().nullable().default(null);

/** The part of the exporter's `/health` that is shown; keys may be added there. */
const healthSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  components: z.record(
    z.string(),
    z.object({
      status: z.enum(['healthy', 'unhealthy', 'unknown', 'disabled']),
      response_time_ms: figure,
      since: z.iso.datetime().nullable().default(null),
      error: z.string().optional(),
      /** Undefined where this release cannot say them. */
      reasons: z.unknown().optional().transform(readReasons),
      blocked_by: z.string().optional(),
    }),
  ),
  metrics: z.object({ active_users_24h: figure, requests_per_minute: figure, error_rate: figure }),
});

export type Health = z.infer<typeof healthSchema>;

/** @throws Error when the exporter does not answer well in time. */
export async function readHealth(exporterUrl: string, signal: AbortSignal): Promise<Health> {
  // 503 is how an unhealthy application is told.
  const limits = { timeoutMs: 5_000, maxBytes: 1_000_000, alsoGood: 503 } as const;
  const answer = await requestJson(`${exporterUrl}/health`, { ...limits, signal });
  return healthSchema.parse(answer);
}
