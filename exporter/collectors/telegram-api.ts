import { ProxyAgent } from 'proxy-agent';
import { z } from 'zod';
import type { TelegramAccess } from '../../common/env/shared.ts';
import { ProbeError, type Collector } from './collector.ts';
import { getJson } from './http-json.ts';
import type { ProbeTiming } from './timing.ts';

/** https://core.telegram.org/bots/api#making-requests */
const answerSchema = z.object({ ok: z.boolean(), description: z.string().optional() });

/** The Bot API answers getMe, the way messages go: same root, same proxy, same token. */
export function telegramApiCollector(access: TelegramAccess, timing: ProbeTiming): Collector {
  const { token, apiRoot, proxyUrl } = access;
  // One agent per proxy: it keeps no connection, and finds the right kind for http and https roots itself.
  const agent = proxyUrl === undefined ? undefined : new ProxyAgent({ getProxyForUrl: () => proxyUrl });
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ??
      (token === undefined ? 'neither MONITORING_BOT_TOKEN nor TELEGRAM_BOT_TOKEN is set' : undefined),
    name: 'telegram_api',
    kind: 'component',
    collect: async ({ signal }) => {
      const url = new URL(`${apiRoot}/bot${token ?? ''}/getMe`);
      const { status, body } = await getJson({ url, signal, agent });
      const answer = answerSchema.safeParse(body).data;
      if (status === 401 || status === 404) {
        throw new ProbeError(
          `token refused: Telegram answers ${status} to getMe; check MONITORING_BOT_TOKEN`,
        );
      }
      if (answer === undefined) {
        throw new ProbeError(`${url.host} answered ${status} with something that is not the Bot API`);
      }
      if (!answer.ok)
        throw new ProbeError(`Telegram answers ${status}: ${answer.description ?? 'no description'}`);
      return { samples: [] };
    },
  };
}
