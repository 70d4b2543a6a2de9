import { describe, expect, it } from 'vitest';
import { renderMessage } from '../../../../alert-bridge/render/message.ts';
import type { DailyReportBody } from '../../../../alert-bridge/model/signal.ts';
import type { DailyFigures } from '../../../../common/daily-figures.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';

/** "Ежедневный отчет" of the specification, to the letter. */
const SPECIFICATION = `📊 [Coins] Ежедневный отчет за 21.09.2024

👥 Пользователи:
  • Всего: 1,234
  • Активных вчера: 89
  • Новых вчера: 12
  • Retention 7d: 65%

💰 Финансы:
  • Расходы: 45,678 записей на 1,234,567₽
  • Доходы: 234 записей на 567,890₽
  • Подписки: 45 активных

🤖 AI сервисы:
  • Запросов: 1,234
  • Успешность: 98.5%
  • Токенов: 456,789
  • Стоимость: $12.34

📂 Топ категорий:
  • Продукты: 234,567₽ (123 записей)
  • Транспорт: 123,456₽ (89 записей)
  • Рестораны: 98,765₽ (45 записей)

⚠️ Ошибок за день: 5

🕐 Отчет сформирован: 10:00:15`;

const formedAt = Date.parse('2024-09-22T10:00:15+03:00');

function draw(report: Partial<DailyReportBody> = {}, figures: Partial<DailyFigures> = {}): string {
  const date = report.date ?? '2024-09-21';
  return renderMessage(
    {
      kind: 'report',
      report: {
        kind: 'daily_report',
        date,
        formedAt,
        errors: 5,
        figures: { ...dailyFigures(date), ...figures },
        ...report,
      },
    },
    {
      locale: 'ru',
      timezone: 'Europe/Moscow',
      now: formedAt + 1_000,
      links: {},
      redact: (text) => text.replaceAll('тайна', '[secret]'),
    },
  ).plain;
}

describe('the daily report', () => {
  it('is the one of the specification', () => {
    expect(draw()).toBe(SPECIFICATION);
  });

  it('says "yesterday" only of yesterday', () => {
    const older = draw({ date: '2024-09-01' });
    expect(older).toContain('  • Активных за день: 89\n  • Новых за день: 12\n');
    expect(older).not.toContain('вчера');
  });

  it.each([
    [{ users: null }, '👥 Пользователи: нет данных\n'],
    [{ ai: null }, '🤖 AI сервисы: нет данных\n'],
    [{ top_categories: null }, '📂 Топ категорий: нет данных\n'],
    [{ expenses: null }, '  • Расходы: нет данных\n  • Доходы: 234'],
    [{ incomes: null }, '  • Доходы: нет данных\n'],
    [{ subscriptions: null }, '  • Подписки: нет данных\n'],
    [
      { users: { total: 9, active: 0, new: 0, retention_7d_ratio: null } },
      '  • Новых вчера: 0\n  • Retention 7d: нет данных\n',
    ],
    [
      {
        ai: [
          { provider: 'deepseek', requests: 3, failed: 0, tokens: 7, cost_usd: null },
          { provider: 'openai', requests: 1, failed: 0, tokens: null, cost_usd: null },
        ],
      },
      '  • Успешность: 100%\n  • Токенов: 7\n  • Стоимость: нет данных\n',
    ],
    [{ ai: [] }, '  • Запросов: 0\n  • Успешность: нет данных\n  • Токенов: 0\n'],
  ] satisfies [Partial<DailyFigures>, string][])(
    'names what is unknown, and nothing else: %j',
    (figures, text) => {
      const shown = draw({}, figures);
      expect(shown).toContain(text);
      expect(shown.match(/нет данных/g)).toHaveLength(1);
    },
  );

  it('is told without the exporter, naming every figure that is missing', () => {
    const shown = draw({ figures: null });
    expect(shown).toContain('Экспортёр не ответил');
    expect(shown.match(/нет данных/g)).toHaveLength(6);
    expect(shown).toContain('⚠️ Ошибок за день: 5');
    expect(shown).not.toContain(': 0');
  });

  it('does not take an unknown count of errors for none', () => {
    expect(draw({ errors: null })).toContain('⚠️ Ошибок за день: нет данных');
    expect(draw({ errors: 0 })).toContain('⚠️ Ошибок за день: 0');
  });

  it('never adds currencies, and ranks categories by roubles alone', () => {
    const amounts = [
      { currency: 'USD', amount: 9_000_000.5, count: 2 },
      { currency: 'RUB', amount: 1_000.4, count: 4 },
      { currency: 'EUR', amount: 20, count: 1 },
    ];
    const shown = draw({}, { expenses: { count: 7, amounts } });
    expect(shown).toContain('  • Расходы: 4 записей на 1,000₽\n      + 9,000,000.50 USD\n      + 20 EUR\n');
    expect(shown).not.toContain('Travel');
    // A day that an older release has recorded: the count of all of them is not that of the roubles.
    const older = amounts.map((one) => ({ ...one, count: null }));
    expect(draw({}, { expenses: { count: 7, amounts: older } })).toContain('  • Расходы: 1,000₽\n');
    const foreign = [{ currency: 'USD', amount: 3, count: 1 }];
    expect(draw({}, { incomes: { count: 1, amounts: foreign } })).toContain('  • Доходы: 0 записей на 0₽\n');
  });

  it('tells who pays apart from who only tries', () => {
    const shown = draw(
      {},
      { subscriptions: { active: 5_041, paying_people: 850, trial_people: 4_191, payments_stars: 0 } },
    );
    expect(shown).toContain('  • Подписки: 5,041 активных\n      платят: 850, на пробном периоде: 4,191\n');
  });

  it('takes secrets and line breaks out of names of categories', () => {
    const shown = draw(
      {},
      {
        top_categories: [{ name: '🛒 Про\nдукты тайна', currency: 'RUB', amount: 1, count: 1 }],
      },
    );
    expect(shown).toContain('  • 🛒 Про дукты [secret]: 1₽ (1 записей)\n');
  });
});
