import { classicDashboard } from '../layout.ts';
import type { ClassicDashboard } from '../layout.ts';
import { ai, growthOfTables } from '../sections/ai.ts';
import { audience, errorBudget } from '../sections/goals.ts';

/** The targets: are they met, and what is used and paid for. */
export function goals(): ClassicDashboard {
  return classicDashboard({
    uid: 'expensebot-goals',
    title: 'ExpenseBot — цели',
    description: 'Выполняются ли цели: доступность, активность, ИИ-сервисы.',
    variables: [],
    sections: [errorBudget, audience, ai, growthOfTables],
  });
}
