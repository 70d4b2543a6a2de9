import type { Agent } from 'node:http';
import { ProxyAgent } from 'proxy-agent';
import { z } from 'zod';
import type { TelegramAccess } from '../../common/env/shared.ts';
import { createTunnelAgent } from '../../common/http/tunnel.ts';
import { ProbeError } from '../model/collector.ts';
import { getJson } from './http/get-json.ts';

/** https://core.telegram.org/bots/api#making-requests */
const answerSchema = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.unknown().optional(),
});

/** The deadline of a call is shorter. */
const LONGEST_MS = 60_000;

export interface BotApi {
  /**
   * The `result` of a method without parameters.
   * @throws ProbeError without the token when Telegram says no, or something else answers, or nobody.
   */
  call(method: string, signal: AbortSignal): Promise<unknown>;
}

/**
 * The Bot API, reached the way messages go: same root, same proxy.
 * @param tokenVariable What the operator checks when the token is refused.
 */
export function botApi({ token, apiRoot, proxyUrl }: TelegramAccess, tokenVariable: string): BotApi {
  const secure = URL.canParse(apiRoot) && new URL(apiRoot).protocol === 'https:';
  // They keep no connection. One per call: a proxy that takes the connection and says nothing would keep it beyond the
  // deadline, and only the options of an agent reach that connection.
  const agentFor = (signal: AbortSignal): Agent | undefined => {
    if (proxyUrl === undefined) return undefined;
    if (secure && /^https?:/i.test(proxyUrl))
      return createTunnelAgent({ proxyUrl, secure, timeoutMs: LONGEST_MS, signal, keepAlive: false });
    return new ProxyAgent({ getProxyForUrl: () => proxyUrl, signal });
  };
  return {
    call: async (method, signal) => {
      const url = new URL(`${apiRoot}/bot${token ?? ''}/${method}`);
      const { status, body } = await getJson({ url, signal, agent: agentFor(signal) });
      const answer = answerSchema.safeParse(body).data;
      if (status === 401 || status === 404) {
        throw new ProbeError({ code: 'telegram_token', status, method, variable: tokenVariable });
      }
      if (answer === undefined) {
        throw new ProbeError({ code: 'telegram_stranger', target: url.host, status });
      }
      if (!answer.ok) {
        const { description: words } = answer;
        throw new ProbeError(
          words === undefined
            ? { code: 'telegram_refuses', status }
            : { code: 'telegram_says', status, words },
        );
      }
      return answer.result;
    },
  };
}
