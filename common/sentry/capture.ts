/**
 * What the services tell Sentry. While Sentry is inactive every function here returns at once, and the SDK is not even
 * loaded: `instrument.ts` hands it over.
 */
import type { LogRecord } from '../log/record.ts';

export interface SentryPort {
  captureException(
    error: unknown,
    tags: Readonly<Record<string, string>>,
    extra: Readonly<Record<string, unknown>>,
  ): void;
  addBreadcrumb(crumb: {
    readonly category: string;
    readonly level: 'debug' | 'info' | 'warning' | 'error';
    readonly message: string;
    /** Unix seconds. */
    readonly timestamp: number;
    readonly data?: Readonly<Record<string, unknown>>;
  }): void;
  /** An id that is already hashed. */
  setUser(hashedId: string): void;
  hashId(id: string | number | bigint): string;
  isolate<T>(work: () => T): T;
  flush(timeoutMs: number): Promise<boolean>;
}

export interface ErrorContext {
  /** Module of the program, as in the log. */
  readonly module: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Further facts; redacted before they are sent. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

let port: SentryPort | undefined;

/** Called once by `instrument.ts`; undefined switches off again. */
export function activateSentry(sdk: SentryPort | undefined): void {
  port = sdk;
}

export function captureError(error: unknown, context: ErrorContext): void {
  port?.captureException(error, { ...context.tags, module: context.module }, context.fields ?? {});
}

/** An error of scheduled work, tagged with its job. */
export function captureJobError(job: string, error: unknown): void {
  port?.captureException(error, { module: `jobs.${job}`, job }, {});
}

/** Runs `work` with a scope of its own, so that its user and breadcrumbs stay with it. HTTP requests have one already. */
export function isolateSentryScope<T>(work: () => T): T {
  return port === undefined ? work() : port.isolate(work);
}

/** Sets the person of the current scope, as a keyed hash; `id` itself is never sent. */
export function setUser(id: string | number | bigint): void {
  if (port !== undefined) port.setUser(port.hashId(id));
}

/** Bridge for `Logging.onBreadcrumb`. */
export function breadcrumb(record: LogRecord): void {
  port?.addBreadcrumb({
    category: record.module,
    level: record.level === 'warn' ? 'warning' : record.level,
    message: record.message,
    timestamp: Date.parse(record.time) / 1000,
    ...(isFields(record.fields) ? { data: record.fields } : {}),
  });
}

const isFields = (fields: unknown): fields is Readonly<Record<string, unknown>> =>
  typeof fields === 'object' && fields !== null && !Array.isArray(fields);

/** Sends what is waiting; false when `timeoutMs` did not suffice. Never rejects. */
export async function flushSentry(timeoutMs: number): Promise<boolean> {
  if (port === undefined) return true;
  try {
    return await port.flush(timeoutMs);
  } catch {
    return false;
  }
}
