import type { Server } from '../servers/process.ts';
import { startService, type ServiceOptions } from '../servers/service.ts';
import { startTelegramFake, type ChatSetup, type Limits, type TelegramFake } from '../telegram/index.ts';
import { until } from '../machine/until.ts';

/** Secrets of a test run: none of them may appear in a log, an answer or a metric. */
export const BOT_TOKEN = '7000000001:AAcanaryTokenOfTheMonitoringBot01234';
export const WEBHOOK_TOKEN = 'canary-webhook-token';
export const CHAT_ID = 4_242_000_001;

export const PRIVATE_CHAT: ChatSetup = { id: CHAT_ID, kind: 'private', title: 'Админ' };

export const startTelegram = (
  limits: Partial<Limits> = {},
  chats: readonly ChatSetup[] = [PRIVATE_CHAT],
): Promise<TelegramFake> =>
  startTelegramFake({
    bots: [
      { token: BOT_TOKEN, username: 'coins_monitoring_bot', id: 7_000_000_001, name: 'Coins · мониторинг' },
    ],
    chats: [...chats],
    limits,
  });

/**
 * What the bridge says of its own accord is in the way of tests that count messages: it starts and stops silently, and
 * when it is ten o'clock there is no report.
 */
export const QUIET = 'tell_start_and_stop: false\nreport: { enabled: false }\n';

/** Nobody listens there. At the usual addresses somebody else's may: a demo, or Debian's services. */
const NO_NEIGHBOURS = {
  ALERTMANAGER_URL: 'http://127.0.0.1:1',
  EXPORTER_URL: 'http://127.0.0.1:1',
  PROMETHEUS_URL: 'http://127.0.0.1:1',
};

/**
 * The bridge from the build, speaking to the fake; quiet unless there is a `config`. Whatever a test was about, the
 * ledger must hold when it stops the bridge.
 */
export const startBridge = (
  telegram: TelegramFake,
  env: Readonly<Record<string, string>> = {},
  options: ServiceOptions = {},
): Promise<Server> =>
  startService(
    'alert-bridge',
    {
      MONITORING_BOT_TOKEN: BOT_TOKEN,
      ADMIN_TELEGRAM_ID: String(CHAT_ID),
      TELEGRAM_API_ROOT: telegram.apiRoot,
      WEBHOOK_TOKEN,
      ...NO_NEIGHBOURS,
      ...env,
    },
    { config: QUIET, beforeStop: readLedger, ...options },
  );

export interface PostAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function post(
  bridge: { readonly url: string },
  path: string,
  body: unknown,
): Promise<PostAnswer> {
  const response = await fetch(`${bridge.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as PostAnswer['body'] };
}

export interface Alert {
  readonly alertname: string;
  readonly component?: string;
  readonly instance?: string;
  readonly severity?: string;
  readonly status?: 'firing' | 'resolved';
  readonly summary?: string;
}

let starts = 0;

/** An Alertmanager notification of these alerts, each a fresh one. */
export function notification(alerts: readonly Alert[], startsAt = new Date()): unknown {
  starts += 1;
  return {
    version: '4',
    groupKey: `{}:{n="${starts}"}`,
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    alerts: alerts.map(({ status = 'firing', summary, ...labels }) => ({
      status,
      labels,
      annotations: { summary: summary ?? labels.alertname },
      startsAt: startsAt.toISOString(),
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
      fingerprint: [labels.alertname, labels.component ?? '', labels.instance].join('/'),
    })),
  };
}

/** Values of the bridge's own metrics; a labelled family is summed. */
export async function readMetrics(bridge: { readonly url: string }): Promise<(name: string) => number> {
  const get = (): Promise<Response> => fetch(`${bridge.url}/metrics`);
  // A connection that was kept open may lead to the process before a restart.
  const text = await (await get().catch(get)).text();
  return (name) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

export interface LedgerReading {
  readonly accepted: number;
  readonly delivered: number;
  readonly merged: number;
  readonly suppressed: number;
  readonly failed: number;
  readonly pending: number;
  readonly possibleDuplicates: number;
}

/** @throws Error when the ledger's law does not hold */
export async function readLedger(bridge: { readonly url: string }): Promise<LedgerReading> {
  const value = await readMetrics(bridge);
  const signals = (name: string): number => value(`alert_bridge_signals_${name}`);
  const ledger = {
    accepted: signals('accepted_total'),
    delivered: signals('delivered_total'),
    merged: signals('merged_total'),
    suppressed: signals('suppressed_total'),
    failed: signals('failed_total'),
    pending: signals('pending'),
    possibleDuplicates: value('alert_bridge_telegram_possible_duplicates_total'),
  };
  const { accepted, delivered, merged, suppressed, failed, pending } = ledger;
  if (accepted !== delivered + merged + suppressed + failed + pending) {
    throw new Error(`The ledger's law is broken: ${JSON.stringify(ledger)}`);
  }
  return ledger;
}

/** Waits until nothing waits any more. */
export const settled = (bridge: { readonly url: string }, timeoutMs = 200_000): Promise<LedgerReading> =>
  until(
    () => readLedger(bridge),
    ({ pending }) => pending === 0,
    { what: 'an empty outbox', timeoutMs },
  );
