/** The last closed day. */
export const daily = {
  dailyTimestamp: {
    name: 'expensebot_daily_timestamp_seconds',
    kind: 'gauge',
    help: 'Start of the last closed calendar day in TIMEZONE, the day the other daily figures speak of.',
    labels: [],
  },
  dailyActiveUsers: {
    name: 'expensebot_daily_active_users',
    kind: 'gauge',
    help: 'Distinct users who created an expense or an income on the last closed day, without the recurring ones, which the application writes by itself.',
    labels: [],
  },
  dailyActiveUsersBaseline: {
    name: 'expensebot_daily_active_users_baseline',
    kind: 'gauge',
    help: 'Mean daily active users of the same weekday in the four weeks before the last closed day. Absent until two of them are known.',
    labels: [],
  },
  dailyNewUsers: {
    name: 'expensebot_daily_new_users',
    kind: 'gauge',
    help: 'Users registered on the last closed day.',
    labels: [],
  },
  dailyRetention7d: {
    name: 'expensebot_daily_retention_7d_ratio',
    kind: 'gauge',
    help: 'Of the users registered seven days before the last closed day, the share active on it, 0 to 1. Absent when nobody registered.',
    labels: [],
  },
  dailyExpenses: {
    name: 'expensebot_daily_expenses',
    kind: 'gauge',
    help: 'Expenses created on the last closed day.',
    labels: [],
  },
  dailyExpensesAmount: {
    name: 'expensebot_daily_expenses_amount',
    kind: 'gauge',
    help: 'Sum of the expenses created on the last closed day, in units of the currency; never added across currencies.',
    labels: ['currency'],
  },
  dailyIncomes: {
    name: 'expensebot_daily_incomes',
    kind: 'gauge',
    help: 'Incomes created on the last closed day.',
    labels: [],
  },
  dailyIncomesAmount: {
    name: 'expensebot_daily_incomes_amount',
    kind: 'gauge',
    help: 'Sum of the incomes created on the last closed day, in units of the currency; never added across currencies.',
    labels: ['currency'],
  },
  dailyCategoryAmount: {
    name: 'expensebot_daily_category_amount',
    kind: 'gauge',
    help: 'Sum of the expenses of the ten largest category names of each currency on the last closed day, in units of the currency.',
    labels: ['category', 'currency'],
  },
} as const;
