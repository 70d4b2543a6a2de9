/** Telegram takes our messages, in every chat that is to be told. */
import type { Check, Finding } from '../../../common/doctor/check.ts';
import { leftOut, ok, wrong } from '../../../common/doctor/check.ts';
import type { ChatTarget } from '../../telegram/chats.ts';
import type { TelegramClient } from '../../telegram/client.ts';
import type { FailureReason, TelegramFailure } from '../../telegram/errors.ts';

const SECTION = 'Telegram';

export interface TelegramChecksOptions {
  readonly client: Pick<TelegramClient, 'getMe' | 'sendMessage'>;
  readonly chats: readonly ChatTarget[];
  readonly locale: 'ru' | 'en';
  /** False: no message is sent. */
  readonly send: boolean;
}

const TEST_MESSAGE = {
  ru: '🩺 Проверка мониторинга (npm run doctor): сообщения сюда доходят.',
  en: '🩺 Test of the monitoring (npm run doctor): messages arrive here.',
};

export function telegramChecks({ client, chats, locale, send }: TelegramChecksOptions): readonly Check[] {
  return [
    {
      section: SECTION,
      name: 'bot',
      look: async (signal) => {
        const me = await client.getMe({ signal });
        return me.ok ? ok(`@${me.username} answers getMe`) : refused(me.failure);
      },
    },
    ...chats.map((chat) => ({
      section: SECTION,
      name: `message to ${chat.key}`,
      look: async (signal: AbortSignal) => {
        if (!send) return leftOut('--no-send');
        const sent = await client.sendMessage({ chat, text: TEST_MESSAGE[locale], silent: true }, { signal });
        return sent.ok ? ok('the test message is in the chat') : refused(sent.failure);
      },
    })),
  ];
}

const REMEDIES: Partial<Readonly<Record<FailureReason, string>>> = {
  unauthorized:
    'Set MONITORING_BOT_TOKEN to the token that @BotFather shows: this one is wrong or was revoked.',
  chat_not_found:
    'Press Start in the chat with the bot, or add it to the group; check ADMIN_TELEGRAM_ID (a group is negative).',
  blocked: 'Unblock the bot in that chat; in a group let it write.',
  thread_missing:
    'Open the topic behind the colon in ADMIN_TELEGRAM_ID (without one, General): it is gone or closed.',
  chat_migrated: 'Write the new id of the group into ADMIN_TELEGRAM_ID: it has become a supergroup.',
  rate_limited: 'Wait: Telegram takes no more messages for now.',
};

function refused(failure: TelegramFailure): Finding {
  const unreachable =
    'Check that this host reaches TELEGRAM_API_ROOT; where it is blocked, set TELEGRAM_PROXY_URL or another root.';
  const byReason = REMEDIES[failure.reason];
  return wrong(
    `${failure.reason.replaceAll('_', ' ')}: ${failure.description}`,
    byReason ??
      (failure.outcome === 'unreachable'
        ? unreachable
        : 'See docs/operations.md, Nothing arrives in Telegram.'),
  );
}
