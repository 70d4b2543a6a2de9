import { OVERALL, componentName } from '../common/health-words.ts';

export type Locale = 'ru' | 'en';
export type BoardKey = 'overview' | 'goals' | 'dependencies' | 'ai' | 'users' | 'monitoring';
/** What a panel says of itself: what it shows, what is good, and what to do when it is not. */
export type PanelText = readonly [title: string, shows: string, good: string, todo: string];

interface Both<T> {
  readonly ru: T;
  readonly en: T;
}
type Picked<T> = T extends Both<infer V> ? V : { readonly [K in keyof T]: Picked<T[K]> };

const w = (ru: string, en: string): Both<string> => ({ ru, en });
const board = (
  ru: readonly [string, string],
  en: readonly [string, string],
): Both<readonly [string, string]> => ({
  ru,
  en,
});
const panel = (ru: PanelText, en: PanelText): Both<PanelText> => ({ ru, en });

const LOGS = w(
  'Посмотрите лог: `docker compose logs --tail 50 alert-bridge`.',
  'Look at the log: `docker compose logs --tail 50 alert-bridge`.',
);

/** Everything that a person reads on the dashboards, in both languages side by side. */
const dictionary = {
  parts: {
    noData: w('нет данных', 'no data'),
    good: w('Хорошо', 'Good'),
    todo: w('Что делать', 'What to do'),
    datasource: w('Источник данных', 'Data source'),
    dashboards: w('Дашборды', 'Dashboards'),
    currency: w('Валюта', 'Currency'),
    open: w('Открыть график', 'Open the panel'),
  },
  annotations: {
    alerts: w('Алерты', 'Alerts'),
    restarts: w('Перезапуски', 'Restarts'),
    restart: w('Перезапуск', 'Restart'),
    deploys: w('Новые версии', 'Deploys'),
    deploy: w('Новая версия', 'Deploy'),
  },
  units: {
    ms: w('suffix: мс', 'suffix: ms'),
    seconds: w('suffix: с', 'suffix: s'),
    minutes: w('suffix: мин', 'suffix: min'),
    hours: w('suffix: ч', 'suffix: h'),
    days: w('suffix: дн.', 'suffix: d'),
    gigabytes: w('suffix: ГБ', 'suffix: GB'),
    megabytes: w('suffix: МБ', 'suffix: MB'),
    perSecond: w('suffix: /с', 'suffix: /s'),
    times: w('suffix:×', 'suffix:×'),
  },
  boards: {
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
  },

  overview: {
    alerts: panel(
      [
        'Активные алерты',
        'Алерты, активные сейчас, кроме постоянного Watchdog. Заглушённые тоже здесь.',
        'Одна зелёная строка «Алертов нет».',
        'Нажмите на алерт: откроется его график. Что делать дальше, написано в сообщении в чате.',
      ],
      [
        'Firing alerts',
        'The alerts that fire now, without the permanent Watchdog. Silenced ones are here too.',
        'One green row "No alert".',
        'Tap an alert: its chart opens. What to do then is in the message in the chat.',
      ],
    ),
    verdict: panel(
      [
        'Сейчас',
        'Главное одним блоком: оценка /health, сбои, место на диске и доставка алертов.',
        'Все плитки зелёные. Серая плитка — не известно.',
        'Красная плитка: посмотрите алерты рядом. Серая: откройте дашборд «Мониторинг».',
      ],
      [
        'Now',
        'What matters in one block: the verdict of /health, outages, disk space, delivery of alerts.',
        'Every tile is green. A grey tile is not known.',
        'A red tile: look at the alerts beside it. A grey one: open the dashboard "Monitoring".',
      ],
    ),
    reliability: panel(
      [
        'Надёжность',
        'Доступность по проверкам снаружи за 30 дней (без публичного адреса — по запросам), остаток бюджета ошибок (худший из двух), доля 5xx за час, активные за сутки (DAU).',
        'Зелёное: цель выполнена. У DAU цели нет, поэтому плитка синяя.',
        'Откройте дашборд «Цели»: там видно, когда и на что ушёл бюджет ошибок.',
      ],
      [
        'Reliability',
        'Availability by checks from outside over 30 days (by requests without a public address), what is left of the error budget (the worse of both), the share of 5xx of an hour, active users of a day (DAU).',
        'Green: the goal is met. DAU has none, so its tile is blue.',
        'Open the dashboard "Goals": it shows when the error budget was spent, and on what.',
      ],
    ),
    speed: panel(
      [
        'Скорость и ИИ',
        'За сколько за последний час ответили на половину, 95 % и 99 % запросов; доля успешных запросов к ИИ-сервисам за сутки.',
        'Зелёное: цель выполнена.',
        'Медленно: посмотрите, чем занят сервер. ИИ: какой сервис отказывает — на дашборде «ИИ».',
      ],
      [
        'Speed and AI',
        'Within what time half, 95% and 99% of the requests of the last hour were answered; the share of requests to AI providers of a day that succeeded.',
        'Green: the goal is met.',
        'Slow: see what the server is busy with. AI: which provider fails is on the dashboard "AI".',
      ],
    ),
    components: panel(
      [
        'Компоненты',
        'Состояние каждого компонента по нескольким проверкам подряд. Пробел — состояние не известно.',
        'Все полосы зелёные.',
        'Подробности и время ответа — на дашборде «Зависимости и сервер».',
      ],
      [
        'Components',
        'The state of every component, judged by several checks in a row. A gap is a state not known.',
        'Every lane is green.',
        'Details and response times are on the dashboard "Dependencies and server".',
      ],
    ),
    traffic: panel(
      [
        'Запросы',
        'Запросы в логе nginx в секунду, по виду ответа.',
        'Красного (5xx) почти нет; оранжевое (4xx) не растёт.',
        'Растут 5xx: `docker logs --tail 100 expense_bot_web`. Запросов нет совсем: проверьте вебхук и nginx.',
      ],
      [
        'Requests',
        "Requests in nginx's access log a second, by the kind of answer.",
        'There is almost no red (5xx), and orange (4xx) does not grow.',
        '5xx grow: `docker logs --tail 100 expense_bot_web`. No requests at all: look at the webhook and nginx.',
      ],
    ),
    latency: panel(
      [
        'Время ответа',
        'За сколько отвечают на половину, 95 % и 99 % запросов. Пунктир того же цвета — цель.',
        'Каждая линия ниже своего пунктира: 200 мс, 500 мс и 1 с.',
        'Посмотрите, чем занят сервер, и долгие запросы к базе данных. Пусто, если в логе nginx нет $request_time.',
      ],
      [
        'Response time',
        'Within what time half, 95% and 99% of the requests are answered. The dashes of the same colour are the goal.',
        'Every line is below its dashes: 200 ms, 500 ms and 1 s.',
        "See what the server is busy with, and the long queries of the database. Empty without $request_time in nginx's log.",
      ],
    ),
    delivery: panel(
      [
        'Доставка алертов',
        'Сколько алертов и событий ждут отправки в Telegram.',
        'Ноль, или короткие всплески.',
        'Ждут дольше минуты: Telegram недоступен, ничего не теряется. Подробности — на дашборде «Мониторинг».',
      ],
      [
        'Delivery of alerts',
        'How many alerts and events wait to be sent to Telegram.',
        'Zero, or short peaks.',
        'They wait for more than a minute: Telegram is away, and nothing is lost. Details are on the dashboard "Monitoring".',
      ],
    ),
    disk: panel(
      [
        'Свободно на дисках',
        'Место, которое ещё можно занять. Пунктир — порог алерта.',
        'Линии высоко над пунктиром и не идут вниз.',
        'Найдите большое: `du -xh / | sort -h | tail -20`; удалите старые образы: `docker image prune`.',
      ],
      [
        'Free disk space',
        'Space that can still be written. The dashes are where the alert stands.',
        'The lines are high above the dashes and do not fall.',
        'Find what is large: `du -xh / | sort -h | tail -20`; remove old images: `docker image prune`.',
      ],
    ),
  },

  goals: {
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
  },

  dependencies: {
    components: panel(
      [
        'Компоненты сейчас',
        'Каждая проверка: состояние, ответ последней проверки, P95 за час, сколько прошло с последнего успеха. Сломанные сверху.',
        'Все «работает», последний успех — секунды назад.',
        'Сломанный компонент: что делать, написано в алерте в чате. «Не известно»: не работает то, от чего он зависит.',
      ],
      [
        'Components now',
        'Every check: state, answer of the last check, P95 of an hour, time since the last success. Broken ones first.',
        'All are "up", the last success was seconds ago.',
        'A broken component: what to do is in the alert in the chat. "Unknown": what it depends on is down.',
      ],
    ),
    own: panel(
      [
        'Время ответа: своё',
        'Сколько длилась последняя проверка сервисов на сервере. Шкала логарифмическая.',
        'Линии ровные.',
        'Ступенька вверх: сравните с процессором и памятью за то же время.',
      ],
      [
        'Response time: own services',
        "How long the last check of the server's own services took, on a logarithmic scale.",
        'The lines are even.',
        'A step upwards: compare with CPU and memory at that time.',
      ],
    ),
    outside: panel(
      [
        'Время ответа: внешнее',
        'Сколько длилась последняя проверка внешних сервисов. Шкала логарифмическая.',
        'Линии ровные, меньше секунды.',
        'Медленно всё сразу — сеть или DNS; медленно одно — этот сервис.',
      ],
      [
        'Response time: outside',
        'How long the last check of services elsewhere took, on a logarithmic scale.',
        'The lines are even, below a second.',
        'All are slow at once: network or DNS; one is slow: that service.',
      ],
    ),
    phases: panel(
      [
        'Проверка снаружи: этапы',
        'На что ушло время проверок адресов: DNS, соединение, TLS, ожидание, передача.',
        'Основное время — ожидание ответа.',
        'Растёт DNS или TLS: проблема до сервера. Растёт ожидание: медленно приложение.',
      ],
      [
        'Checks from outside: phases',
        'What the checks of addresses spent their time on: DNS, connection, TLS, waiting, transfer.',
        'Most of it is waiting for the answer.',
        'DNS or TLS grows: it is before the server. Waiting grows: the application is slow.',
      ],
    ),
    certificates: panel(
      [
        'Сертификаты',
        'Через сколько дней кончится сертификат каждого сервера; скорее всех — сверху.',
        'Больше 14 дней.',
        'Посмотрите, почему он не продлён: `certbot renew --dry-run`.',
      ],
      [
        'Certificates',
        'In how many days the certificate of each server expires; the soonest first.',
        'More than 14 days.',
        'See why it was not renewed: `certbot renew --dry-run`.',
      ],
    ),
    webhook: panel(
      [
        'Вебхук бота',
        'Сколько обновлений ждут у Telegram, тот ли адрес у вебхука и когда была последняя ошибка. Без ошибок и без EXPECTED_WEBHOOK_URL плитки серые.',
        'Ждут единицы, адрес верный, ошибка давно или её не было.',
        'Адрес чужой: задайте вебхук заново. Ждут многие: бот не отвечает, посмотрите его лог.',
      ],
      [
        "The bot's webhook",
        'How many updates wait at Telegram, whether the address is the right one, and when the last error was. Tiles are grey without an error and without EXPECTED_WEBHOOK_URL.',
        'A few wait, the address is right, the error is old or there was none.',
        'Another address: set the webhook again. Many wait: the bot does not answer, look at its log.',
      ],
    ),
    host: panel(
      [
        'Процессор и память',
        'Доля занятого времени процессора и доля занятой памяти. Пунктир того же цвета — порог алерта.',
        'Линии ниже своих пунктиров.',
        'Кто занимает: `docker stats --no-stream`.',
      ],
      [
        'CPU and memory',
        'The shares of CPU time and of memory in use. The dashes of the same colour are the limit of the alert.',
        'The lines are below their dashes.',
        'Who uses it: `docker stats --no-stream`.',
      ],
    ),
    disks: panel(
      [
        'Диски',
        'Свободное место, занятая доля и через сколько дней место кончится при темпе последних суток.',
        'Хватит больше чем на неделю.',
        'Найдите большое: `du -xh / | sort -h | tail -20`.',
      ],
      [
        'Disks',
        'Free space, the share in use, and in how many days it is full at the pace of the last day.',
        'It lasts for more than a week.',
        'Find what is large: `du -xh / | sort -h | tail -20`.',
      ],
    ),
    redis: panel(
      [
        'Память Redis',
        'Сколько памяти занимают данные Redis.',
        'Линия ровная или пилой.',
        'Постоянный рост: копится очередь задач или кеш; посмотрите очереди Celery.',
      ],
      [
        'Memory of Redis',
        'How much memory the data of Redis takes.',
        'The line is even, or a saw.',
        'It only grows: a queue of tasks or a cache piles up; look at the queues of Celery.',
      ],
    ),
    workers: panel(
      [
        'Воркеры Celery',
        'Воркеры, подключённые к брокеру: отвечают на ping, заняты задачей (пул solo) или зависли.',
        'Все отвечают, зависших нет.',
        'Зависли: `docker restart expense_bot_celery`.',
      ],
      [
        'Celery workers',
        'Workers connected to the broker: they reply to a ping, are busy with a task (pool solo) or hang.',
        'All reply, none hangs.',
        'They hang: `docker restart expense_bot_celery`.',
      ],
    ),
    queues: panel(
      [
        'Очереди',
        'Ждущие задачи по очередям, все приоритеты вместе. Пунктир — порог алерта.',
        'Около нуля; всплески разбираются за минуты.',
        'Растёт: воркеров не хватает или они зависли.',
      ],
      [
        'Queues',
        'Waiting tasks by queue, all priorities together. The dashes are the limit of the alert.',
        'Near zero; peaks are worked off within minutes.',
        'It grows: there are too few workers, or they hang.',
      ],
    ),
    waiting: panel(
      [
        'Первая в очереди ждёт',
        'Сколько первая в очереди задача ждёт по меньшей мере. Ноль — очередь пуста.',
        'Ноль или секунды.',
        'Минуты: посмотрите, какая задача висит, и отвечают ли воркеры.',
      ],
      [
        'First of the queue waits',
        'For how long at least the first task of a queue has waited. Zero is an empty queue.',
        'Zero, or seconds.',
        'Minutes: see which task hangs, and whether workers reply.',
      ],
    ),
    tasks: panel(
      [
        'Выполняются дольше всех',
        'Самые старые выполняемые задачи по именам и сколько они идут.',
        'Меньше 10 минут.',
        'Дольше: задача висит, перезапустите воркер.',
      ],
      [
        'Longest running tasks',
        'The oldest running task of each name, and for how long it has run.',
        'Less than 10 minutes.',
        'Longer: the task hangs, restart the worker.',
      ],
    ),
    celery: panel(
      [
        'Взяты воркерами',
        'Задачи, которые воркеры получили и ещё не закончили, и через сколько брокер отдаст самую старую заново.',
        'Десятки; до повторной отдачи больше нуля. Нет данных о ней — ждать нечего.',
        'Сотни и растёт: воркеры берут задачи и не заканчивают.',
      ],
      [
        'Taken by workers',
        'Tasks that workers have taken and not finished, and in what time the broker hands out the oldest again.',
        'Tens; the time is above zero. No data of it: nothing waits.',
        'Hundreds and growing: workers take tasks and do not finish them.',
      ],
    ),
  },

  ai: {
    now: panel(
      [
        'ИИ сейчас',
        'За последние сутки: доля успешных, запросы, токены, стоимость по оценке бота; P95 за час; прогноз на 30 дней по последним семи.',
        'Успешных больше 95 %.',
        'Прогноз больше, чем вы готовы платить: посмотрите, какой сервис растёт.',
      ],
      [
        'AI now',
        'Within a day: the share that succeeded, requests, tokens, cost as the bot estimates it; P95 of an hour; a forecast of 30 days by the last seven.',
        'More than 95% succeed.',
        'The forecast is more than you want to pay: see which provider grows.',
      ],
    ),
    success: panel(
      [
        'Успешные запросы',
        'Доля успешных запросов за полчаса по сервисам. Красный пунктир — порог алерта, оранжевый — цель.',
        'Выше оранжевого пунктира.',
        'Проверьте баланс и лимиты ключа у этого сервиса.',
      ],
      [
        'Requests that succeed',
        'The share of successful requests of half an hour by provider. The red dashes are the limit of the alert, the orange ones the goal.',
        'Above the orange dashes.',
        'Check the balance and the limits of the key at that provider.',
      ],
    ),
    providers: panel(
      [
        'Сервисы',
        'За выбранное время: запросы, из них с ошибкой, доля успешных, токены, стоимость и прогноз на 30 дней. Дорогие сверху.',
        'Ошибок единицы, расходы привычные.',
        'Дорого: сравните число запросов и токены на запрос.',
      ],
      [
        'Providers',
        'Within the chosen time: requests, failed ones, the share that succeeded, tokens, cost and a forecast of 30 days. The dearest first.',
        'A few failures, usual expenses.',
        'It is dear: compare the requests and the tokens of one.',
      ],
    ),
    latency: panel(
      [
        'Время ответа: все',
        'За сколько отвечают на половину, 95 % и 99 % запросов, с ошибкой тоже.',
        'Линии ровные.',
        'Выросло: посмотрите справа, у какого сервиса.',
      ],
      [
        'Response time: all',
        'Within what time half, 95% and 99% of the requests are answered, failed ones too.',
        'The lines are even.',
        'It grew: see beside it of which provider.',
      ],
    ),
    byProvider: panel(
      [
        'Время ответа: P95 по сервисам',
        'За сколько каждый сервис отвечает на 95 % запросов.',
        'Линии ровные.',
        'Медленный сервис: проверьте его страницу состояния или смените модель.',
      ],
      [
        'Response time: P95 by provider',
        'Within what time each provider answers 95% of the requests.',
        'The lines are even.',
        'A slow provider: look at its status page, or take another model.',
      ],
    ),
    calls: panel(
      [
        'Запросы',
        'Сколько запросов записал бот, по сервисам.',
        'Обычный ход дня.',
        'Пусто днём: бот не обращается к ИИ, посмотрите его лог.',
      ],
      [
        'Requests',
        'How many requests the bot noted, by provider.',
        'The usual course of a day.',
        'Nothing by day: the bot does not ask, look at its log.',
      ],
    ),
    failures: panel(
      [
        'Запросы с ошибкой',
        'Сколько запросов закончились ошибкой, по сервисам.',
        'Пусто или единицы.',
        'Посмотрите ошибки: `docker logs --tail 100 expense_bot_celery`.',
      ],
      [
        'Requests that fail',
        'How many requests ended with an error, by provider.',
        'Empty, or a few.',
        'See the errors: `docker logs --tail 100 expense_bot_celery`.',
      ],
    ),
    tokens: panel(
      [
        'Токены',
        'Сколько токенов потрачено, по сервисам.',
        'Растут вместе с запросами.',
        'Растут быстрее запросов: стали длиннее подсказки.',
      ],
      [
        'Tokens',
        'How many tokens were used, by provider.',
        'They grow with the requests.',
        'They grow faster than the requests: prompts became longer.',
      ],
    ),
    cost: panel(
      [
        'Стоимость за день',
        'Сколько стоили запросы за сутки по оценке бота, по сервисам.',
        'Столбцы ровные.',
        'Выросло: сравните с числом запросов и токенов.',
      ],
      [
        'Cost of a day',
        'What the requests of a day cost as the bot estimates it, by provider.',
        'The bars are even.',
        'It grew: compare with requests and tokens.',
      ],
    ),
  },

  users: {
    now: panel(
      [
        'Люди сейчас',
        'Зарегистрированные, активные за 1, 7 и 30 дней, новые за сутки и заблокировавшие бота.',
        'Целей у них нет: важен ход на графиках ниже.',
        'Серые плитки: экспортёр не отвечает или не может прочитать базу.',
      ],
      [
        'People now',
        'Registered ones, active within 1, 7 and 30 days, new within a day, and those who blocked the bot.',
        'They have no goals: what counts is the course below.',
        'Grey tiles: the exporter does not answer or cannot read the database.',
      ],
    ),
    day: panel(
      [
        'Последние полные сутки',
        'За какой день цифры, сколько записали трат и доходов, новые и retention семи дней.',
        'День — вчера.',
        'День старше: посмотрите «Запросы к базе» на дашборде «Мониторинг».',
      ],
      [
        'The last whole day',
        'Which day the figures are of, expenses and incomes entered, new users and retention of seven days.',
        'The day is yesterday.',
        'It is older: look at "Queries of the database" on the dashboard "Monitoring".',
      ],
    ),
    active: panel(
      [
        'Активные за 1, 7 и 30 дней',
        'Люди, записавшие трату или доход за это время. Регулярные записи бот делает сам: они не в счёт.',
        'Линии растут или ровные.',
        'Падают: сравните с новыми и с retention.',
      ],
      [
        'Active within 1, 7 and 30 days',
        'People who entered an expense or an income within that time. Recurring ones are written by the bot and do not count.',
        'The lines grow or are even.',
        'They fall: compare with new users and retention.',
      ],
    ),
    daily: panel(
      [
        'Активные по дням',
        'Активные за каждые полные сутки и сколько их обычно в такой день недели.',
        'Столбцы около линии.',
        'Ниже линии: проверьте, не было ли в тот день сбоя.',
      ],
      [
        'Active by day',
        'Active users of every whole day, and how many are usual on such a weekday.',
        'The bars are near the line.',
        'Below it: see whether something was broken on that day.',
      ],
    ),
    subscriptions: panel(
      [
        'Подписки сейчас',
        'Сколько человек платит и сколько на пробной подписке; все действующие подписки и те, что кончатся в три дня.',
        'Целей нет: важен ход на графике «Платят и пробуют».',
        'Серые плитки: экспортёр не отвечает или не может прочитать базу.',
      ],
      [
        'Subscriptions now',
        'How many people pay and how many are on a trial; all subscriptions that are active, and those that end within three days.',
        'There are no goals: what counts is the course in "Paying and trying".',
        'Grey tiles: the exporter does not answer or cannot read the database.',
      ],
    ),
    retention: panel(
      [
        'Retention семи дней',
        'Доля активных в эти сутки среди зарегистрированных за семь дней до них.',
        'Ровно или растёт.',
        'Падает: что изменилось для новых пользователей?',
      ],
      [
        'Retention of seven days',
        'Of those registered seven days before, the share active on this day.',
        'Even, or growing.',
        'It falls: what changed for new users?',
      ],
    ),
    registered: panel(
      [
        'Новые по дням',
        'Сколько человек пришло за каждые полные сутки.',
        'Обычный ход недели.',
        'Никого: проверьте, отвечает ли бот на /start.',
      ],
      [
        'New users by day',
        'How many people came on every whole day.',
        'The usual course of a week.',
        'Nobody: see whether the bot answers /start.',
      ],
    ),
    subscribers: panel(
      [
        'Платят и пробуют',
        'Люди с оплаченной подпиской и те, у кого только пробная.',
        'Платящих не меньше.',
        'Пробных много, платящих мало: посмотрите, что видит человек в конце пробной подписки.',
      ],
      [
        'Paying and trying',
        'People with a paid subscription, and those who have only a trial.',
        'There are no fewer who pay.',
        'Many try and few pay: see what a person is shown at the end of the trial.',
      ],
    ),
    stars: panel(
      [
        'Stars по дням',
        'Сколько Telegram Stars заплатили за подписки за сутки.',
        'Столбцы есть каждую неделю.',
        'Нет столбцов: проверьте, проходит ли оплата.',
      ],
      [
        'Stars by day',
        'How many Telegram Stars were paid for subscriptions on a day.',
        'There are bars every week.',
        'None: see whether a payment goes through.',
      ],
    ),
    records: panel(
      [
        'Записи по дням',
        'Сколько трат и доходов записали за сутки.',
        'Обычный ход недели.',
        'Резко меньше: бот не отвечал или перестал понимать сообщения.',
      ],
      [
        'Entries by day',
        'How many expenses and incomes were entered on a day.',
        'The usual course of a week.',
        'Far fewer: the bot did not answer or no longer understands messages.',
      ],
    ),
    amounts: panel(
      [
        'Суммы по дням, $currency',
        'Суммы трат и доходов за сутки в валюте, выбранной вверху. Валюты не складываются.',
        'Целей нет.',
        'Выброс: чья-то ошибка в сумме; цифры не исправляются.',
      ],
      [
        'Amounts by day, $currency',
        'Expenses and incomes of a day in the currency chosen above. Currencies are never added.',
        'There are no goals.',
        "A peak: somebody's mistake in an amount; the figures are not corrected.",
      ],
    ),
    categories: panel(
      [
        'Топ категорий, $currency',
        'Десять самых больших категорий трат последних полных суток в выбранной валюте.',
        'Целей нет.',
        'Строка «нет»: в этой валюте вчера трат не было.',
      ],
      [
        'Top categories, $currency',
        'The ten largest categories of expenses of the last whole day in the chosen currency.',
        'There are no goals.',
        'A row "none": there was no expense in this currency yesterday.',
      ],
    ),
    currencies: panel(
      [
        'Суммы по валютам',
        'Траты и доходы последних полных суток в каждой валюте.',
        'Целей нет.',
        'Незнакомая валюта: посмотрите, откуда она.',
      ],
      [
        'Amounts by currency',
        'Expenses and incomes of the last whole day in each currency.',
        'There are no goals.',
        'An unknown currency: see where it is from.',
      ],
    ),
  },

  monitoring: {
    now: panel(
      [
        'Мониторинг сейчас',
        'Что не отвечает Prometheus, давно ли дошёл Watchdog, как долго ждёт отправки самый старый алерт, не доставлено за сутки, каналы, конфиг.',
        'Все плитки зелёные.',
        'Серая: не отвечает сам Prometheus или alert-bridge. Начните с `docker compose ps`.',
      ],
      [
        'Monitoring now',
        'What does not answer Prometheus, the age of the last Watchdog, for how long the oldest alert has waited to be sent, failures of a day, channels, configuration.',
        'Every tile is green.',
        'Grey: Prometheus or the bridge itself does not answer. Begin with `docker compose ps`.',
      ],
    ),
    ledger: panel(
      [
        'Принято и что с этим стало',
        'Алерты и события за час: отправлены, объединены с другим сообщением, пропущены намеренно, не доставлены.',
        'Красного нет.',
        'Красное: причины — в таблице «Почему не отправлено».',
      ],
      [
        'Accepted, and what became of it',
        'Alerts and events of an hour: sent, merged into another message, left out on purpose, not delivered.',
        'There is no red.',
        'Red: the reasons are in the table "Why not sent".',
      ],
    ),
    time: panel(
      [
        'От приёма до отправки',
        'За сколько доставлены половина, 95 % и 99 % алертов и событий за час. Пробел — доставлять было нечего.',
        'Секунды.',
        'Минуты: Telegram отвечает медленно или просит подождать.',
      ],
      [
        'From acceptance to delivery',
        'Within what time half, 95% and 99% of the alerts and events of an hour were delivered. A gap: there was nothing to deliver.',
        'Seconds.',
        'Minutes: Telegram is slow, or asks to wait.',
      ],
    ),
    oldest: panel(
      [
        'Самый старый ждёт',
        'Сколько ждёт отправки самый старый алерт или событие, и сколько ещё просит ждать Telegram.',
        'Ноль: ничего не ждёт.',
        'Больше минуты: Telegram недоступен. Ничего не теряется, критичные идут по запасному каналу.',
      ],
      [
        'The oldest waits',
        'For how long the oldest alert or event has waited to be sent, and for how long Telegram still asks to wait.',
        'Zero: nothing waits.',
        'More than a minute: Telegram is away. Nothing is lost, critical ones go by the second channel.',
      ],
    ),
    reasons: panel(
      [
        'Почему не отправлено',
        'Причины за выбранное время: не доставлено, пропущено намеренно, запросы к Telegram с ошибкой, отклонённые запросы к alert-bridge, картинки.',
        'Нет строк «не доставлено».',
        LOGS.ru,
      ],
      [
        'Why not sent',
        'Reasons within the chosen time: not delivered, left out on purpose, failed requests to Telegram, refused requests to the bridge, pictures.',
        'There is no row "not delivered".',
        LOGS.en,
      ],
    ),
    telegram: panel(
      [
        'Запросы к Telegram',
        'Запросы alert-bridge к Bot API за час, запросы с ошибкой и повторы, после которых сообщение могло прийти дважды.',
        'Красного почти нет.',
        'Много ошибок: сеть, токен или лимиты Telegram; причины — в таблице.',
      ],
      [
        'Requests to Telegram',
        'Requests of the bridge to the Bot API within an hour, failed ones, and repeats after which a message may have come twice.',
        'There is almost no red.',
        "Many fail: the network, the token or Telegram's limits; the reasons are in the table.",
      ],
    ),
    lanes: panel(
      [
        'Бот, каналы, копии',
        'Принимает ли бот команды, берут ли каналы сообщения, есть ли связь между копиями alert-bridge и какая из них ведущая.',
        'Всё зелёное. Нет полосы — нет и такой копии или канала.',
        LOGS.ru,
      ],
      [
        'Bot, channels, bridges',
        'Whether the bot hears commands, channels take messages, bridges agree with one another, and which of them leads.',
        'All is green. No lane: there is no such bridge or channel.',
        LOGS.en,
      ],
    ),
    usage: panel(
      [
        'Бот, картинки, запасной канал',
        'За сутки: команды и сообщения от людей, отправленные картинки, сообщения по запасному каналу и его ошибки.',
        'Запасной канал пуст.',
        'Запасной канал не пуст: Telegram был недоступен во время критичного алерта.',
      ],
      [
        'Bot, pictures, second channel',
        'Of a day: commands and updates of people, pictures sent, notices by the second channel and its failures.',
        'The second channel is empty.',
        'It is not: Telegram was away while a critical alert fired.',
      ],
    ),
    targets: panel(
      [
        'Кто отвечает Prometheus',
        'Каждый сервис мониторинга: отвечает ли, сколько длится опрос, память и сколько работает. Сломанные сверху.',
        'Все «отвечает».',
        'Не отвечает: `docker compose logs --tail 50` и имя сервиса.',
      ],
      [
        'Who answers Prometheus',
        'Every service of the monitoring: whether it answers, how long a scrape takes, its memory and for how long it has run. Broken ones first.',
        'All answer.',
        'One does not: `docker compose logs --tail 50` and its name.',
      ],
    ),
    stack: panel(
      [
        'Prometheus и Alertmanager',
        'Ряды и размер базы Prometheus, ошибки правил и потерянные уведомления за сутки, отказы Alertmanager за сутки, сколько алертов заглушено.',
        'Ошибок ноль.',
        'Ошибки правил: `promtool check rules`. Отказы Alertmanager: alert-bridge не принимает.',
      ],
      [
        'Prometheus and Alertmanager',
        "Series and size of Prometheus's database, failures of rules and lost notifications of a day, failures of Alertmanager of a day, active silences.",
        'No failure.',
        'Rules fail: `promtool check rules`. Alertmanager fails: the bridge does not accept.',
      ],
    ),
    jobs: panel(
      [
        'Задания',
        'Задания экспортёра и alert-bridge: когда последний успех, сколько длилось, сколько запусков за выбранное время и сколько из них с ошибкой. Давние сверху.',
        'Ежедневные — не старше 26 часов.',
        'Старше: причина в логе сервиса, задание повторяется само.',
      ],
      [
        'Jobs',
        'Jobs of the exporter and the bridge: the last success, how long it took, how many runs there were within the chosen time and how many failed. The oldest first.',
        'Daily ones are no older than 26 hours.',
        "Older: the reason is in the service's log, the job is tried again by itself.",
      ],
    ),
    queries: panel(
      [
        'Запросы к базе',
        'Запросы, из которых взяты цифры бота: успешен ли последний, сколько длился, сколько прошло с последнего успеха. Сломанные сверху.',
        'Все успешны.',
        'Ошибка: посмотрите лог экспортёра, чаще всего это права или новая схема базы.',
      ],
      [
        'Queries of the database',
        "The queries that the bot's figures come from: whether the last run succeeded, how long it took, time since the last success. Broken ones first.",
        'All succeed.',
        "One fails: look at the exporter's log, mostly it is rights or a new schema.",
      ],
    ),
    recount: panel(
      [
        'Ночная сверка',
        'Сколько полных суток из последних 35 пришлось исправить, на какую долю и когда была сверка.',
        'Нули или малые доли: люди удаляют свои записи.',
        'Доля больше 1 %: приложение меняло старые записи мимо обычного пути.',
      ],
      [
        'Nightly recount',
        'How many of the last 35 whole days had to be corrected, by what share, and when.',
        'Zeros or small shares: people delete what they entered.',
        'A share above 1%: the application changed old rows in an unusual way.',
      ],
    ),
    odd: panel(
      [
        'Непонятное и не записанное',
        'Строки таблиц и лога nginx, из которых нельзя взять цифры, за час; и сколько строк истории ждут записи в PostgreSQL.',
        'Ноль.',
        'Строки лога: формат в exporter/config.yml не тот, что в nginx. История: база не принимает записи.',
      ],
      [
        'Not understood, not written',
        "Rows of tables and lines of nginx's log that give no figure, of an hour; and rows of history that wait for PostgreSQL.",
        'Zero.',
        'Lines of the log: the format in exporter/config.yml is not that of nginx. History: the database takes no writes.',
      ],
    ),
    checkins: panel(
      [
        'Watchdog и контрольные отметки',
        'Сколько прошло с последнего Watchdog у каждой копии alert-bridge и с последней контрольной отметки каждого, кто должен выходить на связь.',
        'Watchdog — до двух минут; остальные — до своего срока.',
        'Watchdog старый: алерты не доходят, посмотрите Alertmanager.',
      ],
      [
        'Watchdog and check-ins',
        'Time since the last Watchdog of every bridge, and since the last check-in of everybody who has to.',
        'Watchdog below two minutes; the others within their time.',
        'An old Watchdog: alerts do not arrive, look at Alertmanager.',
      ],
    ),
  },

  /** Names of tiles, legends and columns. */
  names: {
    state: w('Состояние', 'State'),
    firing: w('Алертов', 'Firing alerts'),
    broken: w('Сломано', 'Down'),
    diskFull: w('Диска хватит', 'Disk lasts'),
    pending: w('Не отправлено', 'Not sent yet'),
    watchdog: w('Watchdog', 'Watchdog'),
    overAYear: w('больше года', 'over a year'),
    availability: w('Аптайм > 99,9 %', 'Uptime > 99.9%'),
    budget: w('Бюджет ошибок', 'Error budget'),
    p50: w('P50 < 200 мс', 'P50 < 200 ms'),
    p95: w('P95 < 500 мс', 'P95 < 500 ms'),
    p99: w('P99 < 1 с', 'P99 < 1 s'),
    errors: w('Ошибки < 1 %', 'Errors < 1%'),
    aiSuccess: w('ИИ > 95 %', 'AI > 95%'),
    dau: w('DAU', 'DAU'),
    requests: w('запросы', 'requests'),
    probes: w('проверки снаружи', 'checks from outside'),
    requestsHour: w('запросы за час', 'requests, 1 h'),
    probesHour: w('проверки за час', 'checks, 1 h'),
    requestsDay: w('запросы за сутки', 'requests, 1 d'),
    probesDay: w('проверки за сутки', 'checks, 1 d'),
    requestsAvailability: w('Запросы > 99 %', 'Requests > 99%'),
    probesAvailability: w('Проверки > 99,9 %', 'Checks > 99.9%'),
    requestsBudget: w('Бюджет: запросы', 'Budget: requests'),
    probesBudget: w('Бюджет: проверки', 'Budget: checks'),
    activity: w('DAU от обычного', 'DAU of usual'),
    share: w('доля', 'share'),
    usual: w('обычно в такой день', 'usual on such a day'),
    active: w('активные', 'active'),
    expenses: w('траты', 'expenses'),
    incomes: w('доходы', 'incomes'),
    paying: w('платят', 'paying'),
    trial: w('на пробной', 'on a trial'),
    days1: w('1 день', '1 day'),
    days7: w('7 дней', '7 days'),
    days30: w('30 дней', '30 days'),
    newUsers: w('новые', 'new'),
    stars: w('Stars', 'Stars'),
    cpu: w('процессор', 'CPU'),
    memory: w('память', 'memory'),
    used: w('занято', 'used'),
    replying: w('отвечают', 'reply'),
    busy: w('заняты', 'busy'),
    hung: w('зависли', 'hang'),
    accepted: w('принято', 'accepted'),
    delivered: w('отправлено', 'sent'),
    merged: w('объединено', 'merged'),
    suppressed: w('пропущено', 'left out'),
    failed: w('не доставлено', 'not delivered'),
    duplicates: w('повторы, не приняты заново', 'repeats, not accepted again'),
    waits: w('ждёт', 'waits'),
    paused: w('просит ждать Telegram', 'Telegram asks to wait'),
    all: w('всего', 'all'),
    withError: w('с ошибкой', 'failed'),
    twice: w('могли прийти дважды', 'may have come twice'),
    history: w('история ждёт записи', 'history waits'),
    nginxLines: w('строки лога nginx', "lines of nginx's log"),
    rowsOf: w('таблица', 'table'),
    hears: w('Команды бота', 'Commands'),
    channel: w('Канал', 'Channel'),
    agrees: w('Связь копий', 'Bridges agree'),
    leads: w('Ведущая', 'Leads'),
    commands: w('команды', 'commands'),
    updates: w('сообщения людей', 'updates of people'),
    pictures: w('картинки', 'pictures'),
    second: w('запасной канал', 'second channel'),
    secondFailed: w('запасной канал: с ошибкой', 'second channel: failed'),
  },
  tiles: {
    success: w('Успешны > 95 %', 'Succeed > 95%'),
    callsDay: w('Запросов за сутки', 'Requests of a day'),
    tokensDay: w('Токенов за сутки', 'Tokens of a day'),
    costDay: w('Стоимость за сутки', 'Cost of a day'),
    p95: w('P95 за час', 'P95 of an hour'),
    forecast: w('Прогноз на 30 дней', 'Forecast of 30 days'),
    users: w('Всего', 'Registered'),
    blocked: w('Заблокировали', 'Blocked the bot'),
    dau: w('Активны за сутки', 'Active, 1 day'),
    wau: w('Активны за 7 дней', 'Active, 7 days'),
    mau: w('Активны за 30 дней', 'Active, 30 days'),
    newDay: w('Новых за сутки', 'New, 1 day'),
    paying: w('Платят', 'Paying'),
    trial: w('На пробной', 'On a trial'),
    day: w('День', 'Day'),
    expenses: w('Трат', 'Expenses'),
    incomes: w('Доходов', 'Incomes'),
    newUsers: w('Новых', 'New users'),
    retention: w('Retention 7 дней', 'Retention, 7 days'),
    subscriptions: w('Подписок сейчас', 'Subscriptions now'),
    expiring: w('Кончатся в 3 дня', 'End within 3 days'),
    webhookPending: w('Ждут у Telegram', 'Wait at Telegram'),
    webhookUrl: w('Адрес вебхука', 'Webhook address'),
    webhookError: w('Ошибка, назад', 'Error, ago'),
    unacked: w('Взято', 'Taken'),
    redelivery: w('Отдаст заново через', 'Hands out again in'),
    targetsDown: w('Не отвечают', 'Do not answer'),
    oldest: w('Самый старый ждёт', 'The oldest waits'),
    failedDay: w('Не доставлено', 'Not delivered'),
    channelsDown: w('Каналы с отказом', 'Channels that refuse'),
    config: w('Конфиг', 'Configuration'),
    series: w('Рядов', 'Series'),
    storage: w('База Prometheus', "Prometheus's data"),
    rules: w('Ошибки правил', 'Rules that fail'),
    dropped: w('Потеряно', 'Lost'),
    alertmanager: w('Отказы отправки', 'Sends that fail'),
    silences: w('Заглушено правил', 'Silences'),
  },
  columns: {
    where: w('Где', 'Where'),
    what: w('Что', 'What'),
    severity: w('Срочность', 'Urgency'),
    since: w('С', 'Since'),
    detail: w('Подробнее', 'Detail'),
    route: w('Маршрут', 'Route'),
    code: w('Код', 'Code'),
    count: w('Сколько', 'Count'),
    ofBudget: w('Бюджета', 'Of budget'),
    component: w('Компонент', 'Component'),
    minutes: w('Не работал', 'Was down'),
    state: w('Состояние', 'State'),
    answer: w('Ответ', 'Answer'),
    p95: w('P95', 'P95'),
    lastSuccess: w('Успех назад', 'Success ago'),
    server: w('Сервер', 'Server'),
    left: w('Осталось', 'Left'),
    disk: w('Диск', 'Disk'),
    free: w('Свободно', 'Free'),
    used: w('Занято', 'Used'),
    lasts: w('Хватит на', 'Lasts for'),
    task: w('Задача', 'Task'),
    running: w('Идёт', 'Runs'),
    provider: w('Сервис', 'Provider'),
    calls: w('Запросы', 'Requests'),
    failed: w('Ошибки', 'Failed'),
    success: w('Успешны', 'Succeed'),
    tokens: w('Токены', 'Tokens'),
    cost: w('Стоимость', 'Cost'),
    forecast: w('Прогноз', 'Forecast'),
    category: w('Категория', 'Category'),
    amount: w('Сумма', 'Amount'),
    currency: w('Валюта', 'Currency'),
    expenses: w('Траты', 'Expenses'),
    incomes: w('Доходы', 'Incomes'),
    reason: w('Причина', 'Reason'),
    service: w('Сервис', 'Service'),
    copy: w('Адрес', 'Address'),
    scrape: w('Опрос', 'Scrape'),
    memory: w('Память', 'Memory'),
    uptime: w('Работает', 'Runs for'),
    job: w('Задание', 'Job'),
    took: w('Длилось', 'Took'),
    runs: w('Запусков', 'Runs'),
    query: w('Запрос', 'Query'),
    last: w('Последний', 'The last'),
    days: w('Суток', 'Days'),
    drift: w('Доля', 'Share'),
    who: w('Кто', 'Who'),
    ago: w('Назад', 'Ago'),
  },
  states: {
    up: w('работает', 'up'),
    down: w('не работает', 'down'),
    unknown: w('не известно', 'unknown'),
    answers: w('отвечает', 'answers'),
    silent: w('не отвечает', 'silent'),
    yes: w('да', 'yes'),
    no: w('нет', 'no'),
    spare: w('запасная', 'spare'),
    ok: w('успешно', 'succeeded'),
    failed: w('ошибка', 'failed'),
    right: w('верный', 'right'),
    wrong: w('другой', 'another'),
    loaded: w('загружен', 'loaded'),
    refused: w('с ошибкой', 'refused'),
    critical: w('срочно', 'urgent'),
    warning: w('не срочно', 'not urgent'),
    info: w('к сведению', 'for notice'),
    noOutage: w('Сбоев не было', 'No outage'),
    none: w('нет', 'none'),
  },
  phases: {
    dns: w('DNS', 'DNS'),
    connect: w('соединение', 'connection'),
    tls: w('TLS', 'TLS'),
    first_byte: w('ожидание', 'waiting'),
    transfer: w('передача', 'transfer'),
  },
  kinds: {
    failed: w('не доставлено', 'not delivered'),
    suppressed: w('пропущено', 'left out'),
    telegram: w('ошибка Telegram', 'Telegram failed'),
    rejected: w('отклонено', 'refused'),
    picture: w('картинка', 'picture'),
    none: w('всё отправлено', 'all was sent'),
  },
  /** What each alert says, in few words; a test holds the list against prometheus/rules. */
  alerts: {
    None: w('Алертов нет', 'No alert'),
    ActiveUsersDropped: w('Мало активных', 'Too few active'),
    AiRequestsFailing: w('Ошибки', 'Requests fail'),
    AlertPathBroken: w('Теряет алерты', 'Loses alerts'),
    BridgeAlone: w('Без связи', 'Alone'),
    BridgesApart: w('Копии спорят', 'Do not agree'),
    CeleryMessagesWait: w('Очередь стоит', 'Queue stands'),
    CeleryQueueBacklog: w('Очередь растёт', 'Queue grows'),
    CeleryTaskStuck: w('Задача висит', 'Task hangs'),
    CertificateExpiresSoon: w('Скоро истекает', 'Expires soon'),
    ComponentDown: w('Не работает', 'Down'),
    ConfigReloadFailed: w('Плохой конфиг', 'Bad config'),
    CpuHigh: w('Перегружен', 'Overloaded'),
    DailyReportMissing: w('Нет отчёта', 'No daily report'),
    DeliveryStuck: w('Не доставляет', 'Does not deliver'),
    DiskFillingUp: w('Заполняется', 'Fills up'),
    DiskSpaceLow: w('Мало места', 'Little space'),
    ErrorBudgetBurn: w('Бюджет уходит', 'Budget burns'),
    FiguresStale: w('Цифры устарели', 'Figures are old'),
    HealthCheckStale: w('Не известно', 'Not known'),
    HttpErrorRateHigh: w('Много 5xx', 'Many 5xx'),
    HttpLatencyHigh: w('Медленно', 'Slow'),
    JobOverdue: w('Не выполнено', 'Overdue'),
    MemoryHigh: w('Почти занята', 'Nearly used up'),
    TargetDown: w('Не отвечает', 'Does not answer'),
    TelegramPollingDown: w('Без команд', 'No commands'),
  },
  /** Components of alerts that /health does not have. */
  places: {
    none: w('—', '—'),
    certificate: w('Сертификат', 'Certificate'),
    exporter: w('Экспортёр', 'Exporter'),
    'alert-bridge': w('alert-bridge', 'Alert bridge'),
    prometheus: w('Prometheus', 'Prometheus'),
    alertmanager: w('Alertmanager', 'Alertmanager'),
    nginx: w('nginx', 'nginx'),
    users: w('Пользователи', 'Users'),
  },
} as const;

