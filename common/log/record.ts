/** What one line of a log holds. */

export const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;
export type LogLevel = keyof typeof LEVELS;

/** Which kind of line it is; decides the files it goes to. */
export type LogChannel = 'app' | 'jobs' | 'audit' | 'performance' | 'security';

export interface LogRecord {
  readonly level: LogLevel;
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly service: string;
  readonly module: string;
  /** Process id. */
  readonly process: number;
  /** Thread id: 0 is the main thread, others are workers. */
  readonly thread: number;
  readonly message: string;
  /** Redacted copy in JSON types; absent when the caller gave none. */
  readonly fields?: unknown;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** A second argument that is an error is logged as the field `error`, with its stack and causes. */
export interface Logger {
  debug(message: string, fields?: LogFields | Error): void;
  info(message: string, fields?: LogFields | Error): void;
  warn(message: string, fields?: LogFields | Error): void;
  error(message: string, fields?: LogFields | Error): void;
}
