import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';
import { numberIn } from '../../render/numbers.ts';
import type { BlastRadius } from '../silence.ts';
import type { SilenceLength } from '../actions.ts';
import type { BotPhrases } from './phrases.ts';

const plural = pluralIn('ru');
const number = (figure: number): string => numberIn(figure, 'ru');
const ALERTS: PluralForms = { one: 'алерт', few: 'алерта', many: 'алертов', other: 'алерта' };
const CRITICAL: PluralForms = {
  one: 'критический',
  few: 'критических',
  many: 'критических',
  other: 'критических',
};

const alerts = (count: number): string => `${number(count)} ${plural(count, ALERTS)}`;
const critical = (count: number): string => `${number(count)} ${plural(count, CRITICAL)}`;

/** `17 алертов, из них 2 критических` */
const radius = ({ alerts: all, critical: worst }: BlastRadius): string => {
  if (all === 1 && worst === 1) return '1 критический алерт';
  return worst === 0 ? alerts(all) : `${alerts(all)}, из них ${critical(worst)}`;
};
const willNotCome = ({ alerts: all }: BlastRadius): string =>
  plural(all, { one: 'Не придёт', few: 'Не придут', many: 'Не придут', other: 'Не придут' });
const stillActive = ({ alerts: all }: BlastRadius): string =>
  plural(all, { one: 'активен', few: 'активны', many: 'активны', other: 'активны' });

const LENGTHS = { '1h': '1 ч', '4h': '4 ч', morning: 'до утра', over: 'пока не закончится' } as const;

const isTime = (length: SilenceLength): boolean => length === '1h' || length === '4h';

