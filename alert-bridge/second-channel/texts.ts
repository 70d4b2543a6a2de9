import type { Locale } from '../render/message.ts';
import { pluralIn } from '../../common/text/plural.ts';
import type { SecondChannel } from './channels.ts';

interface Texts {
  /** Subject of what goes past Telegram. */
  readonly title: (count: number) => string;
  readonly more: (count: number) => string;
  /** What the chat is told afterwards. */
  readonly told: (count: number, channels: readonly SecondChannel['name'][]) => string;
}

const pluralRu = pluralIn('ru');
const pluralEn = pluralIn('en');
const criticalRu = (count: number): string =>
  `${count} ${pluralRu(count, { one: 'критический сигнал', few: 'критических сигнала', many: 'критических сигналов', other: 'критического сигнала' })}`;
const criticalEn = (count: number): string =>
  `${count} ${pluralEn(count, { one: 'critical alert', other: 'critical alerts' })}`;
const NAMES_RU: Readonly<Record<SecondChannel['name'], string>> = {
  'e-mail': 'по почте',
  ntfy: 'через ntfy',
};
const NAMES_EN: Readonly<Record<SecondChannel['name'], string>> = {
  'e-mail': 'by e-mail',
  ntfy: 'through ntfy',
};

export const TEXTS: Readonly<Record<Locale, Texts>> = {
  ru: {
    title: (count) => `🚨 Telegram не принимает сообщения: ${criticalRu(count)}`,
    more: (count) => `… и ещё ${count}`,
    told: (count, channels) =>
      `Telegram не принимал сообщения: ${criticalRu(count)} ушли ${channels.map((name) => NAMES_RU[name]).join(' и ')}`,
  },
  en: {
    title: (count) => `🚨 Telegram takes no messages: ${criticalEn(count)}`,
    more: (count) => `… and ${count} more`,
    told: (count, channels) =>
      `Telegram took no messages: ${criticalEn(count)} went ${channels.map((name) => NAMES_EN[name]).join(' and ')}`,
  },
};
