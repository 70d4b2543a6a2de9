/** Starts the real SDK. Imported only when Sentry is active. */
import * as Sentry from '@sentry/node';
import type { nodeProfilingIntegration as makeIntegration } from '@sentry/profiling-node';
import { ForeignBuildError, loadNative } from '../process/native.ts';
import type { Redactor } from '../redact/redact.ts';
import { activateSentry } from './capture.ts';
import { buildSentryOptions } from './options.ts';
import { sampleProfiles } from './profiling.ts';
import { createScrubber } from './scrub.ts';
import type { SentrySettings } from './settings.ts';

/**
 * Console lines are our own log, which has its own breadcrumbs; local variables are never wanted. A rejection that nobody
 * handles becomes an uncaught exception, as without Sentry: the SDK would print it with the secrets in it.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'Console',
  'LocalVariables',
  'LocalVariablesAsync',
  // Node makes an uncaught exception of a rejection that nobody handles, and common/process/shutdown.ts takes note of those.
  'OnUnhandledRejection',
]);

export interface SentryStart {
  readonly settings: SentrySettings;
  readonly redactor: Redactor;
  readonly hashId: (id: string | number | bigint) => string;
  readonly random: () => number;
}

type Integration = ReturnType<typeof makeIntegration>;

/** Errors are reported without profiles all the same: those need a module that is compiled. */
async function profilingIntegration(): Promise<Integration | undefined> {
  try {
    await loadNative('@sentry/profiling-node');
    const { nodeProfilingIntegration } = await import('@sentry/profiling-node');
    return nodeProfilingIntegration();
  } catch (error) {
    if (!(error instanceof ForeignBuildError)) throw error;
    process.stderr.write(`${error.message} Until then nothing is profiled.\n`);
    return undefined;
  }
}

export async function startSentry({ settings, redactor, hashId, random }: SentryStart): Promise<void> {
  const profiling = settings.profilesSampleRate > 0 ? await profilingIntegration() : undefined;
  const integrations = (defaults: { name: string }[]): Integration[] => [
    ...defaults.filter(({ name }) => !LEFT_OUT.has(name)),
    ...(profiling === undefined ? [] : [profiling]),
  ];
  Sentry.init(
    buildSentryOptions(settings, {
      scrubber: createScrubber(redactor),
      transport: Sentry.makeNodeTransport,
      integrations,
    }),
  );
  const endProfiles = sampleProfiles({
    rate: profiling === undefined ? 0 : settings.profilesSampleRate,
    random,
    start: () => Sentry.profiler.startProfiler(),
    stop: () => Sentry.profiler.stopProfiler(),
  });
  activateSentry({
    captureException(error, tags, extra) {
      Sentry.captureException(error, { tags: { ...tags }, extra: { ...extra } });
    },
    addBreadcrumb: (crumb) => Sentry.addBreadcrumb({ ...crumb }),
    setUser: (id) => Sentry.setUser({ id }),
    hashId,
    isolate: (work) => Sentry.withIsolationScope(work),
    async flush(timeoutMs) {
      endProfiles();
      return Sentry.flush(timeoutMs);
    },
  });
}
