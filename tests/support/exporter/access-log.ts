/** Runs the collector of the access log as the exporter does, on files of a test. */
import type { Logger } from '../../../common/log/record.ts';
import { accessLogCollector, type AccessLogOptions } from '../../../exporter/access-log/collector.ts';
import { ProbeError, type Collector, type Details, type Sample } from '../../../exporter/model/collector.ts';
import { catalog } from '../../../exporter/metrics/catalog.ts';

export const FORMAT: Omit<AccessLogOptions, 'path'> = {
  format: 'combined',
  jsonKeys: {
    method: 'request_method',
    uri: 'request_uri',
    status: 'status',
    requestTime: 'request_time',
    time: 'time_iso8601',
  },
  routes: [
    { name: 'webhook', prefix: '/webhook/' },
    { name: 'admin', prefix: '/admin/' },
  ],
  ignore: ['/health', '/static/'],
};

const timing = { intervalMs: 5_000, timeoutMs: 5_000, disabledReason: undefined };

export interface Watched {
  /** One run. @param later Milliseconds after now that it believes it is; default 10 s: every file is quiet by then */
  readonly run: (later?: number) => Promise<Counted>;
  /** Sentences logged. */
  readonly said: readonly string[];
  readonly close: () => void;
}

export interface Counted {
  /** `POST 200 webhook` → how many. */
  readonly requests: Readonly<Record<string, number>>;
  /** All of them. */
  readonly total: number;
  readonly unparsed: number;
  readonly samples: readonly Sample[];
  readonly details: Details;
  /** Why the run failed; undefined when it did not. */
  readonly error: string | undefined;
}

/** @param elapsedMs monotonic; a clock of its own lets a test run out of time */
export function watchLog(
  path: string,
  stateFile: string,
  format: Partial<typeof FORMAT> = {},
  elapsedMs = () => performance.now(),
): Watched {
  const said: string[] = [];
  const tell = (message: string): void => void said.push(message);
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell };
  const collector = accessLogCollector({ ...FORMAT, ...format, path }, timing, stateFile, elapsedMs, log);
  return {
    run: (later = 10_000) => runOnce(collector, Date.now() + later),
    said,
    close: () => collector.close?.(),
  };
}

async function runOnce(collector: Collector, now: number): Promise<Counted> {
  try {
    const observation = await collector.collect({ signal: new AbortController().signal, now });
    return counted(observation.samples, observation.details ?? {}, undefined);
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return counted(error.observation?.samples ?? [], error.observation?.details ?? {}, error.message);
  }
}

function counted(samples: readonly Sample[], details: Details, error: string | undefined): Counted {
  // Some are at zero from the start.
  const requests = samples.filter(({ family, value }) => family === catalog.httpRequests && value > 0);
  return {
    requests: Object.fromEntries(
      requests.map(({ labels, value }) => [
        `${labels['method']} ${labels['code']} ${labels['route']}`,
        value,
      ]),
    ),
    total: requests.reduce((total, { value }) => total + value, 0),
    unparsed: samples.find(({ family }) => family === catalog.accessLogUnparsedLines)?.value ?? 0,
    samples,
    details,
    error,
  };
}
