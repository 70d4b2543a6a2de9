/** A role that may read what the exporter needs and nothing else: the one of docs/operations.md. */
export const READER = { user: 'monitoring_reader', password: 'reader-password' } as const;

/** Creates the role in a database that has the application's tables. */
export const CREATE_READER = `
  CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password}';
  GRANT SELECT (id, bot_blocked, created_at) ON users_profile TO monitoring_reader;
  GRANT SELECT (id, profile_id, category_id, amount, currency, created_at) ON expenses_expense TO monitoring_reader;
  GRANT SELECT (id, profile_id, amount, currency, created_at) ON incomes_income TO monitoring_reader;
  GRANT SELECT (id, name) ON expenses_category TO monitoring_reader;
  GRANT SELECT (id, is_active, end_date, payment_method, amount, created_at) ON subscriptions TO monitoring_reader;
  GRANT SELECT (id, service, timestamp, response_time, success, tokens_used, estimated_cost) ON ai_service_metrics TO monitoring_reader;`;
