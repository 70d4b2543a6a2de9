/** The words that all dashboards share. */
import { board, w } from './both.ts';

export const parts = {
  noData: w('нет данных', 'no data'),
  good: w('Хорошо', 'Good'),
  todo: w('Что делать', 'What to do'),
  datasource: w('Источник данных', 'Data source'),
  dashboards: w('Дашборды', 'Dashboards'),
  currency: w('Валюта', 'Currency'),
  open: w('Открыть график', 'Open the panel'),
} as const;

export const annotations = {
  alerts: w('Алерты', 'Alerts'),
  restarts: w('Перезапуски', 'Restarts'),
  restart: w('Перезапуск', 'Restart'),
  deploys: w('Новые версии', 'Deploys'),
  deploy: w('Новая версия', 'Deploy'),
} as const;

export const units = {
  ms: w('suffix: мс', 'suffix: ms'),
  seconds: w('suffix: с', 'suffix: s'),
  minutes: w('suffix: мин', 'suffix: min'),
  hours: w('suffix: ч', 'suffix: h'),
  days: w('suffix: дн.', 'suffix: d'),
  gigabytes: w('suffix: ГБ', 'suffix: GB'),
  megabytes: w('suffix: МБ', 'suffix: MB'),
  perSecond: w('suffix: /с', 'suffix: /s'),
  times: w('suffix:×', 'suffix:×'),
} as const;

export const boards = {
  overview: board(
    ['Обзор', 'Всё ли в порядке с ExpenseBot, и если нет, куда смотреть.'],
    ['Overview', 'Whether ExpenseBot is all right, and where to look when it is not.'],
  ),
  goals: board(
    ['Цели', 'Выполняются ли цели за 30 дней и на что ушёл бюджет ошибок.'],
    ['Goals', 'Whether the goals of 30 days are met, and what spent the error budget.'],
  ),
  dependencies: board(
    ['Зависимости и сервер', 'Всё, от чего зависит бот: сервисы, вебхук, сервер, Celery.'],
    ['Dependencies and server', 'All that the bot depends on: services, webhook, server, Celery.'],
  ),
  ai: board(
    ['ИИ', 'ИИ-сервисы: отвечают ли, как быстро и сколько стоят.'],
    ['AI', 'AI providers: whether they answer, how fast, and what they cost.'],
  ),
  users: board(
    ['Пользователи и деньги', 'Кто пользуется ботом, кто платит и что записывают: 30 дней.'],
    ['Users and money', 'Who uses the bot, who pays and what they enter: 30 days.'],
  ),
  monitoring: board(
    ['Мониторинг', 'Работает ли сам мониторинг: доставка, Prometheus, Alertmanager, экспортёр, задания.'],
    [
      'Monitoring',
      'Whether the monitoring itself works: delivery, Prometheus, Alertmanager, exporter, jobs.',
    ],
  ),
} as const;
