/**
 * The logs of one service: `app.log`, `jobs.log`, `audit.log` and the console, one JSON object per line.
 *
 * Every line passes ONE format that redacts it before any sink sees it; sinks get text or the redacted record only.
 */
import { Writable } from 'node:stream';
import { threadId } from 'node:worker_threads';
import winston from 'winston';
import type { Redactor } from '../redact/redact.ts';
import { openFileSink } from './file-sink.ts';
import type { FileSink, FileSinkOptions } from './file-sink.ts';
import { prettyLine } from './pretty.ts';
import { LEVELS } from './record.ts';
import type { LogChannel, LogFields, Logger, LogLevel, LogRecord } from './record.ts';

export type { LogChannel, LogFields, Logger, LogLevel, LogRecord } from './record.ts';

export interface LoggingOptions {
  readonly service: 'exporter' | 'alert-bridge';
  /** Folder of the files, made with mode 0700; undefined: no files. */
  readonly dir: string | undefined;
  /** Least level of ordinary and scheduled work; audit and performance begin at info, security at warn, always. */
  readonly level: LogLevel;
  readonly console: 'pretty' | 'json' | 'none';
  readonly redactor: Redactor;
  /** Unix milliseconds; default the system's clock. */
  readonly now?: () => number;
  /** Default 10 MiB, as the specification says. */
  readonly maxSizeBytes?: number;
  /** Default 5 s. */
  readonly retryMs?: number;
}

export interface Logging {
  /** Ordinary work of one module → app.log. */
  logger(module: string): Logger;
  /** One scheduled job → jobs.log. */
  jobs(name: string): Logger;
  /** Who did what → audit.log. */
  readonly audit: Logger;
  /** How long things took → app.log. */
  readonly performance: Logger;
  /** Refused callers and the like, warnings and errors only → app.log and audit.log. */
  readonly security: Logger;
  /** `listener` gets every redacted line; an error it throws is ignored. Returns a function that ends it. */
  onBreadcrumb(listener: (record: LogRecord) => void): () => void;
  /** Everything logged so far is with the operating system; at most a second. Later lines are ignored. */
  close(): Promise<void>;
}

const MAX_SIZE_BYTES = 10 * 1024 * 1024;
const BACKUPS = 10;
const AUDIT_DAYS = 30;
const RETRY_MS = 5_000;
const CLOSE_DEADLINE_MS = 900;
const MESSAGE = Symbol.for('message');

const FILES: Readonly<Record<LogChannel, readonly ('app' | 'jobs' | 'audit')[]>> = {
  app: ['app'],
  jobs: ['jobs'],
  audit: ['audit'],
  performance: ['app'],
  security: ['app', 'audit'],
};

interface Line extends winston.Logform.TransformableInfo {
  readonly channel: LogChannel;
  readonly record: LogRecord;
  readonly [MESSAGE]: string;
}

