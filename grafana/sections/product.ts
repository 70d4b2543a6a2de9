import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { bars, lines, stat, table, words } from '../panels.ts';

const okWords = words({
  '1': { text: 'успешно', color: 'green' },
  '0': { text: 'ошибка', color: 'red' },
});

function userStat(title: string, description: string, expr: string, width = 4): Section['panels'][number] {
  return { width, height: 4, panel: stat({ title, description, unit: 'short', query: { expr } }) };
}

export const users: Section = {
  title: 'Пользователи',
  panels: [
    userStat('Всего', 'Зарегистрированные пользователи.', `max(${exporter.users.name})`, 3),
    userStat(
      'Заблокировали бота',
      'Зарегистрированные пользователи, заблокировавшие бота.',
      `max(${exporter.usersBlocked.name})`,
      3,
    ),
    userStat(
      'Новых за сутки',
      'Регистрации за последние 24 часа.',
      `max(${exporter.newUsers.name}{window="1d"})`,
      3,
    ),
    userStat(
      'Подписки',
      'Подписки, которые действуют сейчас, включая пробные.',
      `max(${exporter.subscriptionsActive.name})`,
      3,
    ),
    userStat(
      'Платят',
      'Люди с действующей подпиской, оплаченной звёздами.',
      `max(${exporter.subscribers.name}{kind="paying"})`,
      3,
    ),
    userStat(
      'На пробном',
      'Люди, у которых действует только пробная подписка.',
      `max(${exporter.subscribers.name}{kind="trial"})`,
      3,
    ),
    userStat(
      'Подписки кончаются',
      'Действующие подписки, которые закончатся в ближайшие три дня.',
      `max(${exporter.subscriptionsExpiring.name}{window="3d"})`,
      3,
    ),
    {
      width: 3,
      height: 4,
      panel: stat({
        title: 'Retention 7 дней',
        description:
          'Из зарегистрированных за семь дней до последних полных суток — доля активных в эти сутки.',
        unit: 'percentunit',
        decimals: 0,
        query: { expr: `max(${exporter.dailyRetention7d.name})` },
      }),
    },
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'Активные пользователи',
        description:
          'Пользователи, записавшие трату или доход за последние 1, 7 и 30 дней. Регулярные записи бот делает сам: они не в счёт.',
        unit: 'short',
        queries: [{ expr: `max by (window) (${exporter.activeUsers.name})`, legend: '{{window}}' }],
      }),
    },
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'Активные и новые за день',
        description:
          'Итоги последних полных суток: меняются раз в день. «Обычно» — среднее того же дня недели за четыре недели.',
        unit: 'short',
        queries: [
          { expr: `max(${exporter.dailyActiveUsers.name})`, legend: 'активные' },
          { expr: `max(${exporter.dailyActiveUsersBaseline.name})`, legend: 'обычно в этот день недели' },
          { expr: `max(${exporter.dailyNewUsers.name})`, legend: 'новые' },
        ],
      }),
    },
  ],
};

export const finance: Section = {
  title: 'Финансы за последние полные сутки',
  panels: [
    {
      width: 4,
      height: 4,
      panel: stat({
        title: 'День',
        description:
          'Начало суток, за которые посчитаны цифры этого раздела. Старше двух суток — сбор аналитики остановился.',
        unit: 'dateTimeAsLocal',
        query: { expr: `max(${exporter.dailyTimestamp.name}) * 1000` },
      }),
    },
    userStat('Расходы: записей', 'Траты, созданные за день.', `max(${exporter.dailyExpenses.name})`),
    userStat('Доходы: записей', 'Доходы, созданные за день.', `max(${exporter.dailyIncomes.name})`),
    {
      width: 6,
      height: 4,
      panel: bars({
        title: 'Расходы: сумма по валютам',
        description: 'Сумма трат за день в единицах валюты. Валюты не складываются.',
        unit: 'short',
        query: { expr: `max by (currency) (${exporter.dailyExpensesAmount.name})`, legend: '{{currency}}' },
      }),
    },
    {
      width: 6,
      height: 4,
      panel: bars({
        title: 'Доходы: сумма по валютам',
        description: 'Сумма доходов за день в единицах валюты. Валюты не складываются.',
        unit: 'short',
        query: { expr: `max by (currency) (${exporter.dailyIncomesAmount.name})`, legend: '{{currency}}' },
      }),
    },
    {
      width: 12,
      height: 9,
      panel: bars({
        title: 'Топ категорий, $currency',
        description: 'Десять самых больших категорий трат за день в выбранной валюте.',
        unit: 'short',
        query: {
          expr: `sort_desc(max by (category) (${exporter.dailyCategoryAmount.name}{currency="$currency"}))`,
          legend: '{{category}}',
        },
      }),
    },
    {
      width: 12,
      height: 9,
      panel: table({
        title: 'Свежесть показателей',
        description:
          'Запросы, из которых взяты цифры выше: успешен ли последний, сколько длился и когда был последний успех.',
        unit: 'short',
        key: 'query',
        keyTitle: 'Запрос',
        columns: [
          {
            query: { expr: `max by (query) (${exporter.querySuccess.name})` },
            title: 'Последний раз',
            unit: 'short',
            mappings: [okWords],
          },
          { query: { expr: `max by (query) (${exporter.queryDuration.name})` }, title: 'Длился', unit: 's' },
          {
            query: { expr: `max by (query) (${exporter.queryLastSuccess.name}) * 1000` },
            title: 'Последний успех',
            unit: 'dateTimeFromNow',
          },
        ],
      }),
    },
  ],
};
