/** What happens in the application during one beat of the live writer. Pure: a source of random numbers in, a plan out. */
import type { Provider } from './market.ts';
import { EXPENSE_CATEGORIES, pick, PROVIDERS, STARS } from './market.ts';

export interface ExpensePlan {
  /** Share of the list of living profiles, [0, 1): which one writes. */
  readonly who: number;
  readonly categoryName: string | null;
  readonly amountRub: number;
  readonly daysBack: number;
  readonly ai: AiPlan | null;
}

export interface AiPlan {
  readonly provider: Provider;
  readonly ok: boolean;
  readonly seconds: number;
  readonly tokens: number;
}

export interface TickPlan {
  readonly expenses: readonly ExpensePlan[];
  readonly incomes: readonly { readonly who: number; readonly amountRub: number }[];
  readonly newUsers: number;
  readonly payments: readonly {
    readonly who: number;
    readonly type: keyof typeof STARS;
    readonly stars: number;
  }[];
}

/** Up to three expenses, now and then an income, a registration or a payment. */
export function planTick(random: () => number): TickPlan {
  const times = (count: number) => Array.from({ length: count }, (_, index) => index);
  return {
    expenses: times(Math.floor(random() * 4)).map(() => planExpense(random)),
    incomes: random() < 0.15 ? [{ who: random(), amountRub: round(5000 + 60_000 * random()) }] : [],
    newUsers: random() < 0.05 ? 1 : 0,
    payments: random() < 0.03 ? [planPayment(random)] : [],
  };
}

function planExpense(random: () => number): ExpensePlan {
  const who = random();
  const category = pick(EXPENSE_CATEGORIES, random());
  const amountRub = round((category?.typicalRub ?? 100) * (0.3 + 1.4 * random()));
  const daysBack = random() < 0.12 ? 1 + Math.floor(random() * 9) : 0;
  return {
    who,
    categoryName: category?.name ?? null,
    amountRub,
    daysBack,
    ai: random() < 0.6 ? planAiCall(random) : null,
  };
}

function planAiCall(random: () => number): AiPlan | null {
  const provider = pick(PROVIDERS, random());
  if (provider === undefined) return null;
  return {
    provider,
    ok: random() >= provider.failureRatio,
    seconds: provider.typicalSeconds * (0.5 + random()),
    tokens: 150 + Math.floor(750 * random()),
  };
}

function planPayment(random: () => number): TickPlan['payments'][number] {
  const who = random();
  const type = random() < 0.85 ? 'month' : 'six_months';
  return { who, type, stars: STARS[type] };
}

/** To whole hundredths. */
function round(amount: number): number {
  return Math.round(amount * 100) / 100;
}
