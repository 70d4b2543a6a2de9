import { z } from 'zod';
import { requestJson } from '../../common/clients/http-json.ts';

const time = z.iso.datetime().nullable().default(null);
const count = z.number().nullable().default(null);

/** The part of the exporter's `/api/v1/celery` that is shown; keys may be added there. What is not known is null. */
const celerySchema = z.object({
  workers: z.object({ replying: z.number(), busy: z.number(), hung: z.number() }).nullable(),
  queued: count,
  unacked: count,
  scheduled: count,
  redelivery_at: time,
  redelivery_task: z.string().nullable().default(null),
  results: z
    .object({
      finished: z.number(),
      failures: z.array(
        z.object({
          task: z.string(),
          exception: z.string(),
          at: time,
          failed: z.number(),
          finished: z.number(),
        }),
      ),
    })
    .nullable(),
  beat: z
    .object({
      entries: z.number(),
      last_run_at: time,
      late: z.array(z.object({ name: z.string(), due_at: time })),
    })
    .nullable(),
});

export type CeleryFacts = z.infer<typeof celerySchema>;

/** @throws Error when the exporter does not answer well in time. */
export async function readCelery(exporterUrl: string, signal: AbortSignal): Promise<CeleryFacts> {
  const limits = { timeoutMs: 5_000, maxBytes: 1_000_000 } as const;
  return celerySchema.parse(await requestJson(`${exporterUrl}/api/v1/celery`, { ...limits, signal }));
}
