import { z } from 'zod';
import { HttpError } from '../../common/http/errors.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { Downtime } from '../model/incident.ts';
import type { Severity } from '../model/signal.ts';
import { dueAfter, type CronSchedule } from './cron.ts';

/** Somebody who must report regularly: a backup, celery-beat, another installation. */
export interface CheckIn {
  readonly name: string;
  /** From one report to the next, ms, or when each is due. */
  readonly periodMs?: number;
  readonly cron?: CronSchedule;
  /** How late one may be, ms. */
  readonly graceMs: number;
  /** How long a run may take from its start to its report, ms. */
  readonly maxDurationMs?: number | undefined;
  readonly severity: Severity;
}

/** What somebody reports, in the terms of healthchecks.io (https://healthchecks.io/docs/http_api/). */
export interface Ping {
  readonly kind: 'success' | 'start' | 'fail' | 'log';
  /** Where it said by which status its program ended. */
  readonly exitStatus?: number;
  /** Tells runs apart that overlap; empty for those that are not told apart. */
  readonly runId: string;
  /** What it sent along. */
  readonly text: string;
}

export const SUCCESS: Ping = { kind: 'success', runId: '', text: '' };

export const runsSchema = z.object({
  /** Runs that have started and not ended. */
  open: z.array(z.object({ id: z.string(), at: z.number() })).default([]),
  /** Since when runs have failed, Unix ms; absent while the last one succeeded. */
  failingSince: z.number().optional(),
  exitStatus: z.number().optional(),
  succeededAt: z.number().optional(),
  /** Of the last run whose start was told, ms. */
  durationMs: z.number().optional(),
  /** Until when reports may have been missed because this bridge was away, Unix ms. */
  excusedAt: z.number().optional(),
});
export type Runs = z.infer<typeof runsSchema>;

export interface CheckIns {
  readonly all: readonly CheckIn[];
  /** @throws HttpError 404 for a name that is not configured, 503 when it could not be stored. */
  accept(name: string, ping?: Ping): void;
  /** @param listener told of what was accepted; what it does about it ends before the sender is answered */
  onAccepted(listener: (name: string) => Promise<void>): void;
  /** Resolves when the listeners have done with it. */
  told(name: string): Promise<void>;
  /** Unix ms of the last report that a run has ended. */
  lastAt(name: string): number | undefined;
  runs(name: string): Runs;
  /** From when on the next report is waited for: the last one, or what may have been one. Unix ms. */
  waitsSince(name: string): number;
  /** Start of the oldest run that has not ended, Unix ms. */
  openSince(name: string): number | undefined;
  /** The end of what was last sent along, redacted; undefined: nothing since the start of this bridge. */
  log(name: string): string | undefined;
}

export interface CheckInOptions {
  /** Whether `state` has written what it was given under a key. */
  readonly isWritten?: (key: string) => boolean;
  /** When no bridge ran before this start, and for longer than senders try again. */
  readonly downtime?: Downtime | undefined;
  readonly redact?: (text: string) => string;
}

/** A sender that follows our documentation tries again for longer than this, ms. */
export const RETRIED_MS = 30_000;
/** Runs of one name at once; of more, the oldest are forgotten. */
const MOST_OPEN = 20;
const LOG_BYTES = 10_000;

