/** Everything the doctor looks at on the bridge's side. */
import type { Check } from '../../../common/doctor/check.ts';
import type { BridgeConfig } from '../../config/config.ts';
import { botIdOf } from '../../bot/access.ts';
import { createAgent } from '../../telegram/agent.ts';
import { chainChecks } from './chain.ts';
import { clockCheck } from './clock.ts';
import { sharingChecks } from './sharing.ts';
import { telegramChecks, type TelegramChecksOptions } from './telegram.ts';

export interface BridgeChecksOptions extends Pick<TelegramChecksOptions, 'client' | 'send'> {
  /** Unix milliseconds. */
  readonly now: () => number;
}

const ANYWHERE = ['0.0.0.0', '::'];

export function bridgeChecks(
  config: BridgeConfig,
  { client, send, now }: BridgeChecksOptions,
): readonly Check[] {
  const { telegram, watchdog, webhookToken, listen } = config;
  const { apiRoot, proxyUrl, timeoutMs } = telegram;
  const host = ANYWHERE.includes(listen.host) ? '127.0.0.1' : listen.host;
  return [
    ...telegramChecks({ client, send, locale: config.locale, chats: telegram.chats }),
    clockCheck(apiRoot, createAgent({ secure: apiRoot.startsWith('https:'), proxyUrl, timeoutMs }), now),
    ...chainChecks({
      ...watchdog.urls,
      webhookToken,
      exporter: config.exporterUrl,
      bridge: `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`,
    }),
    ...sharingChecks({ ...config, botId: botIdOf(telegram.token) }),
  ];
}
