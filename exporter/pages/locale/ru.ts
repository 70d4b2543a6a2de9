import { OVERALL } from '../../../common/health-words.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';
import type { Phrases, Unit } from './phrases.ts';

const plural = pluralIn('ru');
const number = new Intl.NumberFormat('ru');

const counted = (count: number, forms: PluralForms): string =>
  `${number.format(count)} ${plural(count, forms)}`;

/** In the accusative: «не отвечает 1 минуту». */
const UNITS: Readonly<Record<Unit, PluralForms>> = {
  second: { one: 'секунду', few: 'секунды', many: 'секунд', other: 'секунды' },
  minute: { one: 'минуту', few: 'минуты', many: 'минут', other: 'минуты' },
  hour: { one: 'час', few: 'часа', many: 'часов', other: 'часа' },
  day: { one: 'день', few: 'дня', many: 'дней', other: 'дня' },
};

const TROUBLES: Readonly<Record<string, string>> = {
  database: 'база данных не отвечает',
  redis: 'Redis не отвечает',
  celery_workers: 'воркеры Celery не отвечают',
  dns: 'DNS не отвечает',
  telegram_api: 'Telegram недоступен с сервера',
  telegram_webhook: 'бот не получает сообщения',
  public_endpoint: 'бот недоступен снаружи',
  disk_space: 'на диске мало места',
  memory: 'не хватает памяти',
  cpu: 'процессор перегружен',
};

const lasting = (duration: string | undefined): string => (duration === undefined ? '' : ` уже ${duration}`);

