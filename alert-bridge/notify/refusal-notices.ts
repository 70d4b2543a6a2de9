/** Tells of a chat that takes no messages: it cannot say so itself. */
import type { NewSignal } from '../model/signal.ts';
import type { Locale } from '../render/message.ts';

export interface RefusalNoticesDependencies {
  /** Keys of all chats that are told. */
  readonly chats: readonly string[];
  /** Critical signals that no chat takes go by mail or ntfy. */
  readonly hasFallback: boolean;
  readonly locale: Locale;
  readonly now: () => number;
  readonly newId: () => string;
  /** Accepts a signal of the bridge's own for these chats. */
  readonly tell: (signal: NewSignal, chats: readonly string[]) => Promise<unknown>;
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * A chat stopped taking messages for `reason`, or takes them again (undefined).
 * @param since when it stopped, Unix ms
 */
export type TellRefusal = (chat: string, reason: string | undefined, since: number) => void;

const TEXTS: Readonly<
  Record<
    Locale,
    {
      readonly refuses: string;
      readonly reasons: Readonly<Partial<Record<string, string>>>;
      /** One that has no words here. */
      readonly other: (reason: string) => string;
      readonly why: (chat: string, reason: string) => string;
      readonly takes: string;
      readonly after: (chat: string, minutes: number) => string;
    }
  >
> = {
  ru: {
    refuses: 'Чат Telegram не принимает сообщения',
    reasons: {
      unauthorized: 'токен бота неверный или отозван',
      blocked: 'бот удалён, заблокирован или без права писать',
      chat_not_found: 'чат не найден',
      chat_migrated: 'группа стала супергруппой',
      thread_missing: 'тема закрыта или удалена',
    },
    other: (reason) => `отказ Telegram (${reason})`,
    why: (chat, reason) =>
      `Чат ${chat}: ${reason}. Его сообщения ждут и придут туда, когда это исправят. Остальные чаты работают как обычно. Подробности: docker compose -p expensebot-monitoring logs --tail 20 alert-bridge`,
    takes: 'Чат Telegram снова принимает сообщения',
    after: (chat, minutes) =>
      `Чат ${chat} не принимал сообщения ${minutes} мин. Те, что ждали, приходят туда сейчас.`,
  },
  en: {
    refuses: 'A Telegram chat takes no messages',
    reasons: {
      unauthorized: 'the token of the bot is wrong or revoked',
      blocked: 'the bot was removed or blocked, or may not write',
      chat_not_found: 'there is no such chat',
      chat_migrated: 'the group has become a supergroup',
      thread_missing: 'the topic is closed or deleted',
    },
    other: (reason) => `Telegram refuses (${reason})`,
    why: (chat, reason) =>
      `Chat ${chat}: ${reason}. Its messages wait and come there once that is mended. The other chats work as usual. More: docker compose -p expensebot-monitoring logs --tail 20 alert-bridge`,
    takes: 'A Telegram chat takes messages again',
    after: (chat, minutes) =>
      `Chat ${chat} took no messages for ${minutes} min. Those that waited come there now.`,
  },
};

/**
 * The other chats are told. Where there is none the chat itself is, as long as the notice can go past Telegram: it waits
 * there like any critical signal.
 */
export function createRefusalNotices(dependencies: RefusalNoticesDependencies): TellRefusal {
  const { chats, hasFallback, now, newId, tell, onUnexpected } = dependencies;
  const texts = TEXTS[dependencies.locale];
  return (chat, reason, since) => {
    const others = chats.filter((key) => key !== chat);
    const told = others.length === 0 && hasFallback && reason !== undefined ? [chat] : others;
    if (told.length === 0) return;
    const [kind, title, text] =
      reason === undefined
        ? ['takes', texts.takes, texts.after(chat, Math.round((now() - since) / 60_000))]
        : ['refuses', texts.refuses, texts.why(chat, texts.reasons[reason] ?? texts.other(reason))];
    void tell(
      {
        id: `bridge:${newId()}`,
        type: `bridge_chat_${kind}:${chat}`,
        severity: reason === undefined ? 'info' : 'critical',
        occurredAt: now(),
        body: { kind: 'custom', title, text },
      },
      told,
    ).catch(onUnexpected);
  };
}
