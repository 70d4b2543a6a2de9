/** A test event, sent to Sentry as its SDK sends one: https://develop.sentry.dev/sdk/foundations/transport/envelopes/ */
import { randomUUID } from 'node:crypto';
import type { SentrySettings } from '../sentry/settings.ts';
import { leftOut, ok, wrong, type Check, type Finding } from './check.ts';

export interface SentryCheckOptions {
  /** Undefined while Sentry is inactive. */
  readonly settings: SentrySettings | undefined;
  /** Why it is inactive. */
  readonly inactiveReason: string;
  /** False: nothing is sent. */
  readonly send: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export function sentryCheck({ settings, inactiveReason, send, now }: SentryCheckOptions): Check {
  return {
    section: 'Sentry',
    name: 'test event',
    look: async (signal) => {
      if (settings === undefined) return leftOut(inactiveReason);
      if (!send) return leftOut('--no-send');
      const dsn = new URL(settings.dsn);
      try {
        const { status } = await sendEvent(settings, dsn, now(), signal);
        return judge(status, dsn.host);
      } catch {
        return wrong(
          `${dsn.host} does not answer`,
          'Check the host of SENTRY_DSN and the way out of this host.',
        );
      }
    },
  };
}

async function sendEvent(
  { environment, release }: SentrySettings,
  dsn: URL,
  nowMs: number,
  signal: AbortSignal,
): Promise<Response> {
  const eventId = randomUUID().replaceAll('-', '');
  const event = {
    event_id: eventId,
    timestamp: nowMs / 1000,
    platform: 'node',
    level: 'info',
    logger: 'doctor',
    message: 'Test event of npm run doctor',
    environment,
    release,
  };
  const header = { event_id: eventId, sent_at: new Date(nowMs).toISOString(), dsn: dsn.href };
  const [, prefix = '', project = ''] = /^(.*)\/(\d+)$/.exec(dsn.pathname) ?? [];
  const response = await fetch(`${dsn.origin}${prefix}/api/${project}/envelope/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': `Sentry sentry_version=7, sentry_client=expensebot-doctor/1.0, sentry_key=${dsn.username}`,
    },
    body: [header, { type: 'event' }, event].map((part) => JSON.stringify(part)).join('\n') + '\n',
    signal,
  });
  await response.body?.cancel();
  return response;
}

function judge(status: number, host: string): Finding {
  if (status === 200) return ok(`taken by ${host}: "Test event of npm run doctor"`);
  if (status === 429) return wrong(`${host} answers 429`, "Wait, or raise the project's quota in Sentry.");
  return wrong(
    `${host} answers ${status}`,
    "Copy the DSN anew from the project's settings in Sentry: SENTRY_DSN.",
  );
}
