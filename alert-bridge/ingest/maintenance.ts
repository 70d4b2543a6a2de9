/** `POST /api/v1/maintenance`: a deploy script says that it begins, or that it is done. */
import { z } from 'zod';
import { HttpError } from '../../common/http/errors.ts';
import { parseDurationMs } from '../../common/time/duration.ts';
import { LONGEST_MAINTENANCE_MS, type Maintenance } from '../notify/maintenance.ts';
import { parseMatcher } from '../notify/matchers.ts';
import { parseOrRefuse } from './refuse.ts';

const schema = z.object({
  /** The same again replaces it. */
  id: z.string().min(1).max(200).default('api'),
  duration: z.string().transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms <= LONGEST_MAINTENANCE_MS) return ms;
    context.addIssue({ code: 'custom', message: 'Expected a duration such as 30m, 24h at most; 0s ends it' });
    return z.NEVER;
  }),
  matchers: z
    .array(
      z
        .string()
        .max(1_000)
        .transform((text, context) => {
          const matcher = parseMatcher(text);
          if (matcher !== undefined) return matcher;
          context.addIssue({ code: 'custom', message: 'Expected a matcher such as component="redis"' });
          return z.NEVER;
        }),
    )
    .max(20)
    .default([]),
});

/**
 * @returns the answer
 * @throws HttpError 400 that names every field that is wrong, 503 when it could not be stored
 */
export function acceptMaintenance(
  maintenance: Pick<Maintenance, 'begin'>,
  body: unknown,
): { readonly status: 'accepted'; readonly id: string; readonly until: string } {
  const { id, duration, matchers } = parseOrRefuse(schema, body);
  try {
    const until = maintenance.begin({ id, forMs: duration, matchers });
    return { status: 'accepted', id, until: new Date(until).toISOString() };
  } catch (error) {
    const message = 'The maintenance cannot be written now (disk full or locked?); send it again.';
    throw new HttpError(503, 'storage_unavailable', message, { cause: error });
  }
}
