/** Whether and how Sentry is active, from the environment. Pure. */

export interface SentrySettings {
  readonly dsn: string;
  readonly environment: string;
  readonly release: string;
  /** 0 to 1: share of transactions sent. */
  readonly tracesSampleRate: number;
  /** 0 to 1: share of the time profiled. */
  readonly profilesSampleRate: number;
}

const DEFAULT_RATE = '0.1';

function rate(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && value >= 0 && value <= 1 ? value : undefined;
}

/** https://develop.sentry.dev/sdk/foundations/transport/authentication/#parsing-the-dsn */
function isDsn(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username !== '' && /\/\d+$/.test(url.pathname);
}

/**
 * Undefined when Sentry stays inactive: no DSN, DEBUG not false, or a malformed value. A malformed value is told by the
 * service's own configuration check, which runs after this.
 */
export function readSentrySettings(
  values: Readonly<Record<string, string>>,
  packageVersion: string,
): SentrySettings | undefined {
  const dsn = values['SENTRY_DSN'];
  if (dsn === undefined || !isDsn(dsn)) return undefined;
  if (!/^(?:false|0|no|off)$/i.test(values['DEBUG'] ?? 'false')) return undefined;
  const tracesSampleRate = rate(values['SENTRY_TRACES_SAMPLE_RATE'] ?? DEFAULT_RATE);
  const profilesSampleRate = rate(values['SENTRY_PROFILES_SAMPLE_RATE'] ?? DEFAULT_RATE);
  if (tracesSampleRate === undefined || profilesSampleRate === undefined) return undefined;
  return {
    dsn,
    environment: values['ENVIRONMENT'] ?? 'production',
    release: values['RELEASE'] ?? packageVersion,
    tracesSampleRate,
    profilesSampleRate,
  };
}