export const ru: BotPhrases = {
  buttons: {
    acknowledge: '👀 Беру',
    runbook: '📖 Что делать',
    log: '📄 Лог',
    confirm: '🔕 Заглушить',
    cancel: 'Отмена',
    unmute: '🔔 Включить',
    extend: (length) => (isTime(length) ? `Продлить на ${LENGTHS[length]}` : `Продлить ${LENGTHS[length]}`),
    let_ring: 'Не продлевать',
    previous: '‹ Назад',
    next: 'Дальше ›',
    expire: (count) => `🔔 Включить ${count}`,
  },
  lengths: LENGTHS,
  quotes: ['«', '»'],
  commands: {
    status: 'что сейчас',
    health: 'компоненты',
    celery: 'воркеры, ошибки задач, расписание',
    alerts: 'активные алерты',
    silences: 'что заглушено',
    report: 'отчёт за вчера или за день',
    kpi: 'показатели бота',
    mute: 'заглушить всё или один алерт',
    maintenance: 'придержать некритические алерты',
    help: 'список команд',
  },
  examples: {
    report: ['/report 21.09.2024'],
    maintenance: ['/maintenance 30м', '/maintenance стоп'],
    mute: ['/mute 1ч', '/mute 4ч ComponentDown', '/mute утро', '/mute до-конца ComponentDown'],
  },
  help: 'Команды',
  unknownCommand: (name) => `Нет такой команды: /${name}. Список: /help`,

  status: {
    good: 'В порядке',
    of: (good, all) => `${good} из ${all}`,
    unknown: 'нет данных',
    blocked: (dependency) => `нет данных: не работает ${dependency}`,
    disabled: 'выключено',
    alerts: (firing, worst, muted, isOld) => {
      if (firing === 0) return isOld ? 'По последним данным активных алертов нет' : 'Активных алертов нет';
      const start = isOld ? 'Последние известные алерты' : 'Активные алерты';
      const details = [
        worst > 0 ? `${worst === 1 ? 'критический' : 'критических'} ${number(worst)}` : '',
        muted > 0 ? `${muted === 1 ? 'заглушён' : 'заглушено'} ${number(muted)}` : '',
      ].filter((part) => part !== '');
      return `${start}: ${number(firing)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
    },
    silences: (count, firstEnd) => `Заглушено: ${number(count)}, ближайшее до ${firstEnd}`,
    queue: (count) => (count === 0 ? 'Всё отправлено' : `Не отправлено сообщений: ${number(count)}`),
  },
  exporterSilent:
    'Экспортёр не отвечает, состояние бота неизвестно. Сначала: `docker compose -p expensebot-monitoring logs --tail 50 exporter`',
  alertmanagerSilent: 'Alertmanager не отвечает.',
  lastKnown: 'Последние известные данные.',

  alertsTitle: (count) => `Активные алерты: ${number(count)}`,
  noAlerts: 'Активных алертов нет',
  since: (time) => `с ${time}`,
  andMore: (count) => `… и ещё ${number(count)}`,

  silencesTitle: (count) => `Заглушено: ${number(count)}`,
  noSilences: 'Ничего не заглушено',
  until: (time) => `до ${time}`,
  untilOver: 'пока не закончится',
  interval: (muted) =>
    muted === undefined
      ? 'интервал Alertmanager'
      : `интервал Alertmanager, сейчас ${muted === 0 ? 'ничего не глушит' : `глушит: ${number(muted)}`}`,
  maintenance: {
    until: (time) => `Обслуживание до ${time}`,
    held: 'Критические алерты придут сразу, остальные — сводкой, когда оно закончится.',
    none: 'Обслуживания нет, все алерты приходят сразу.',
    usage:
      'Примеры: `/maintenance 30м` (всё), `/maintenance 2ч component="redis"`, `/maintenance стоп`. Не дольше суток. Что идёт сейчас: /silences',
  },

  kpi: {
    title: 'Показатели',
    day: (date) => `За ${date}`,
    silent: 'Экспортёр не отвечает, текущие показатели неизвестны.',
    noDay: 'За вчера данных нет: экспортёр не ответил.',
    active24h: 'Активных за 24 ч',
    requestsPerMinute: 'Запросов в минуту',
    errorRate: 'Доля ошибок',
    users: 'Пользователей',
    active: 'Активных',
    new: 'Новых',
    subscriptions: 'Подписок',
    paying: 'Платят',
    trial: 'На пробном периоде',
    expenses: 'Записей о расходах',
    ai: 'Запросов к ИИ-сервисам',
    unknown: 'нет данных',
  },
  celery: {
    title: 'Celery',
    unknown: 'нет данных',
    workers: (working, hung) =>
      `Воркеров работает: ${number(working)}${hung > 0 ? `, зависло: ${number(hung)}` : ''}`,
    messages: (queued, unacked, scheduled) =>
      `В очередях: ${queued} · не подтверждено: ${unacked} · ждут времени (ETA): ${scheduled}`,
    redelivery: (time) => `Повторная выдача не раньше ${time}`,
    failures: 'Ошибки задач',
    noFailures: (finished) => `Ошибок не было, завершено: ${finished}`,
    failed: (failed, finished) => `ошибок ${failed} из ${finished}`,
    nameless: 'unknown — имени в результате нет: задайте в настройках бота CELERY_RESULT_EXTENDED = True',
    beat: 'Расписание (beat)',
    noBeat: 'нет данных: таблицы django_celery_beat не читаются',
    neverRan: 'Beat ещё не отправлял задач',
    lastRun: (time) => `Последняя задача отправлена в ${time}`,
    due: (time) => `не отправлена, ждём с ${time}`,
  },
  reportUsage: (yesterday) =>
    `Отчёт за этот день ещё не готов, или дата непонятна. Пример: \`/report ${yesterday}\`. Без даты — отчёт за вчера.`,

  mute: {
    usage:
      'Примеры: `/mute 1ч` (всё), `/mute 4ч ComponentDown`, `/mute утро`, `/mute до-конца ComponentDown`. Активные алерты: /alerts',
    everything: 'все алерты',
    notTheWatchdog: 'Watchdog заглушить нельзя: по нему видно, что алерты доходят.',
    preview: (length) => ({
      before: 'Заглушить ',
      after: isTime(length)
        ? ` на ${LENGTHS[length]}?`
        : `${length === 'over' ? ',' : ''} ${LENGTHS[length]}?`,
    }),
    radius: (hit) =>
      hit.alerts === 0 ? 'Сейчас таких алертов нет, новые не придут.' : `${willNotCome(hit)} ${radius(hit)}.`,
    everythingCritical: 'Критические тоже не придут.',
    radiusUnknown: 'Alertmanager не отвечает: сколько алертов не придёт, неизвестно.',
    active: (until) => `: заглушено до ${until}`,
    activeUntilOver: ': заглушено, пока не закончится',
    over: ': снова включено',
    isOver: ': закончилось, снова включено',
    noIncident: 'Такого активного алерта нет, заглушать нечего. Активные алерты: /alerts',
    whichIncident:
      'Активных алертов несколько. Нажмите «🔕 пока не закончится» под нужным или назовите его: `/mute до-конца ComponentDown`',
    cancelled: 'Отменено',
    outdated: 'Кнопка устарела. Нажмите ещё раз под самим алертом.',
    ending: (until, hit) => `В ${until} сообщения снова пойдут. Ещё ${stillActive(hit)} ${radius(hit)}.`,
  },

  toasts: {
    acknowledged: 'Взяли вы',
    alreadyAcknowledged: (by) => `Уже занимается ${by}`,
    nothingKnown: 'Этот алерт уже закрыт',
    alertmanagerSilent: 'Alertmanager не отвечает, ничего не изменено. Попробуйте ещё раз.',
    failed: 'Не получилось. Подробности в логах alert-bridge',
    muted: (until) => `Заглушено до ${until}`,
    mutedUntilOver: 'Заглушено, пока не закончится',
    unmuted: 'Снова включено',
    over: 'Уже включено',
    cancelled: 'Отменено',
    outdated: 'Кнопка устарела. Нажмите ещё раз под самим алертом.',
    extended: (until) => `Продлено до ${until}`,
    lettingRing: 'Не продлено',
  },
  runbookMissing: 'Инструкции здесь нет',
  logOf: (name) => `Лог: ${name}`,
};
