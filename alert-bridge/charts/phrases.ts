import type { Locale } from '../render/message.ts';

/** Words in pictures. */
export interface PicturePhrases {
  readonly thirtyDays: string;
  readonly users: string;
  readonly activeUsers: string;
  readonly newUsers: string;
  readonly roubles: string;
  readonly expenses: string;
  readonly incomes: string;
  readonly threshold: string;
  /** When an incident began. */
  readonly began: string;
  /** Of something that either works or does not. */
  readonly fine: string;
  readonly failing: string;
}

const PHRASES: Readonly<Record<Locale, PicturePhrases>> = {
  ru: {
    thirtyDays: 'Coins: последние 30 дней',
    users: 'Пользователи',
    activeUsers: 'активные',
    newUsers: 'новые',
    roubles: 'Деньги, ₽',
    expenses: 'расходы',
    incomes: 'доходы',
    threshold: 'порог',
    began: 'начало',
    fine: 'норма',
    failing: 'сбой',
  },
  en: {
    thirtyDays: 'Coins: the last 30 days',
    users: 'Users',
    activeUsers: 'active',
    newUsers: 'new',
    roubles: 'Money, ₽',
    expenses: 'expenses',
    incomes: 'incomes',
    threshold: 'threshold',
    began: 'start',
    fine: 'fine',
    failing: 'failing',
  },
};

export const picturePhrases = (locale: Locale): PicturePhrases => PHRASES[locale];
