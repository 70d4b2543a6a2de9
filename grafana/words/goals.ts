/** The words of the dashboard "goals". */
import { panel } from './both.ts';

export const goals = {
  targets: panel(
    [
      'Цели за 30 дней',
      'Доля запросов без 5xx и проверок снаружи без ошибки, и сколько бюджета ошибок осталось; ИИ за 30 дней; вчерашние активные против обычного дня.',
      'Проверки больше 99,9 %, запросы больше 99 %, бюджет больше нуля, ИИ больше 95 %.',
      'Бюджет кончился: сначала надёжность, потом новое. На что он ушёл — ниже.',
    ],
    [
      'Goals of 30 days',
      "The shares of requests without a 5xx and of checks from outside that succeeded, and what is left of the error budget; AI over 30 days; yesterday's active users against a usual day.",
      'Checks above 99.9%, requests above 99%, budget above zero, AI above 95%.',
      'The budget is gone: reliability first, news later. What spent it is below.',
    ],
  ),
  budget: panel(
    [
      'Остаток бюджета ошибок',
      'Какая доля бюджета на 30 дней осталась: отдельно запросы и проверки снаружи. Ниже нуля цель не выполнена.',
      'Линии выше нуля и не падают резко.',
      'Резкое падение — это сбой: найдите его время в «Сбоях компонентов» и «Ошибках 5xx».',
    ],
    [
      'Error budget left',
      'What share of the budget of 30 days is left, of requests and of checks from outside. Below zero the goal is missed.',
      'The lines are above zero and do not fall steeply.',
      'A steep fall is an outage: find its time in "Outages of components" and "Errors 5xx".',
    ],
  ),
  burn: panel(
    [
      'Скорость расхода бюджета',
      'Во сколько раз ошибок больше, чем позволяет цель: при 1 бюджета хватит ровно на 30 дней. Пунктиры — пороги алертов за час и за сутки.',
      'Линии ниже 1.',
      'Посмотрите, когда это началось и что тогда изменилось: перезапуски и новые версии отмечены на графике.',
    ],
    [
      'Burn rate',
      'How many times more errors there are than the goal allows: at 1 the budget lasts for exactly 30 days. The dashes are the limits of the alerts of an hour and of a day.',
      'The lines are below 1.',
      'See when it began and what changed then: restarts and deploys are marked on the chart.',
    ],
  ),
  spent: panel(
    [
      'На что ушёл бюджет: запросы',
      'Ответы 5xx за выбранное время по маршрутам и кодам, и какую долю бюджета за это время они потратили.',
      'Строка «нет» или малые доли.',
      'Начните с верхней строки: она потратила больше всех.',
    ],
    [
      'What spent the budget: requests',
      'Answers 5xx within the chosen time by route and code, and the share of its budget they spent.',
      'A row "none", or small shares.',
      'Begin with the first row: it spent the most.',
    ],
  ),
  downtime: panel(
    [
      'На что ушёл бюджет: сбои',
      'Сколько минут за выбранное время компонент не работал.',
      'Строка «нет». Цель 99,9 % за 30 дней — это 43 минуты.',
      'Начните с верхней строки; когда это было — на графике «Сбои компонентов».',
    ],
    [
      'What spent the budget: outages',
      'For how many minutes within the chosen time a component was down.',
      'A row "none". The goal of 99.9% over 30 days is 43 minutes.',
      'Begin with the first row; when that was is in "Outages of components".',
    ],
  ),
  outages: panel(
    [
      'Сбои компонентов',
      'Только компоненты, которые за выбранное время не работали.',
      'Одна зелёная полоса «Сбоев не было».',
      'Приблизьте красное место и посмотрите остальные графики за это время.',
    ],
    [
      'Outages of components',
      'Only components that were down within the chosen time.',
      'One green lane "No outage".',
      'Zoom into the red part and look at the other charts of that time.',
    ],
  ),
  errors: panel(
    [
      'Ошибки 5xx',
      'Доля запросов с ответом 5xx за каждый шаг графика, не меньше часа. Оранжевый пунктир — цель 1 %, красный — порог алерта.',
      'Ниже оранжевого пунктира.',
      'Посмотрите, что отвечает приложение: `docker logs --tail 100 expense_bot_web`.',
    ],
    [
      'Errors 5xx',
      'The share of requests of each step, of an hour or more, that ended with a 5xx. The orange dashes are the goal of 1%, the red ones the limit of the alert.',
      'Below the orange dashes.',
      'See what the application says: `docker logs --tail 100 expense_bot_web`.',
    ],
  ),
  latency: panel(
    [
      'Время ответа по часам',
      'За сколько ответили на половину, 95 % и 99 % запросов каждого шага графика, не меньше часа. Пунктир того же цвета — цель.',
      'Каждая линия ниже своего пунктира.',
      'Сравните с нагрузкой сервера и очередями Celery за то же время.',
    ],
    [
      'Response time by hour',
      'Within what time half, 95% and 99% of the requests of each step, of an hour or more, were answered. The dashes of the same colour are the goal.',
      'Every line is below its dashes.',
      "Compare with the server's load and the queues of Celery at that time.",
    ],
  ),
  ai: panel(
    [
      'ИИ: успешные запросы',
      'Доля успешных запросов ко всем ИИ-сервисам за каждый шаг графика, не меньше часа. Пунктир — цель 95 %.',
      'Выше пунктира.',
      'Какой сервис отказывает — на дашборде «ИИ».',
    ],
    [
      'AI: requests that succeed',
      'The share of successful requests to all AI providers of each step, of an hour or more. The dashes are the goal of 95%.',
      'Above the dashes.',
      'Which provider fails is on the dashboard "AI".',
    ],
  ),
  activity: panel(
    [
      'Активные против обычного дня',
      'Активные за последние полные сутки, делённые на среднее того же дня недели за четыре недели. Пунктир — порог алерта.',
      'Около 100 %; в праздник бывает меньше.',
      'Проверьте, не было ли в тот день сбоя.',
    ],
    [
      'Active users against a usual day',
      'Active users of the last whole day, divided by the mean of the same weekday of four weeks. The dashes are the limit of the alert.',
      'About 100%; less on a holiday.',
      'See whether something was broken on that day.',
    ],
  ),
} as const;
