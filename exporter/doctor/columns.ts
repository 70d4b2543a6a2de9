/** What is read of the application's tables, and nothing else: the columns of docs/configuration.md. */
import pg from 'pg';
import { BEAT_TABLES } from '../collectors/celery/schedule.ts';

export interface ReadTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** Why nothing is wrong where it is missing. */
  readonly optional?: string;
}

export const READ_TABLES: readonly ReadTable[] = [
  { table: 'users_profile', columns: ['id', 'bot_blocked', 'created_at'] },
  {
    table: 'expenses_expense',
    columns: ['id', 'profile_id', 'category_id', 'amount', 'currency', 'is_recurring', 'created_at'],
  },
  {
    table: 'incomes_income',
    columns: ['id', 'profile_id', 'amount', 'currency', 'is_recurring', 'created_at'],
  },
  { table: 'expenses_category', columns: ['id', 'name'] },
  {
    table: 'subscriptions',
    columns: ['id', 'profile_id', 'is_active', 'end_date', 'payment_method', 'amount', 'created_at'],
  },
  {
    table: 'ai_service_metrics',
    columns: ['id', 'service', 'timestamp', 'response_time', 'success', 'tokens_used', 'estimated_cost'],
  },
  ...BEAT_TABLES.map((table) => ({
    ...table,
    optional: 'there is no such table: the schedule of Celery is kept elsewhere, and is not watched',
  })),
];

/** What the owner of a table runs. */
export const readGrant = ({ table, columns }: ReadTable, role: string): string =>
  `GRANT SELECT (${columns.join(', ')}) ON ${table} TO ${pg.escapeIdentifier(role)};`;
