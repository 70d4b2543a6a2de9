/**
 * What a chat learns of a storm within half a minute: through this bridge, and through Alertmanager's own receiver for
 * Telegram. Both get the same alerts from an Alertmanager with the same groups, and the same strict Telegram, which refuses
 * what is over its limits (a message a second in a chat).
 *
 * The figure is how many distinct alerts the chat's messages account for: named, or counted by a digest. Requests,
 * refusals and the time to the first critical alert are told beside it, on standard error.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BOT_TOKEN,
  CHAT_ID,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../../support/bridge/bridge.ts';
import { startAlertmanager } from '../../support/servers/alertmanager.ts';
import { makeTemporaryFolder } from '../../support/servers/folders.ts';
import type { TelegramFake } from '../../support/telegram/index.ts';
import type { Bench, Prepared } from '../harness.ts';

const ALERTS = 1_000;
const PER_POST = 250;
const OBSERVED_MS = 30_000;
/** The strict Telegram remembers no more. */
const REQUESTS_KEPT = 5_000;
const BRIDGE = 'alert bridge';
const RECEIVER = "Alertmanager's telegram receiver";

export const storm: Bench = {
  name: 'storm',
  needs: ['prometheus-alertmanager'],
  unit: `of ${ALERTS} alerts`,
  rounds: 1,
  prepare: (): Promise<Prepared> =>
    Promise.resolve({
      subjects: { [BRIDGE]: () => throughBridge(), [RECEIVER]: () => throughReceiver() },
      comparisons: [
        {
          name: `storm, told in ${OBSERVED_MS / 1_000} s`,
          subject: BRIDGE,
          peer: RECEIVER,
          goal: { ratio: 10 },
        },
      ],
      close: () => Promise.resolve(),
    }),
};

async function throughBridge(): Promise<number> {
  const telegram = await startTelegram();
  const bridge = await startBridge(telegram, { LOCALE: 'en' });
  try {
    return await observe(BRIDGE, telegram, {
      webhook_configs: [
        {
          url: `${bridge.url}/webhooks/alertmanager`,
          http_config: { authorization: { type: 'Bearer', credentials: WEBHOOK_TOKEN } },
        },
      ],
    });
  } finally {
    await bridge.close();
    await telegram.close();
  }
}

async function throughReceiver(): Promise<number> {
  const telegram = await startTelegram();
  try {
    return await observe(RECEIVER, telegram, {
      telegram_configs: [{ api_url: telegram.apiRoot, bot_token: BOT_TOKEN, chat_id: CHAT_ID }],
    });
  } finally {
    await telegram.close();
  }
}

async function observe(name: string, telegram: TelegramFake, receiver: object): Promise<number> {
  const folder = makeTemporaryFolder();
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'alertmanager.yml');
  const route = {
    receiver: 'chat',
    group_by: ['alertname', 'component'],
    group_wait: '1s',
    group_interval: '1m',
  };
  // JSON is YAML.
  writeFileSync(configFile, JSON.stringify({ route, receivers: [{ name: 'chat', ...receiver }] }));
  const alertmanager = await startAlertmanager({ configFile, logLevel: 'error' });
  try {
    const postedAt = Date.now();
    const firstCriticalAt = telegram
      .waitForMessage(CHAT_ID, ({ text }) => isCritical(text), { timeoutMs: OBSERVED_MS })
      .then(
        () => Date.now(),
        () => Number.NaN,
      );
    for (let first = 0; first < ALERTS; first += PER_POST) await postAlerts(alertmanager.url, first);
    await delay(OBSERVED_MS);
    return report(name, telegram, (await firstCriticalAt) - postedAt);
  } finally {
    await alertmanager.close();
  }
}

/** Every alert of a type of its own; one in twenty is critical. */
async function postAlerts(url: string, first: number): Promise<void> {
  const alerts = Array.from({ length: PER_POST }, (_, i) => ({
    labels: {
      alertname: 'ShardDown',
      component: `shard-${first + i}.`,
      severity: (first + i) % 20 === 19 ? 'critical' : 'warning',
    },
    annotations: { summary: `shard-${first + i}. does not answer` },
  }));
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
}

const DIGEST = /([\d,]+) (?:critical alerts|warnings) at once/;
const isCritical = (text: string): boolean => /🚨|severity = critical/.test(text);

function report(name: string, telegram: TelegramFake, firstCriticalMs: number): number {
  const requests = telegram.requests();
  const texts = telegram.messages(CHAT_ID).map(({ text }) => text);
  // A digest counts all of its alerts, and names some of them.
  const alone = texts
    .filter((text) => !DIGEST.test(text))
    .flatMap((text) => text.match(/shard-\d+\./g) ?? []);
  const named = new Set(alone);
  const counted = texts
    .map((text) => DIGEST.exec(text)?.[1]?.replaceAll(',', '') ?? '0')
    .reduce((sum, count) => sum + Number(count), 0);
  const told = named.size + counted;
  if (told > ALERTS) throw new Error(`${told} alerts told of ${ALERTS}: the count is wrong.`);
  const refused = requests.filter(({ status }) => status === 429).length;
  const isMore = requests.length >= REQUESTS_KEPT ? ' or more' : '';
  console.error(
    `${name}: ${told} alerts told by ${texts.length} messages, ${requests.length}${isMore} requests, ${refused} of them refused (429), first critical after ${(firstCriticalMs / 1_000).toFixed(1)} s`,
  );
  return told;
}