export const ru: Phrases = {
  language: 'ru',
  intl: 'ru',
  lasting: (count, unit) => counted(count, UNITS[unit]),
  underOneSecond: 'меньше секунды',
  ago: (duration) => `${duration} назад`,

  overall: {
    ...OVERALL.ru,
    checking: 'Проверяем…',
    stopped: 'Проверки остановились',
    nothing: 'Все проверки выключены',
  },
  overallNote: {
    healthy: 'Все проверки проходят.',
    checking: 'Первые результаты появятся через несколько секунд.',
    stopped: 'Показаны последние данные: сейчас всё может быть иначе.',
    nothing: 'Включаются они в exporter/config.yml.',
  },
  groups: {
    core: 'Ядро',
    telegram: 'Telegram',
    web: 'Доступ снаружи',
    ai: 'ИИ-сервисы',
    host: 'Сервер',
    other: 'Остальное',
  },
  trouble: (component, name, duration) => {
    const others = component.startsWith('http:') ? 'недоступен' : 'не отвечает';
    return (TROUBLES[component] ?? `${name} ${others}`) + lasting(duration);
  },
  silentCheck: (name, duration) => `проверка «${name}» не завершается${lasting(duration)}`,
  andMore: (count) => `и ещё ${number.format(count)}`,
  states: { healthy: 'работает', unhealthy: 'не работает', unknown: 'проверяем', stale: 'нет данных' },
  scarce: { disk_space: 'мало места', memory: 'мало свободной', cpu: 'перегружен' },
  blocked: (dependency) => `нет данных: не работает ${dependency}`,
  since: (time) => `с ${time}`,
  lastCheckFailed: 'Последняя проверка не прошла:',

  facts: {
    free: (bytes) => `свободно ${bytes}`,
    workers: (count) => counted(count, { one: 'воркер', few: 'воркера', many: 'воркеров', other: 'воркера' }),
    pending: (count) => `ждут ${number.format(count)}`,
    certificateDays: (days) => `TLS ${counted(days, UNITS.day)}`,
    certificateExpired: 'TLS истёк',
  },
  figures: {
    heading: 'Показатели',
    activeUsers: 'активных за сутки',
    newUsers: 'новых за сутки',
    users: 'пользователей всего',
    subscriptions: 'подписок активно',
    requestsPerMinute: 'запросов в минуту',
    errorRate: 'запросов с ошибкой',
    unknown: 'неизвестно',
  },
  strip: {
    legend: 'Полоска: 24 ч по 30 мин, справа доступность.',
    summary: (percent, duration) => `${percent} за ${duration}`,
    unknown: 'истории ещё нет',
    down: (duration) => `простой ${duration}`,
    cell: (from, to) => `${from}–${to}: простой`,
  },
  disabled: (count) => `Проверки выключены: ${number.format(count)}`,
  dataAt: (time, timezone) => `Последняя проверка в ${time} (${timezone})`,
  refresh: 'страница обновляется каждые 30 секунд',
  noData: 'Ни одной проверки ещё не было',
  links: {
    status: 'Состояние',
    celery: 'Celery',
    health: '/health',
    metrics: '/metrics',
    grafana: 'Grafana',
    label: 'Страницы',
  },

  celery: {
    replying: (count) =>
      `${plural(count, { one: 'Отвечает', other: 'Отвечают' })} ${counted(count, { one: 'воркер', few: 'воркера', many: 'воркеров', other: 'воркера' })}`,
    hung: (count) =>
      `${plural(count, { one: 'Завис', other: 'Зависли' })} ${counted(count, { one: 'воркер', few: 'воркера', many: 'воркеров', other: 'воркера' })}`,
    busy: (count) =>
      `${plural(count, { one: 'Занят', other: 'Заняты' })} ${counted(count, { one: 'воркер', few: 'воркера', many: 'воркеров', other: 'воркера' })}`,
    nobody: 'Ни один воркер не отвечает',
    disabled: 'Проверка Celery выключена',
    unknown: 'Проверяем…',
    old: (ago) => `Данные получены ${ago}, новых нет.`,
    workers: 'Воркеры',
    noWorkers: 'Ни один воркер ещё не отвечал.',
    standing: { replying: 'отвечает', busy: 'занят задачей', silent: 'молчит', gone: 'отключился' },
    lastReply: (ago) => `последний ответ ${ago}`,
    uptime: (duration) => `работает ${duration}`,
    concurrency: (count) =>
      `${counted(count, { one: 'задача', few: 'задачи', many: 'задач', other: 'задачи' })} одновременно`,
    prefetch: (count) => `prefetch ${count}`,
    notInspected: 'Список задач не получен.',
    active: 'Выполняет',
    idle: 'ничего',
    notBegun: 'начинает',
    reserved: 'В prefetch',
    more: (count) => `и ещё ${number.format(count)}`,
    queues: 'Очереди',
    queue: 'Очередь',
    priority: 'приоритет',
    priorities: 'Столбцы с числами — приоритеты, 0 — самый срочный.',
    total: 'Всего',
    oldest: 'Ждёт',
    empty: (names) => `Пусты: ${names}.`,
    unacked: (count) => `Не подтверждено (unacked): ${count}`,
    redelivery: (time, task) =>
      `вернутся в очередь не раньше ${time}${task === '' ? '' : ` (первой — ${task})`}`,
    scheduled: (count, first) =>
      `${plural(count, { one: 'ждёт', other: 'ждут' })} своего времени (ETA): ${number.format(count)}, ближайшая до ${first}`,
    failures: 'Ошибки задач',
    noFailures: (finished) => `Ошибок не было, завершено задач: ${finished}.`,
    nameless:
      'Результаты без имени — «unknown». С result_extended = True (в Django — CELERY_RESULT_EXTENDED) Celery пишет имя задачи.',
    exception: 'Исключение',
    failedOf: 'Ошибок / всего',
    lastTime: 'Последняя',
    beat: 'Расписание (beat)',
    noBeatTables: 'Таблиц django_celery_beat нет: расписание хранится в другом месте, за ним не следим.',
    beatNeverRan: 'Beat ещё не отправлял задач',
    beatLastRun: (time) => `Beat отправил последнюю задачу в ${time}`,
    beatEntries: (count) => `включено записей: ${number.format(count)}`,
    beatNext: (entry, time) => `следующая в ${time}: ${entry}`,
    lateEntry: 'Не отправлена',
    lateFor: 'Опоздание',
    tasks: 'Задачи',
    task: 'Задача',
    running: 'Сейчас',
    taken: 'В prefetch',
    begun: 'Начато',
    begunNote: '«Начато» — с запуска воркеров, которые отвечают.',
    noTasks: 'Воркеры ещё не начали ни одной задачи.',
  },
};
