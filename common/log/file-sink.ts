/**
 * One rotated log file that survives its disk. `<dir>/<name>.log` is a symbolic link to the part being written.
 *
 * winston-daily-rotate-file rotates; around it stand the cases it leaves open: an `error` of its stream would end the
 * process, a failed stream is never reopened, and closing does not wait for the parts already rotated away.
 */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import DailyRotateFile from 'winston-daily-rotate-file';
import { makeFolder } from '../state/make-folder.ts';

export interface FileSinkOptions {
  readonly dir: string;
  /** File name without `.log`. */
  readonly name: string;
  /** A part is closed when it has grown past this; in steps of 1024. */
  readonly maxSizeBytes: number;
  /** How long parts are kept: so many besides the current one, or so many days (then a new part begins every UTC day). */
  readonly keep: { readonly backups: number } | { readonly days: number };
  /** Wait between attempts while the disk refuses. */
  readonly retryMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told once when writing begins to fail and once when it works again; must not log to this file. */
  readonly onProblem: (sentence: string) => void;
}

export interface FileSink {
  write(line: string): void;
  /** Resolves when every line handed over is with the operating system, or cannot be written. */
  close(): Promise<void>;
}

/** Lines kept in memory while the disk refuses; older ones are dropped first and counted. */
const MAX_WAITING_LINES = 1_000;
/** A log file removed by hand is noticed this late: checking for every line would cost more than writing it. */
const EXISTS_CHECK_MS = 2_000;
const MESSAGE = Symbol.for('message');
const DAY_MS = 86_400_000;

interface OpenFile {
  readonly rotator: DailyRotateFile;
  current: string;
  /** Until then there is nothing to be seen. */
  isOpen: boolean;
  checkedAt: number;
  /** Streams opened and closed by the rotator: equal means nothing is on its way to disk any more. */
  opened: number;
  closed: number;
  /** Handed over since the file was last seen to be there, the newest of them: they are gone with it when it is. */
  recent: string[];
  /** How many more there were than are kept. */
  forgotten: number;
}

const partPattern = (name: string): RegExp => new RegExp(`^${name}-(?:part|[\\d-]{10})(?:\\.(\\d+))?\\.log$`);

function partNumber(pattern: RegExp, file: string): number | undefined {
  const match = pattern.exec(file);
  return match === null ? undefined : Number(match[1] ?? 0);
}

/**
 * The rotator deletes a part it has just left even before that part is created, and forgets parts when its list was
 * damaged or the folder moved: counting the files themselves is what holds.
 */
function removeOldParts({ dir, name, keep, now }: FileSinkOptions): void {
  const pattern = partPattern(name);
  const parts = readdirSync(dir)
    .map((file) => ({ path: join(dir, file), number: partNumber(pattern, file) }))
    .filter((part) => part.number !== undefined)
    .sort((a, b) => (b.number ?? 0) - (a.number ?? 0));
  const old =
    'days' in keep
      ? parts.filter((part) => lstatSync(part.path).mtimeMs < now() - keep.days * DAY_MS)
      : parts.slice(keep.backups + 1);
  for (const part of old) rmSync(part.path, { force: true });
}

function prepareFolder(options: FileSinkOptions, listPath: string): void {
  const { dir, name } = options;
  makeFolder(dir);
  chmodSync(dir, 0o700);
  const link = join(dir, `${name}.log`);
  const present = lstatSync(link, { throwIfNoEntry: false });
  if (present?.isFile() === true)
    renameSync(link, join(dir, `${name}-before-${Math.floor(present.mtimeMs)}.log`));
  try {
    JSON.parse(readFileSync(listPath, 'utf8'));
  } catch {
    rmSync(listPath, { force: true });
  }
  removeOldParts(options);
}