const toStderr = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`);
};

/** A sink that takes whole lines; what it throws is its own trouble, never the caller's. */
function lineSink(take: (line: Line) => void): Writable {
  return new Writable({
    objectMode: true,
    write(line: Line, _encoding, next) {
      try {
        take(line);
      } catch (error) {
        toStderr(`A log sink failed: ${error instanceof Error ? error.name : 'unknown reason'}.`);
      }
      next();
    },
  });
}

function asFields(fields: unknown): unknown {
  return fields instanceof Error ? { error: fields } : fields;
}

/** The one place where lines are redacted. */
function redactingFormat(redactor: Redactor, service: string): winston.Logform.Format {
  return winston.format((info) => {
    const fields = asFields(info['fields']);
    const message: unknown = info.message;
    const record: LogRecord = {
      level: info.level as LogLevel,
      time: String(info['time']),
      service,
      module: redactor.text(String(info['module'])),
      process: process.pid,
      thread: threadId,
      message: redactor.text(typeof message === 'string' ? message : String(message)),
      ...(fields === undefined ? {} : { fields: redactor.value(fields) }),
    };
    return { ...info, fields: undefined, message: record.message, record, [MESSAGE]: JSON.stringify(record) };
  })();
}

/** A reader that went away (`npm start | head`) ends the console, not the service. */
const ignoreClosedConsole = (): void => undefined;

function consoleSink(kind: 'pretty' | 'json'): Writable {
  process.stdout.on('error', ignoreClosedConsole);
  return lineSink((line) => {
    process.stdout.write(`${kind === 'pretty' ? prettyLine(line.record) : line[MESSAGE]}\n`);
  });
}

type FileName = (typeof FILES)[LogChannel][number];

function openFiles(options: LoggingOptions, dir: string, now: () => number): ReadonlyMap<FileName, FileSink> {
  const open = (name: FileName, keep: FileSinkOptions['keep']): [FileName, FileSink] => [
    name,
    openFileSink({
      dir,
      name,
      keep,
      now,
      maxSizeBytes: options.maxSizeBytes ?? MAX_SIZE_BYTES,
      retryMs: options.retryMs ?? RETRY_MS,
      onProblem: (sentence) => toStderr(options.redactor.text(sentence)),
    }),
  ];
  return new Map([
    open('app', { backups: BACKUPS }),
    open('jobs', { backups: BACKUPS }),
    open('audit', { days: AUDIT_DAYS }),
  ]);
}

/** Never throws, not for a folder that cannot be written either: that is said on stderr and tried again. */
export function createLogging(options: LoggingOptions): Logging {
  const now = options.now ?? Date.now;
  const listeners = new Set<(record: LogRecord) => void>();
  const files =
    options.dir === undefined ? new Map<FileName, FileSink>() : openFiles(options, options.dir, now);
  let closing: Promise<void> | undefined;

  const sinks: Writable[] = [...files].map(([name, file]) =>
    lineSink((line) => {
      if (FILES[line.channel].includes(name)) file.write(line[MESSAGE]);
    }),
  );
  if (options.console !== 'none') sinks.push(consoleSink(options.console));
  sinks.push(
    lineSink((line) => {
      for (const listener of listeners) {
        try {
          listener(line.record);
        } catch {
          // A breadcrumb that fails must not become a log line: that would be a breadcrumb again.
        }
      }
    }),
  );
  const root = winston.createLogger({
    levels: LEVELS,
    level: 'debug',
    format: redactingFormat(options.redactor, options.service),
  });
  for (const sink of sinks) root.pipe(sink);
  root.on('error', (error: Error) =>
    toStderr(options.redactor.text(`A log line was lost: ${error.message}`)),
  );

  const emit = (
    channel: LogChannel,
    level: LogLevel,
    module: string,
    message: string,
    fields: unknown,
  ): void => {
    if (closing !== undefined) return;
    try {
      root.log({ level, message, channel, module, fields, time: new Date(now()).toISOString() });
    } catch (error) {
      toStderr(options.redactor.text(`A log line of ${module} was lost: ${String(error)}`));
    }
  };

  const channelLogger = (channel: LogChannel, module: string, least: LogLevel): Logger => {
    const at =
      (level: LogLevel) =>
      (message: string, fields?: LogFields | Error): void => {
        if (LEVELS[level] <= LEVELS[least]) emit(channel, level, module, message, fields);
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  };

  const closeAll = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      root.once('finish', resolve);
      root.end();
    });
    await Promise.all([...files.values()].map((sink) => sink.close()));
  };

  return {
    logger: (module) => channelLogger('app', module, options.level),
    jobs: (name) => channelLogger('jobs', `jobs.${name}`, options.level),
    audit: channelLogger('audit', 'audit', 'info'),
    performance: channelLogger('performance', 'performance', 'info'),
    security: channelLogger('security', 'security', 'warn'),
    onBreadcrumb(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing ??= closeWithin(closeAll(), CLOSE_DEADLINE_MS).finally(() => {
        process.stdout.off('error', ignoreClosedConsole);
      });
      return closing;
    },
  };
}

async function closeWithin(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
