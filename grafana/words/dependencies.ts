/** The words of the dashboard "dependencies". */
import { panel } from './both.ts';

export const dependencies = {
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
      'Взяты воркерами, расписание',
      'Задачи, которые воркеры получили и ещё не закончили, через сколько брокер отдаст самую старую заново, сколько ждут своего времени; давно ли beat отправил задачу и на сколько опаздывает.',
      'Взяты десятки, до повторной отдачи больше 10 минут, beat не опаздывает. Нет данных — ждать нечего или нет django_celery_beat.',
      'Взяты сотни: воркеры не заканчивают задачи. Beat опаздывает: `docker restart expense_bot_celery_beat`.',
    ],
    [
      'Taken by workers, schedule',
      'Tasks that workers have taken and not finished, in what time the broker hands out the oldest again, how many wait for their time; how long ago beat sent a task, and by how much it is late.',
      'Tens are taken, the time is above 10 minutes, beat is not late. No data: nothing waits, or there is no django_celery_beat.',
      'Hundreds are taken: workers do not finish. Beat is late: `docker restart expense_bot_celery_beat`.',
    ],
  ),
  failures: panel(
    [
      'Ошибки задач',
      'Задачи, которые завершались с ошибкой: исключение, когда это было, сколько ошибок и завершений за сутки. «unknown» — имени нет, его даёт result_extended.',
      'Пусто, или ошибки давние и единичные.',
      'Свежая ошибка: ищите имя задачи в логе воркера `docker logs expense_bot_celery`.',
    ],
    [
      'Failed tasks',
      'Tasks that ended with an error: the exception, when it was, how many failed and ended within a day. "unknown" has no name: result_extended gives it.',
      'Empty, or old and single errors.',
      'A new error: look for the name of the task in `docker logs expense_bot_celery`.',
    ],
  ),
} as const;
