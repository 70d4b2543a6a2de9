import type { z } from 'zod';
import { HttpError } from '../../common/http/errors.ts';
import { TooDeepError, wellFormed } from '../../common/text/well-formed.ts';

/**
 * The body as the schema describes it, its texts well-formed: every source comes in here.
 * @throws HttpError 400 that names every field that is wrong, never its value: it may be private.
 */
export function parseOrRefuse<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const result = schema.safeParse(textsOf(body));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const field = issue.path.map(String).join('.');
    return field === '' ? issue.message : `${field}: ${issue.message}`;
  });
  throw new HttpError(400, 'invalid_payload', `${problems.join('; ')}.`);
}

function textsOf(body: unknown): unknown {
  try {
    return wellFormed(body);
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    throw new HttpError(400, 'invalid_payload', `The body is ${error.message}.`);
  }
}
