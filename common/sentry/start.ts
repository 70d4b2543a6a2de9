/** Starts the real SDK. Imported only when Sentry is active. */
import * as Sentry from '@sentry/node';
import { nodeProfilingIntegration } from '@sentry/profiling-node';
import type { Redactor } from '../redact.ts';
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
  // Node makes an uncaught exception of a rejection that nobody handles, and common/shutdown.ts takes note of those.
  'OnUnhandledRejection',
]);

export interface SentryStart {
  readonly settings: SentrySettings;
  readonly redactor: Redactor;
  readonly hashId: (id: string | number | bigint) => string;
  readonly random: () => number;
}

export function startSentry({ settings, redactor, hashId, random }: SentryStart): void {
  const integrations = (defaults: { name: string }[]): ReturnType<typeof nodeProfilingIntegration>[] => [
    ...defaults.filter(({ name }) => !LEFT_OUT.has(name)),
    ...(settings.profilesSampleRate > 0 ? [nodeProfilingIntegration()] : []),
  ];
  Sentry.init(
    buildSentryOptions(settings, {
      scrubber: createScrubber(redactor),
      transport: Sentry.makeNodeTransport,
      integrations,
    }),
  );
  const endProfiles = sampleProfiles({
    rate: settings.profilesSampleRate,
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
