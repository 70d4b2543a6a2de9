/** What people of the seeded application spend, earn and ask: shared by the seeder and the live writer. Pure. */

export interface CategoryKind {
  /** As the application stores it: emoji and text, the same for thousands of profiles. */
  readonly name: string;
  /** Share of expenses; all together 0.95, the rest has no category or a free-text one. */
  readonly weight: number;
  /** Typical amount in roubles. */
  readonly typicalRub: number;
}

export const EXPENSE_CATEGORIES: readonly CategoryKind[] = [
  { name: '🛒 Продукты', weight: 0.25, typicalRub: 900 },
  { name: '☕ Кафе и рестораны', weight: 0.16, typicalRub: 1100 },
  { name: '🚕 Транспорт', weight: 0.12, typicalRub: 350 },
  { name: '🏠 Жильё', weight: 0.04, typicalRub: 9000 },
  { name: '💊 Здоровье', weight: 0.06, typicalRub: 1500 },
  { name: '👕 Одежда', weight: 0.05, typicalRub: 3500 },
  { name: '🎬 Развлечения', weight: 0.07, typicalRub: 900 },
  { name: '📱 Связь и интернет', weight: 0.05, typicalRub: 600 },
  { name: '🎁 Подарки', weight: 0.03, typicalRub: 2500 },
  { name: '🐱 Питомцы', weight: 0.04, typicalRub: 1200 },
  { name: '📚 Образование', weight: 0.03, typicalRub: 3000 },
  { name: '💅 Красота', weight: 0.05, typicalRub: 1800 },
];

export const INCOME_CATEGORIES: readonly string[] = ['💼 Зарплата', '💻 Фриланс', '🎁 Подарки'];

export interface Currency {
  readonly code: string;
  /** Share of users. */
  readonly weight: number;
  /** Units of this currency for one rouble. */
  readonly perRub: number;
}

export const CURRENCIES: readonly Currency[] = [
  { code: 'RUB', weight: 0.9, perRub: 1 },
  { code: 'USD', weight: 0.04, perRub: 0.011 },
  { code: 'EUR', weight: 0.03, perRub: 0.01 },
  { code: 'KZT', weight: 0.03, perRub: 5.6 },
];

export interface Provider {
  readonly service: string;
  readonly model: string;
  /** Share of calls. */
  readonly weight: number;
  /** Of the calls, while nothing is wrong. */
  readonly failureRatio: number;
  readonly typicalSeconds: number;
  readonly usdPerToken: number;
}

export const PROVIDERS: readonly Provider[] = [
  {
    service: 'openai',
    model: 'gpt-4o-mini',
    weight: 0.45,
    failureRatio: 0.012,
    typicalSeconds: 0.9,
    usdPerToken: 4e-7,
  },
  {
    service: 'google',
    model: 'gemini-2.0-flash',
    weight: 0.3,
    failureRatio: 0.018,
    typicalSeconds: 0.7,
    usdPerToken: 2e-7,
  },
  {
    service: 'deepseek',
    model: 'deepseek-chat',
    weight: 0.2,
    failureRatio: 0.02,
    typicalSeconds: 1.8,
    usdPerToken: 3e-7,
  },
  {
    service: 'qwen',
    model: 'qwen-plus',
    weight: 0.05,
    failureRatio: 0.03,
    typicalSeconds: 1.4,
    usdPerToken: 4e-7,
  },
];

/** Prices in Telegram Stars. */
export const STARS = { month: 150, six_months: 600 } as const;

/** The item that a uniform number picks by weight; undefined when it falls beyond the sum of the weights. */
export function pick<T extends { readonly weight: number }>(
  items: readonly T[],
  uniform: number,
): T | undefined {
  let left = uniform;
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  return undefined;
}
