import type { TelegramAccess } from '../../common/env/shared.ts';
import { botApi } from './bot-api.ts';
import type { Collector } from '../model/collector.ts';
import { RECHECK_MS, type ProbeTiming } from '../model/timing.ts';

/** The Bot API answers getMe, the way messages go: same root, same proxy, same token. */
export function telegramApiCollector(access: TelegramAccess, timing: ProbeTiming): Collector {
  const api = botApi(access, 'MONITORING_BOT_TOKEN');
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ??
      (access.token === undefined
        ? { code: 'none_set', one: 'MONITORING_BOT_TOKEN', other: 'TELEGRAM_BOT_TOKEN' }
        : undefined),
    name: 'telegram_api',
    kind: 'component',
    retryMs: RECHECK_MS,
    collect: async ({ signal }) => {
      await api.call('getMe', signal);
      return { samples: [] };
    },
  };
}