export function createCheckIns(
  all: readonly CheckIn[],
  state: KeyValue,
  now: () => number,
  { isWritten = () => true, downtime, redact = (text) => text }: CheckInOptions = {},
): CheckIns {
  const logs = new Map<string, string>();
  const listeners: ((name: string) => Promise<void>)[] = [];
  const readTime = (key: string): number | undefined => {
    const text = state.get(key);
    return text === undefined ? undefined : Number(text);
  };
  const write = (key: string, value: string): void => {
    try {
      state.set(key, value);
    } catch (error) {
      throw unwritten(error);
    }
    if (!isWritten(key)) throw unwritten();
  };
  const lastAt = (name: string): number | undefined => readTime(`checkin:${name}:last`);
  const runs = (name: string): Runs => {
    const text = state.get(`checkin:${name}:runs`);
    // A release that knew no failures has noted successes.
    return text === undefined ? { open: [], succeededAt: lastAt(name) } : runsSchema.parse(JSON.parse(text));
  };
  const writeRuns = (name: string, value: Runs): void => write(`checkin:${name}:runs`, JSON.stringify(value));
  const waitsSince = (name: string): number =>
    Math.max(lastAt(name) ?? readTime(`checkin:${name}:known`) ?? now(), runs(name).excusedAt ?? 0);

  for (const { name } of all) {
    if (readTime(`checkin:${name}:known`) === undefined) state.set(`checkin:${name}:known`, String(now()));
  }
  if (downtime !== undefined) {
    for (const checkIn of all) {
      const { name } = checkIn;
      const isExcused = mayHaveCome(checkIn, waitsSince(name), downtime);
      // A run may have ended meanwhile.
      const value = { ...runs(name), open: [], ...(isExcused ? { excusedAt: downtime.to } : {}) };
      state.set(`checkin:${name}:runs`, JSON.stringify(value));
    }
  }

  return {
    all,
    accept: (name, ping = SUCCESS) => {
      const checkIn = all.find((one) => one.name === name);
      if (checkIn === undefined) throw unknown();
      const at = now();
      const { kind } = ping;
      const log = tailOf(redact(ping.text));
      if (log !== '') logs.set(name, log);
      else if (kind === 'start') logs.delete(name);
      if (kind === 'log') return;
      const before = runs(name);
      const others = before.open.filter(({ id }) => id !== ping.runId);
      if (kind === 'start') {
        writeRuns(name, { ...before, open: [...others, { id: ping.runId, at }].slice(-MOST_OPEN) });
        return;
      }
      const run = before.open.find(({ id }) => id === ping.runId);
      const hasFailed = kind === 'fail';
      const limit = checkIn.maxDurationMs ?? Infinity;
      writeRuns(name, {
        ...before,
        // One that has hung is given up when another one succeeds.
        open: others.filter((other) => hasFailed || at - other.at <= limit),
        exitStatus: ping.exitStatus,
        durationMs: run && Math.max(0, at - run.at),
        failingSince: hasFailed ? (before.failingSince ?? at) : undefined,
        succeededAt: hasFailed ? before.succeededAt : at,
      });
      write(`checkin:${name}:last`, String(at));
    },
    onAccepted: (listener) => void listeners.push(listener),
    told: async (name) => {
      await Promise.all(listeners.map((listener) => listener(name)));
    },
    lastAt,
    runs,
    waitsSince,
    openSince: (name) => {
      const starts = runs(name).open.map(({ at }) => at);
      return starts.length === 0 ? undefined : Math.min(...starts);
    },
    log: (name) => logs.get(name),
  };
}

/** Whether somebody who keeps to the schedule may have reported while nobody listened. */
function mayHaveCome({ cron, graceMs }: CheckIn, since: number, { from, to }: Downtime): boolean {
  if (cron === undefined) return true;
  const due = dueAfter(cron, since) ?? Infinity;
  return due <= to && due + graceMs >= from;
}

/** The end of it, without a broken character at its beginning. */
function tailOf(text: string): string {
  const bytes = Buffer.from(text.trim() === '{}' ? '' : text.trimEnd());
  return bytes
    .subarray(-LOG_BYTES)
    .toString()
    .replace(/^\ufffd+/, '');
}

function unknown(): HttpError {
  const message = 'No check-in of this name is expected: name it under checkins in alert-bridge/config.yml.';
  return new HttpError(404, 'unknown_checkin', message);
}

function unwritten(cause?: unknown): HttpError {
  const message = 'The check-in cannot be written now (disk full or locked?); send it again.';
  return new HttpError(503, 'storage_unavailable', message, { cause });
}
