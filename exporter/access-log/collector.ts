import type { Logger } from '../../common/log/record.ts';
import {
  logged,
  ProbeError,
  type CollectContext,
  type Collector,
  type Details,
  type Observation,
} from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import { describeError, keeping, missing } from './errors.ts';
import { createAccessLogReader, type AccessLogFormat, type AccessLogReader } from './reader.ts';
import { openStore, type StateStore } from './store.ts';
import type { ReadResult } from './tail.ts';
import { ACCESS_LOG } from './window.ts';

export interface AccessLogOptions extends AccessLogFormat {
  /** NGINX_ACCESS_LOG; undefined: there is none to read. */
  readonly path: string | undefined;
}

/** This share of a run's deadline is for reading; a backlog that takes longer is read over several runs. */
const READING_SHARE = 0.5;

/** A scanner's rubbish or a line that a crash cut off is no wrong format; so many in a row are. */
const WRONG_FORMAT_LINES = 20;

/**
 * Counts what nginx has logged. The place in the log and the counts up to there are committed together before they are served:
 * whatever kills this program, no line is counted twice or left out, and no counter goes back.
 *
 * @param stateFile Opened at the first run.
 * @param elapsedMs monotonic
 */
export function accessLogCollector(
  { path = '', ...format }: AccessLogOptions,
  timing: ProbeTiming,
  stateFile: string,
  elapsedMs: () => number,
  log: Logger,
): Collector {
  let opened: { readonly store: StateStore; readonly reader: AccessLogReader } | undefined;
  let before: { readonly lines: number; readonly samples: Observation['samples'] } | undefined;
  let isClosed = false;

  const open = (now: number): NonNullable<typeof opened> => {
    const store = openStore(stateFile, now, log);
    const saved = store.load();
    const reader = createAccessLogReader(path, format, saved?.log === path ? saved : undefined);
    return { store, reader };
  };

  const collect = async ({ now, signal }: CollectContext): Promise<Observation> => {
    opened ??= keeping(stateFile, () => open(now));
    const { store, reader } = opened;
    const deadlineMs = elapsedMs() + timing.timeoutMs * READING_SHARE;
    const isTimeUp = (): boolean => signal.aborted || elapsedMs() >= deadlineMs;
    let result: ReadResult | undefined;
    let failure: unknown;
    try {
      result = await reader.read({ now, isTimeUp });
    } catch (error) {
      failure = describeError(path, error);
    }
    if (isClosed) return { samples: [] };
    const state = reader.save();
    if (state === undefined || (failure !== undefined && !(failure instanceof ProbeError))) throw failure;
    // The same figures stay the same array: nothing is rendered anew for them.
    if (before?.lines !== reader.lines) before = { lines: reader.lines, samples: reader.tally.samples() };
    const observation = { samples: before.samples, details: recent(reader, result, now) };
    // Also when the next file cannot be opened: what was read until then counts.
    keeping(stateFile, () => store.save(state), observation);
    const problem = failure?.message ?? problemOf(path, format.format, reader, result);
    if (problem !== undefined) throw new ProbeError(logged(problem), { observation, cause: failure });
    return observation;
  };

  return {
    ...timing,
    name: ACCESS_LOG,
    kind: 'query',
    disabledReason:
      timing.disabledReason ?? (path === '' ? { code: 'not_set', variable: 'NGINX_ACCESS_LOG' } : undefined),
    collect,
    close: () => {
      isClosed = true;
      opened?.store.close();
      void opened?.reader.close();
    },
  };
}

/** Unknown, not 0, while what was written lately has not been read yet, or nothing was ever. */
function recent(reader: AccessLogReader, result: ReadResult | undefined, now: number): Details {
  const { perMinute, errorRatio } = reader.window.at(now / 1000);
  const hasRead = reader.tally.hasRequests;
  const isKnown = hasRead && result !== undefined && result.kind !== 'missing' && !result.isBehind;
  return {
    requests_per_minute: isKnown ? perMinute : null,
    error_rate: isKnown ? errorRatio : null,
  };
}

function problemOf(
  path: string,
  format: string,
  { unparsedInARow }: AccessLogReader,
  result: ReadResult | undefined,
): string | undefined {
  if (result?.kind === 'missing') return missing(path);
  if (result?.kind === 'lost')
    return `${path} was rotated or emptied, and the rest of what was read last is gone: its last lines may not be counted`;
  if (unparsedInARow < WRONG_FORMAT_LINES) return undefined;
  return `the last ${unparsedInARow} lines of ${path} are not in the format ${format}: set access_log.format to that of nginx's log_format`;
}
