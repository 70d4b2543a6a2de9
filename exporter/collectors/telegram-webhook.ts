import { wellFormedText } from '../../common/text/well-formed.ts';
import { z } from 'zod';
import type { TelegramAccess } from '../../common/env/shared.ts';
import type { Reason } from '../../common/reasons/reason.ts';
import { catalog } from '../metrics/catalog.ts';
import { botApi } from './bot-api.ts';
import { ProbeError, type Collector, type Details, type Sample } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';

/** https://core.telegram.org/bots/api#webhookinfo */
const infoSchema = z.object({
  url: z.string(),
  pending_update_count: z.number().nonnegative(),
  last_error_date: z.number().positive().optional(),
  last_error_message: z.string().optional(),
});
type WebhookInfo = z.infer<typeof infoSchema>;

export interface WebhookOptions {
  /** Access with the token of the main bot: the one whose updates the application waits for. */
  readonly access: TelegramAccess;
  /** The address that Telegram must deliver to; undefined: whatever is set is right. */
  readonly expectedUrl: string | undefined;
  /** More waiting updates than this are a fault. */
  readonly maxPendingUpdates: number;
  /** A failed delivery counts for so long, while updates wait. */
  readonly errorWindowMs: number;
}

const MAX_ERROR_LENGTH = 200;

/**
 * How Telegram itself sees the main bot's webhook: the one place where a broken certificate, a wrong address or
 * an unreachable server shows while every process of ours is well. Asks, and never changes the webhook.
 */
export function telegramWebhookCollector(options: WebhookOptions, timing: ProbeTiming): Collector {
  const api = botApi(options.access, 'TELEGRAM_BOT_TOKEN');
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ??
      (options.access.token === undefined ? { code: 'not_set', variable: 'TELEGRAM_BOT_TOKEN' } : undefined),
    name: 'telegram_webhook',
    kind: 'component',
    collect: async ({ signal, now }) => {
      const info = infoSchema.safeParse(await api.call('getWebhookInfo', signal)).data;
      if (info === undefined) throw new ProbeError({ code: 'webhook_unreadable' });
      const observation = { samples: samplesOf(info, options), details: detailsOf(info, options) };
      const problems = problemsOf(info, options, now);
      if (problems.length > 0) throw new ProbeError(problems, { observation, isAnswer: true });
      return observation;
    },
  };
}

function problemsOf(info: WebhookInfo, options: WebhookOptions, now: number): readonly Reason[] {
  const { expectedUrl, maxPendingUpdates, errorWindowMs } = options;
  const pending = info.pending_update_count;
  const problems: Reason[] = [];
  if (expectedUrl !== undefined && !isSameUrl(info.url, expectedUrl)) {
    problems.push(mismatch(info.url, expectedUrl));
  }
  const errorAgeMs = info.last_error_date === undefined ? Infinity : now - info.last_error_date * 1000;
  // Telegram keeps the last error for ever: it is over once nothing waits, or once it is old.
  if (pending > 0 && errorAgeMs <= errorWindowMs) {
    const words = lastError(info, options);
    problems.push(
      words === undefined
        ? { code: 'webhook_failing_silently', pending }
        : { code: 'webhook_failing', words, pending },
    );
  }
  if (pending > maxPendingUpdates) {
    problems.push({ code: 'webhook_backlog', pending, limit: maxPendingUpdates });
  }
  return problems;
}

/** The path is often the token or another secret, so only the host is told. */
function mismatch(actual: string, expected: string): Reason {
  if (actual === '') return { code: 'webhook_missing' };
  const host = hostOf(actual);
  return host === hostOf(expected)
    ? { code: 'webhook_path', host }
    : { code: 'webhook_host', host, expected: hostOf(expected) };
}

/** A slash at the end counts: Telegram follows no redirect from one to the other. */
const isSameUrl = (one: string, other: string): boolean => normal(one) === normal(other);
const normal = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '?');

/** Telegram's own words, if any, without any part of an address that may be secret. */
function lastError(info: WebhookInfo, { access, expectedUrl = '' }: WebhookOptions): string | undefined {
  const hidden = [access.token ?? '', info.url, pathOf(info.url), expectedUrl, pathOf(expectedUrl)];
  let text = info.last_error_message;
  if (text === undefined) return undefined;
  // The longest first: what is left of an address without the token in it would not be found any more.
  for (const secret of hidden.toSorted((one, other) => other.length - one.length)) {
    if (secret.length > 1) text = text.replaceAll(secret, '…');
  }
  return text.length > MAX_ERROR_LENGTH ? `${wellFormedText(text.slice(0, MAX_ERROR_LENGTH - 1))}…` : text;
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function samplesOf(info: WebhookInfo, { expectedUrl }: WebhookOptions): readonly Sample[] {
  const sample = (family: Sample['family'], value: number): Sample => ({ family, labels: {}, value });
  return [
    sample(catalog.webhookPendingUpdates, info.pending_update_count),
    ...(info.last_error_date === undefined ? [] : [sample(catalog.webhookLastError, info.last_error_date)]),
    ...(expectedUrl === undefined
      ? []
      : [sample(catalog.webhookUrlMatches, Number(isSameUrl(info.url, expectedUrl)))]),
  ];
}

function detailsOf(info: WebhookInfo, options: WebhookOptions): Details {
  return {
    webhook_host: info.url === '' ? null : hostOf(info.url),
    pending_updates: info.pending_update_count,
    ...(info.last_error_date === undefined
      ? {}
      : {
          last_error_at: new Date(info.last_error_date * 1000).toISOString(),
          last_error: lastError(info, options) ?? null,
        }),
  };
}
