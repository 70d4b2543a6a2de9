/** The words of the dashboard "overview". */
import { panel } from './both.ts';

export const overview = {
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
} as const;
