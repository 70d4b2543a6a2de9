import { classicDashboard } from '../layout.ts';
import type { ClassicDashboard } from '../layout.ts';
import { bridges, celery, housekeeping, outside } from '../sections/operations.ts';

/** What works in the background. */
export function operations(): ClassicDashboard {
  return classicDashboard({
    uid: 'expensebot-operations',
    title: 'ExpenseBot — фоновая работа',
    description: 'Celery, вебхук, сертификаты, задания и alert-bridge.',
    variables: [],
    sections: [celery, outside, housekeeping, bridges],
  });
}
