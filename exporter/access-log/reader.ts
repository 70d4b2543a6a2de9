/** The access log as figures: tail, parser and counts put together. */
import { combinedParser } from './combined.ts';
import { jsonParser, type JsonKeys } from './json.ts';
import { emptyRequest, type ParseLine } from './request.ts';
import { createClassify, IGNORED, routeNames, type Route } from './routes.ts';
import type { SavedState } from './store.ts';
import { createTail, type ReadOptions, type ReadResult } from './tail.ts';
import { createRequestCounters, type RequestCounters } from './counters.ts';
import { createWindow, type RecentWindow } from './window.ts';

/** `combined_time` is `combined` followed by `$request_time`. */
export const LOG_FORMATS = ['combined', 'combined_time', 'json'] as const;

export interface AccessLogFormat {
  readonly format: (typeof LOG_FORMATS)[number];
  readonly jsonKeys: JsonKeys;
  readonly routes: readonly Route[];
  /** Paths, and everything below them, that are not counted at all. */
  readonly ignore: readonly string[];
}

export interface AccessLogReader {
  read(options: ReadOptions): Promise<ReadResult>;
  readonly tally: RequestCounters;
  readonly window: RecentWindow;
  /** Lines read by this program. */
  readonly lines: number;
  /** So many of the last lines read could not be understood, without a single one between them that could. */
  readonly unparsedInARow: number;
  /** Undefined before the first reading. Nothing is counted that lies behind its position. */
  readonly save: () => SavedState | undefined;
  close(): Promise<void>;
}

const SERVER_ERROR = 500;

export const parserOf = ({ format, jsonKeys }: Pick<AccessLogFormat, 'format' | 'jsonKeys'>): ParseLine =>
  format === 'json' ? jsonParser(jsonKeys) : combinedParser(format === 'combined_time');

/** @param saved Of this log. */
export function createAccessLogReader(
  path: string,
  { format, jsonKeys, routes, ignore }: AccessLogFormat,
  saved?: SavedState,
): AccessLogReader {
  const parse = parserOf({ format, jsonKeys });
  const classify = createClassify(routes, ignore);
  const tally = createRequestCounters(routeNames(routes), saved?.tally);
  const window = createWindow(saved?.window);
  const request = emptyRequest();
  let lines = 0;
  let unparsedInARow = 0;

  const onUnparsed = (): void => {
    lines += 1;
    unparsedInARow += 1;
    tally.countUnparsed();
  };
  const onLine = (bytes: Buffer, start: number, end: number): void => {
    if (!parse(bytes, start, end, request)) {
      onUnparsed();
      return;
    }
    lines += 1;
    unparsedInARow = 0;
    const { path: target, second, status } = request;
    const route = classify(target.bytes, target.start, target.end);
    if (route === IGNORED) return;
    tally.count(request, route);
    window.count(second, status >= SERVER_ERROR);
  };
  const tail = createTail({ path, onLine, onTooLong: onUnparsed }, saved?.position);

  return {
    read: (options) => tail.read(options),
    close: () => tail.close(),
    tally,
    window,
    get lines() {
      return lines;
    },
    get unparsedInARow() {
      return unparsedInARow;
    },
    save: () => {
      const { position } = tail;
      if (position === undefined) return undefined;
      return { log: path, position, tally: tally.save(), window: window.save() };
    },
  };
}
