import { HttpError } from '../../common/http/errors.ts';
import type { Ping } from '../monitor/check-ins.ts';

/** Enough for the output of a job; only its end is kept. */
export const CHECK_IN_LIMIT_BYTES = 1024 * 1024;

const RUN_ID = /^[\w-]{1,64}$/;
const EXIT_STATUS = /^\d{1,3}$/;

/**
 * What `POST /api/v1/checkins/<name>` and its sub-paths say, in the terms of healthchecks.io.
 * @param action what follows the name in the path
 * @param runId the `rid` of the query
 * @throws HttpError 404 for a path that is none of them, 400 for a `rid` that is none.
 */
export function parsePing(action: string | undefined, runId: unknown, bytes: Buffer): Ping {
  if (runId !== undefined && !(typeof runId === 'string' && RUN_ID.test(runId)))
    throw new HttpError(400, 'invalid_query', 'rid: write up to 64 letters, digits, dashes and underscores.');
  const sent = { runId: runId ?? '', text: new TextDecoder().decode(bytes) };
  if (action === undefined) return { ...sent, kind: 'success' };
  if (action === 'start' || action === 'fail' || action === 'log') return { ...sent, kind: action };
  const exitStatus = EXIT_STATUS.test(action) ? Number(action) : Infinity;
  if (exitStatus > 255) {
    const message =
      'After the name of a check-in comes nothing, /start, /fail, /log or an exit status, 0 to 255.';
    throw new HttpError(404, 'unknown_action', message);
  }
  return { ...sent, kind: exitStatus === 0 ? 'success' : 'fail', exitStatus };
}
