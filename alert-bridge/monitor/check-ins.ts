import { HttpError } from '../../common/http/errors.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { Severity } from '../model/signal.ts';

/** Somebody who must report regularly: a backup, celery-beat, another installation. */
export interface CheckIn {
  readonly name: string;
  /** From one report to the next, ms. */
  readonly periodMs: number;
  /** How late one may be, ms. */
  readonly graceMs: number;
  readonly severity: Severity;
}

export interface CheckIns {
  readonly all: readonly CheckIn[];
  /** @throws HttpError 404 for a name that is not configured, 503 when it could not be stored. */
  accept(name: string): void;
  /** Unix ms of the last report. */
  lastAt(name: string): number | undefined;
  /** Unix ms at which the name was first configured. */
  knownSince(name: string): number;
}

/** @param isWritten whether `state` has written what it was given under a key */
export function createCheckIns(
  all: readonly CheckIn[],
  state: KeyValue,
  now: () => number,
  isWritten: (key: string) => boolean = () => true,
): CheckIns {
  const read = (key: string): number | undefined => {
    const text = state.get(key);
    return text === undefined ? undefined : Number(text);
  };
  for (const { name } of all) {
    if (read(`checkin:${name}:known`) === undefined) state.set(`checkin:${name}:known`, String(now()));
  }
  return {
    all,
    accept: (name) => {
      if (!all.some((checkIn) => checkIn.name === name)) {
        const message =
          'No check-in of this name is expected: name it under checkins in alert-bridge/config.yml.';
        throw new HttpError(404, 'unknown_checkin', message);
      }
      try {
        state.set(`checkin:${name}:last`, String(now()));
      } catch (error) {
        throw unwritten(error);
      }
      if (!isWritten(`checkin:${name}:last`)) throw unwritten();
    },
    lastAt: (name) => read(`checkin:${name}:last`),
    knownSince: (name) => read(`checkin:${name}:known`) ?? now(),
  };
}

function unwritten(cause?: unknown): HttpError {
  const message = 'The check-in cannot be written now (disk full or locked?); send it again.';
  return new HttpError(503, 'storage_unavailable', message, { cause });
}
