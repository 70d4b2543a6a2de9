import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../common/time/clock.ts';
import type { Reason } from '../../../common/reasons/reason.ts';
import { within } from '../../../common/time/within.ts';
import { catalog } from '../../metrics/catalog.ts';
import { ProbeError, type Collector, type Observation } from '../../model/collector.ts';
import { CertificateError, exchange, newTrace, PHASES, type Answer, type Trace } from './exchange.ts';
import { errorCode, networkReason } from './network-error.ts';

export interface HttpTarget {
  /** Name of the component: `public_endpoint`, `http:<name>`. */
  readonly name: string;
  /** http or https; credentials in it are sent and never shown. */
  readonly url: URL | undefined;
  /** Statuses that are well; undefined: 200 to 299. */
  readonly expectStatus: readonly number[] | undefined;
  /** Text that the first megabyte of the body holds. */
  readonly expectBody: string | undefined;
  /** When false, a redirect is an answer like any other. */
  readonly followRedirects: boolean;
  /** PEM file of the authorities to trust instead of the built-in ones; read at every run. */
  readonly caFile: string | undefined;
  readonly intervalMs: number;
  /** Of one attempt, redirects included. */
  readonly attemptTimeoutMs: number;
  readonly disabledReason: Reason | undefined;
}

/** A run has failed when all of these have: one lost packet or one restarting worker is no outage. */
const ATTEMPTS = 3;
const MAX_REDIRECTS = 5;

/** Pauses between attempts, and time to tell of the last one before the poller gives up on the run. */
const pauseMs = (attemptTimeoutMs: number): number => attemptTimeoutMs / 10;
export const runTimeoutMs = (attemptTimeoutMs: number): number =>
  Math.ceil(ATTEMPTS * (attemptTimeoutMs + pauseMs(attemptTimeoutMs)));

/**
 * An HTTP address answers as it should. The expiry of the last certificate read is told for as long as the exporter
 * runs, whatever the probe finds later: a server that is away still has a certificate to renew.
 */
export function httpTargetCollector(target: HttpTarget, clock: Clock): Collector {
  const { name, url, intervalMs, attemptTimeoutMs } = target;
  let certificates: ReadonlyMap<string, number> = new Map();

  const observe = (trace: Trace, extra: Observation['details']): Observation => ({
    samples: [
      ...PHASES.flatMap((phase) => {
        const ms = trace.phasesMs.get(phase);
        const labels = { component: name, phase };
        return ms === undefined ? [] : [{ family: catalog.httpTargetPhase, labels, value: ms / 1000 }];
      }),
      ...[...certificates].map(([host, expiry]) => ({
        family: catalog.tlsCertificateExpiry,
        labels: { target: host },
        value: expiry,
      })),
    ],
    details: {
      ...extra,
      ...Object.fromEntries([...trace.phasesMs].map(([phase, ms]) => [`${phase}_ms`, Math.round(ms)])),
      ...Object.fromEntries(
        [...certificates].map(([host, expiry]) => [
          `${host} certificate_expires`,
          new Date(expiry * 1000).toISOString(),
        ]),
      ),
    },
  });

  return {
    name,
    kind: 'component',
    intervalMs,
    timeoutMs: runTimeoutMs(attemptTimeoutMs),
    disabledReason: target.disabledReason,
    collect: async ({ signal, now }) => {
      if (url === undefined) throw new ProbeError({ code: 'no_address' });
      const ca = await readAuthorities(target.caFile);
      for (let attempt = 1; ; attempt += 1) {
        const trace = newTrace();
        try {
          const found = await attemptOnce({ target, url, ca, signal, now, trace });
          certificates = trace.certificates;
          return observe(trace, { ...found, attempts: attempt });
        } catch (error) {
          if (!(error instanceof ProbeError)) throw error;
          // A run that came less far has read fewer certificates: what is known of the others stands.
          certificates = new Map([...certificates, ...trace.certificates].slice(-1 - MAX_REDIRECTS));
          if (attempt === ATTEMPTS || error instanceof CertificateError || signal.aborted) {
            const tries = attempt === 1 ? [] : [{ code: 'attempts' as const, count: attempt }];
            const observation = observe(trace, { ...error.observation?.details, attempts: attempt });
            throw new ProbeError([...error.reasons, ...tries], { cause: error, observation });
          }
        }
        await clock.sleep(pauseMs(attemptTimeoutMs), signal);
      }
    },
  };
}

interface Attempt {
  readonly target: HttpTarget;
  readonly url: URL;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  readonly now: number;
  readonly trace: Trace;
}

/** @throws ProbeError; everything else is a fault in this program. */
async function attemptOnce(attempt: Attempt): Promise<{ status: number; redirects: number }> {
  const { target, trace } = attempt;
  let { url } = attempt;
  const late = new AbortController();
  try {
    return await within(target.attemptTimeoutMs, attempt.signal, async (signal) => {
      signal.addEventListener('abort', () => attempt.signal.aborted || late.abort());
      for (let redirects = 0; ; redirects += 1) {
        const answer = await exchange({ ...attempt, url, signal });
        const next = redirectOf(answer, url, target);
        if (next === undefined) {
          judge(answer, url, target);
          return { status: answer.status, redirects };
        }
        if (redirects === MAX_REDIRECTS) {
          throw new ProbeError({ code: 'redirects', target: attempt.url.host, limit: MAX_REDIRECTS });
        }
        url = next;
      }
    });
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    if (late.signal.aborted) {
      const seconds = target.attemptTimeoutMs / 1000;
      throw new ProbeError({ code: `late_${trace.phase}`, target: url.host, seconds }, { cause: error });
    }
    throw new ProbeError(networkReason(error, url.host), { cause: error });
  }
}

/** Where to go on, or undefined when this answer is the one to judge. */
function redirectOf({ status, location }: Answer, from: URL, target: HttpTarget): URL | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
  if (!isRedirect || !target.followRedirects || target.expectStatus?.includes(status) === true)
    return undefined;
  const next = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (next === undefined || !['http:', 'https:'].includes(next.protocol)) {
    throw new ProbeError({ code: 'redirect_nowhere', target: from.host });
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new ProbeError({ code: 'redirect_insecure', target: from.host, to: next.host });
  }
  return next;
}

function judge({ status, location, body }: Answer, url: URL, { expectStatus, expectBody }: HttpTarget): void {
  const observation = { samples: [], details: { status } };
  const isExpected = expectStatus?.includes(status) ?? (status >= 200 && status <= 299);
  if (!isExpected) {
    const expected = expectStatus?.map(String) ?? '200–299';
    const to =
      location !== undefined && URL.canParse(location, url.href) ? new URL(location, url.href).host : '';
    const answer = { target: url.host, status, expected };
    throw new ProbeError(
      to === '' ? { code: 'http_status', ...answer } : { code: 'http_status_redirect', ...answer, to },
      { observation },
    );
  }
  if (expectBody !== undefined && !body.includes(expectBody)) {
    throw new ProbeError({ code: 'http_body', target: url.host, status }, { observation });
  }
}

async function readAuthorities(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error) ?? '?';
    throw new ProbeError(
      { code: 'file_unreadable', setting: 'ca_file', path, error: code },
      { cause: error },
    );
  }
}
