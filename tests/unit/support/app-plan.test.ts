import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { telegramId } from '../../support/app/database.ts';
import { CURRENCIES, EXPENSE_CATEGORIES, pick, PROVIDERS } from '../../support/app/market.ts';
import { createRandom } from '../../support/app/random.ts';
import { planTick } from '../../support/app/tick.ts';

const draw = (seed: number, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random());
};

describe('createRandom', () => {
  it('repeats for a seed, differs between seeds, and stays in [0, 1)', () => {
    expect(draw(7, 20)).toEqual(draw(7, 20));
    expect(draw(7, 20)).not.toEqual(draw(8, 20));
    fc.assert(fc.property(fc.integer(), (seed) => draw(seed, 50).every((value) => value >= 0 && value < 1)));
  });

  it('is spread evenly enough', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of draw(1, 10_000))
      tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1;
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1100);
  });
});

describe('pick', () => {
  const items = [
    { name: 'a', weight: 0.25 },
    { name: 'b', weight: 0.5 },
  ];
  it.each([
    [0, 'a'],
    [0.249, 'a'],
    [0.25, 'b'],
    [0.749, 'b'],
    [0.75, undefined],
    [0.99, undefined],
  ])('%d picks %s', (uniform, name) => {
    expect(pick(items, uniform)?.name).toBe(name);
  });
});

describe('the market', () => {
  it.each([
    ['currencies', CURRENCIES, 1],
    ['providers', PROVIDERS, 1],
    ['categories', EXPENSE_CATEGORIES, 0.95],
  ] as const)('has weights of %s that add up', (_name, items, sum) => {
    expect(items.reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(sum, 9);
  });
});

describe('planTick', () => {
  it('repeats for a seed', () => {
    expect(planTick(createRandom(3))).toEqual(planTick(createRandom(3)));
  });

  it('makes amounts above zero in whole hundredths, and shares within [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { expenses, incomes, payments } = planTick(createRandom(seed));
        for (const { amountRub } of [...expenses, ...incomes]) {
          expect(amountRub).toBeGreaterThan(0);
          expect(amountRub).toBe(Number(amountRub.toFixed(2)));
        }
        for (const { who } of [...expenses, ...incomes, ...payments]) expect(who >= 0 && who < 1).toBe(true);
      }),
    );
  });

  it('brings everything that the application knows within a few hundred beats', () => {
    const random = createRandom(1);
    const plans = Array.from({ length: 600 }, () => planTick(random));
    const expenses = plans.flatMap((plan) => plan.expenses);
    expect(expenses.length / plans.length).toBeCloseTo(1.5, 0);
    expect(new Set(expenses.map(({ categoryName }) => categoryName))).toEqual(
      new Set([null, ...EXPENSE_CATEGORIES.map(({ name }) => name)]),
    );
    expect(
      new Set(
        expenses.flatMap(({ ai }) =>
          ai === null ? [] : [`${ai.provider.service} ${ai.ok ? 'ok' : 'failed'}`],
        ),
      ),
    ).toContain('openai failed');
    expect(expenses.some(({ daysBack }) => daysBack > 0)).toBe(true);
    expect(plans.some(({ newUsers }) => newUsers > 0)).toBe(true);
    expect(new Set(plans.flatMap(({ payments }) => payments.map(({ type }) => type)))).toEqual(
      new Set(['month', 'six_months']),
    );
  });
});

describe('telegramId', () => {
  it('begins with the canary and counts on', () => {
    expect([telegramId(0), telegramId(1), telegramId(999_999)]).toEqual([
      8675309000000, 8675309000001, 8675309999999,
    ]);
  });
});