const COMPONENTS = [
  // Our own first: each of the two charts of response times takes its colours from one end of a palette.
  ...['database', 'redis', 'dns', 'celery_workers', 'disk_space', 'memory', 'cpu'],
  ...['telegram_api', 'telegram_webhook', 'public_endpoint'],
  ...['openai_api', 'google_ai_api', 'deepseek_api', 'qwen_api', 'openrouter_api', 'yandex_api'],
];

export type Words = Picked<typeof dictionary> & {
  readonly locale: Locale;
  readonly overall: Readonly<Record<'healthy' | 'degraded' | 'unhealthy', string>>;
  /** Components as /health calls them → their names. */
  readonly components: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, string>>;
  /** By the label of a legend: its values as regular expressions → their names. */
  readonly renames: Readonly<Record<'component' | 'provider', Readonly<Record<string, string>>>>;
};

const isBoth = (value: object): value is Both<unknown> => 'ru' in value && 'en' in value;

function pick(value: object, locale: Locale): unknown {
  if (isBoth(value)) return value[locale];
  return Object.fromEntries(
    Object.entries(value as Record<string, object>).map(([key, inner]) => [key, pick(inner, locale)]),
  );
}

/** The dictionary in one language. */
export function words(locale: Locale): Words {
  const components = Object.fromEntries(COMPONENTS.map((name) => [name, componentName(name, locale)]));
  const providers = Object.fromEntries(
    ['openai', 'google_ai', 'deepseek', 'qwen', 'openrouter', 'yandex'].map((name) => [
      name.replace('_ai', ''),
      componentName(`${name}_api`, locale),
    ]),
  );
  return {
    ...(pick(dictionary, locale) as Picked<typeof dictionary>),
    locale,
    overall: OVERALL[locale],
    components,
    providers,
    renames: {
      component: { ...components, 'http:(.*)': componentName('http:$1', locale) },
      provider: providers,
    },
  };
}
