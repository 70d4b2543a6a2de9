/** The words of the dashboard "monitoring". */
import { LOGS, panel } from './both.ts';

export const monitoring = {
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
      'Of a day: commands and updates of people, pictures sent, rings for what nobody had taken, notices by the second channel and its failures.',
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
} as const;
