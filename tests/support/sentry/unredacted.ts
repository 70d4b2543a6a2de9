/** Negative control of the Sentry contract test: the same SDK as it comes, with nothing of ours between. */
import '@sentry/node/import';
import * as Sentry from '@sentry/node';
import { activateSentry } from '../../../common/sentry/capture.ts';

Sentry.init({
  dsn: process.env['SENTRY_DSN'],
  tracesSampleRate: 1,
  traceLifecycle: 'static',
  includeLocalVariables: true,
});
activateSentry({
  captureException(error, tags, extra) {
    Sentry.captureException(error, { tags: { ...tags }, extra: { ...extra } });
  },
  addBreadcrumb: (crumb) => Sentry.addBreadcrumb({ ...crumb }),
  setUser: (id) => Sentry.setUser({ id }),
  hashId: String,
  isolate: (work) => Sentry.withIsolationScope(work),
  flush: (timeoutMs) => Promise.resolve(Sentry.flush(timeoutMs)),
});
