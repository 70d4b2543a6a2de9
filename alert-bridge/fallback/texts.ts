import { pluralIn } from '../../common/text/plural.ts';
import type { Locale } from '../render/message.ts';
import type { FallbackSender } from './fallback-sender.ts';

interface Texts {
  /** Subject of what goes past Telegram: the first of so many alerts, as its message begins. */
  readonly title: (first: string, count: number) => string;
  /** Before the alerts. */
  readonly note: string;
  /** The same of an alert that nobody in Telegram has taken. */
  readonly untakenTitle: (first: string) => string;
  readonly untaken: string;
  readonly more: (count: number) => string;
  /** What the chat is told afterwards. */
  readonly told: (count: number, channels: readonly FallbackSender['name'][]) => string;
}

const plural = pluralIn('en');
const NAMES_RU: Readonly<Record<FallbackSender['name'], string>> = {
  'e-mail': 'почтой',
  ntfy: 'через ntfy',
  webhook: 'вебхуком',
};
const NAMES_EN: Readonly<Record<FallbackSender['name'], string>> = {
  'e-mail': 'by e-mail',
  ntfy: 'through ntfy',
  webhook: 'by the webhook',
};

export const TEXTS: Readonly<Record<Locale, Texts>> = {
  ru: {
    title: (first, count) => `${first}${count > 1 ? ` и ещё ${count - 1}` : ''} (Telegram недоступен)`,
    note: 'Telegram не отвечает, критические алерты идут сюда.',
    untakenTitle: (first) => `${first} (никто не занимается)`,
    untaken: 'В Telegram этим алертом никто не занялся.',
    more: (count) => `… и ещё ${count}`,
    told: (count, channels) =>
      `Telegram не отвечал. Критических алертов отправлено ${channels.map((name) => NAMES_RU[name]).join(' и ')}: ${count}`,
  },
  en: {
    title: (first, count) => `${first}${count > 1 ? ` and ${count - 1} more` : ''} (Telegram is unreachable)`,
    note: 'Telegram does not answer; critical alerts come here.',
    untakenTitle: (first) => `${first} (nobody has taken it)`,
    untaken: 'Nobody in Telegram has taken this alert.',
    more: (count) => `… and ${count} more`,
    told: (count, channels) =>
      `Telegram did not answer: ${count} ${plural(count, { one: 'critical alert', other: 'critical alerts' })} went ${channels.map((name) => NAMES_EN[name]).join(' and ')}`,
  },
};
