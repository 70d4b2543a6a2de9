/** People, money and what they enter: now, and counted since they were first read. */
export const product = {
  users: {
    name: 'expensebot_users',
    kind: 'gauge',
    help: 'Registered users. Refreshed every few minutes.',
    labels: [],
  },
  usersBlocked: {
    name: 'expensebot_users_blocked',
    kind: 'gauge',
    help: 'Registered users who have blocked the bot. Refreshed every few minutes.',
    labels: [],
  },
  activeUsers: {
    name: 'expensebot_active_users',
    kind: 'gauge',
    help: 'Distinct users who created an expense or an income within the window that ends now, without the recurring ones, which the application writes by itself. Refreshed every 30 seconds.',
    labels: ['window'],
  },
  newUsers: {
    name: 'expensebot_registered_users',
    kind: 'gauge',
    help: 'Users registered within the window that ends now. Refreshed every few minutes.',
    labels: ['window'],
  },
  subscriptionsActive: {
    name: 'expensebot_subscriptions_active',
    kind: 'gauge',
    help: 'Subscriptions that are active and have not ended, trials too. Refreshed every 30 seconds.',
    labels: [],
  },
  subscribers: {
    name: 'expensebot_subscribers',
    kind: 'gauge',
    help: 'People with active subscriptions: paying those who paid Telegram Stars for one, trial those who have nothing but trials. Who was given one for nothing is neither. Refreshed every 30 seconds.',
    labels: ['kind'],
  },
  subscriptionsExpiring: {
    name: 'expensebot_subscriptions_expiring',
    kind: 'gauge',
    help: 'Active subscriptions that end within the window from now. Refreshed every 30 seconds.',
    labels: ['window'],
  },
  expensesTotal: {
    name: 'expensebot_expenses_total',
    kind: 'counter',
    help: 'Expenses created, whatever became of them since; begins at the number of rows when they were first read. Read from the table every 30 seconds.',
    labels: [],
  },
  incomesTotal: {
    name: 'expensebot_incomes_total',
    kind: 'counter',
    help: 'Incomes created, whatever became of them since; begins at the number of rows when they were first read. Read from the table every 30 seconds.',
    labels: [],
  },
  newUsersTotal: {
    name: 'expensebot_new_users_total',
    kind: 'counter',
    help: 'Users registered, whatever became of them since; begins at the number of rows when they were first read. Read from the table every 30 seconds.',
    labels: [],
  },
  paymentsStars: {
    name: 'expensebot_payments_stars_total',
    kind: 'counter',
    help: 'Telegram Stars paid for subscriptions. Read from the table every 30 seconds.',
    labels: [],
  },
} as const;