export function openFileSink(options: FileSinkOptions): FileSink {
  const { dir, name, keep, now, onProblem, retryMs } = options;
  const listPath = join(dir, `.${name}-parts.json`);
  const waiting: string[] = [];
  let file: OpenFile | undefined;
  let dropped = 0;
  let failing = false;
  let retryAt = 0;

  /** What was handed over to a file that is not there is written to the next one. */
  const takeBack = (target: OpenFile): void => {
    waiting.unshift(...target.recent);
    dropped += target.forgotten;
    [target.recent, target.forgotten] = [[], 0];
  };

  const fail = (error: unknown): void => {
    if (file !== undefined && !existsSync(file.current)) takeBack(file);
    file = undefined;
    retryAt = now() + retryMs;
    if (failing) return;
    failing = true;
    const reason = error instanceof Error ? error.message : String(error);
    onProblem(`Cannot write ${join(dir, `${name}.log`)}: ${reason}. Trying again every ${retryMs / 1000} s.`);
  };

  const create = (): OpenFile => {
    prepareFolder(options, listPath);
    const rotator = new DailyRotateFile({
      dirname: dir,
      filename: `${name}-%DATE%`,
      extension: '.log',
      // A constant "date" means that only the size rotates: ten backups of a quiet service are then 100 MB, not 10 days.
      datePattern: 'days' in keep ? 'YYYY-MM-DD' : '[part]',
      utc: true,
      maxSize: options.maxSizeBytes,
      maxFiles: 'days' in keep ? `${keep.days}d` : keep.backups + 1,
      auditFile: listPath,
      createSymlink: true,
      symlinkName: `${name}.log`,
      options: { flags: 'a', mode: 0o600 },
    });
    const opening: OpenFile = {
      rotator,
      current: '',
      isOpen: false,
      checkedAt: now(),
      opened: 1,
      closed: 0,
      recent: [],
      forgotten: 0,
    };
    rotator.logStream.on('error', (error) => {
      if (file === opening) fail(error);
    });
    rotator.logStream.on('open', () => {
      opening.isOpen = true;
    });
    rotator.logStream.on('close', () => {
      opening.closed++;
      tidy();
    });
    rotator.on('rotate', () => opening.opened++);
    rotator.on('new', (path: string) => {
      opening.current = path;
      opening.isOpen = false;
      if (existsSync(listPath)) chmodSync(listPath, 0o600);
    });
    return opening;
  };

  const tidy = (): void => {
    try {
      removeOldParts(options);
    } catch (error) {
      fail(error);
    }
  };

  const put = (target: OpenFile, line: string): void => {
    target.rotator.log?.({ [MESSAGE]: line }, () => undefined);
    target.recent.push(line);
    if (target.recent.length > MAX_WAITING_LINES) {
      target.recent.shift();
      target.forgotten++;
    }
  };

  const flushWaiting = (target: OpenFile): void => {
    while (waiting.length > 0 && file === target) put(target, waiting.shift() ?? '');
  };

  /** A file or a folder that somebody has removed takes with it what was written since it was last seen. */
  const leaveIfGone = (target: OpenFile): void => {
    target.checkedAt = now();
    if (!target.isOpen) return;
    if (existsSync(target.current)) {
      [target.recent, target.forgotten] = [[], 0];
      return;
    }
    if (target.closed < target.opened) endOf(target);
    file = undefined;
    onProblem(
      `${join(dir, `${name}.log`)} was removed; lines of it that are written again: ${target.recent.length}, lost: ${target.forgotten}.`,
    );
    takeBack(target);
  };

  const ready = (): OpenFile | undefined => {
    const at = now();
    if (file !== undefined && Math.abs(at - file.checkedAt) >= EXISTS_CHECK_MS) leaveIfGone(file);
    if (file !== undefined) return file;
    // Later than that is no time to try again: the clock was set back.
    if (at < retryAt && retryAt - at <= retryMs) return undefined;
    const opened = create();
    file = opened;
    if (failing) confirmOnOpen(opened);
    return opened;
  };

  /** Opening is asynchronous: only an opened file proves that the trouble is over. */
  const confirmOnOpen = (opened: OpenFile): void => {
    retryAt = now() + retryMs;
    opened.rotator.logStream.once('open', () => {
      if (file !== opened) return;
      failing = false;
      onProblem(`Writing ${join(dir, `${name}.log`)} again; ${dropped} lines were lost.`);
      dropped = 0;
    });
  };

  const endOf = (target: OpenFile): void => {
    target.rotator.close?.();
  };

  /** Settles when every line is in the file. */
  const ended = (target: OpenFile): Promise<void> =>
    new Promise<void>((resolve) => {
      const settle = (): void => {
        if (target.closed >= target.opened) resolve();
      };
      target.rotator.logStream.on('close', settle);
      endOf(target);
      settle();
    });

  const keepWaiting = (line: string): void => {
    waiting.push(line);
    if (waiting.length > MAX_WAITING_LINES) {
      waiting.shift();
      dropped++;
    }
  };

  return {
    write(line) {
      try {
        const target = ready();
        if (target === undefined) {
          keepWaiting(line);
          return;
        }
        flushWaiting(target);
        put(target, line);
      } catch (error) {
        keepWaiting(line);
        fail(error);
      }
    },
    async close() {
      try {
        if (waiting.length > 0) retryAt = 0;
        const target = waiting.length > 0 ? ready() : file;
        if (target === undefined) return;
        flushWaiting(target);
        await ended(target);
        if (file === target) leaveIfGone(target);
        retryAt = 0;
        const anew = waiting.length > 0 ? ready() : undefined;
        if (anew === undefined) return;
        flushWaiting(anew);
        await ended(anew);
      } catch (error) {
        fail(error);
      }
    },
  };
}
