import type { Severity } from '../../signal.ts';
import type { LateCause } from '../../thread.ts';
import { formatNumber } from '../numbers.ts';
import type { Moment, Phrases } from './phrases.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';

const plural = pluralIn('ru');

const signals = (count: number): string =>
  `${formatNumber(count)} ${plural(count, { one: 'сигнал', few: 'сигнала', many: 'сигналов', other: 'сигнала' })}`;

const MEMBERS: Readonly<Record<Severity, PluralForms>> = {
  critical: {
    one: 'критический сигнал',
    few: 'критических сигнала',
    many: 'критических сигналов',
    other: 'критического сигнала',
  },
  warning: { one: 'предупреждение', few: 'предупреждения', many: 'предупреждений', other: 'предупреждения' },
  info: { one: 'уведомление', few: 'уведомления', many: 'уведомлений', other: 'уведомления' },
};
const DAYS: PluralForms = { one: 'день', few: 'дня', many: 'дней', other: 'дня' };
const TASKS: PluralForms = { one: 'задача', few: 'задачи', many: 'задач', other: 'задачи' };
const NAMES: PluralForms = { one: 'название', few: 'названия', many: 'названий', other: 'названия' };

const TIMES: PluralForms = { one: 'раз', few: 'раза', many: 'раз', other: 'раза' };

const counted =
  (forms: PluralForms) =>
  (count: number): string =>
    `${formatNumber(count)} ${plural(count, forms)}`;

const at = ({ date, time }: Moment): string => (date === undefined ? `в ${time}` : `${date} в ${time}`);

const LATE: Readonly<Record<LateCause, string>> = {
  sender: 'отправитель сообщил об этом не сразу',
  bridge_down: 'сервис оповещений не работал',
  telegram_unreachable: 'Telegram не отвечал',
  telegram_rate_limit: 'Telegram просил подождать: слишком много сообщений',
  telegram_refused: 'Telegram не принимал сообщение',
  backlog: 'накопилась очередь сообщений',
  quiet_hours: 'тихие часы',
};

const BEGUN_ANEW =
  'мост работает с чистого листа: что в нём ждало отправки, показано не будет. Что ещё горит, Alertmanager пришлёт снова.';

export const ru: Phrases = {
  dateFormat: 'dd.MM.yyyy',
  unknownTime: 'время неизвестно',
  units: { d: 'д', h: 'ч', min: 'мин', s: 'с' },
  underOneSecond: 'меньше секунды',
  counted: { days: counted(DAYS), tasks: counted(TASKS) },

  headings: {
    critical_error: 'Критическая ошибка',
    bot_started: 'Запуск бота',
    bot_stopped: 'Остановка бота',
    bridge_started: 'Мониторинг запущен',
    bridge_stopped: 'Мониторинг остановлен',
    bridge_crashed: 'Мониторинг упал и снова запущен',
    bridge_gap: 'Мониторинг не слышал оповещений',
    bridge_state_lost: 'Состояние мониторинга не прочитать',
    bridge_topic_gone: 'Темы для оповещений больше нет',
    alerts_truncated: 'Показаны не все сигналы',
    new_user: 'Новый пользователь',
    payment_received: 'Платеж получен',
  },
  oneOfSeveral: {
    bridge_started: 'Мост запущен',
    bridge_stopped: 'Мост остановлен',
    bridge_crashed: 'Мост упал и снова запущен',
    bridge_state_lost: 'Состояние моста не прочитать',
  },
  payments: (count) => `Платежи получены: ${count}`,
  newUsers: (count) => `Новые пользователи: ${count}`,

  paymentTypes: { trial: 'пробный', month: 'месяц', six_months: 'полгода' },
  facts: {
    component: 'Компонент',
    value: 'Значение',
    started: 'Началось',
    time: 'Время',
    user: 'Пользователь',
    source: 'Источник',
    amount: 'Сумма',
    paymentType: 'Тип',
    version: 'Версия',
    environment: 'Окружение',
    reason: 'Причина',
    down: 'Не работал',
    file: 'Файл',
    schema: 'Схема, найдена и известна',
    chat: 'Чат',
    receiver: 'Получатель',
    total: 'Всего',
    resolved: 'Решено',
  },
  links: { runbook: 'Что делать', query: 'Запрос', grafana: 'Grafana', status: 'Состояние' },

  members: (firing, resolved) => {
    if (firing === 0) return `Решено: ${signals(resolved)}`;
    return resolved === 0
      ? `Активно: ${signals(firing)}`
      : `Активно: ${signals(firing)}, решено: ${formatNumber(resolved)}`;
  },
  andMore: (count) => `и ещё ${count}`,
  moreFollows: (count) => `Ещё ${count} — в следующем сообщении`,
  repeats: (count, last) => `Повторов: ${count}, последний ${at(last)}`,
  burningFor: (duration, at) => `Длится: ${duration} (на ${at})`,
  flapping: (count, duration, isFiring) =>
    `Мигает: ${counted(TIMES)(count)} за ${duration}, сейчас ${isFiring ? 'горит' : 'в норме'}`,
  stillBurning: (duration) => `Напоминание: длится уже ${duration}`,
  goesOn: 'Дальше — в новом сообщении',
  lasted: (duration) => `длилось ${duration}`,
  late: (happened, delivered, cause) =>
    `С опозданием: случилось ${happened}, доставлено ${delivered} — ${LATE[cause]}`,
  resolvedBeforeDelivery: 'К моменту доставки уже решено',

  report: {
    title: (date) => `[Coins] Ежедневный отчет за ${date}`,
    exporterSilent: 'Экспортер не ответил: показано то, что известно без него',
    noData: 'нет данных',
    users: {
      title: 'Пользователи',
      total: 'Всего',
      active: (isYesterday) => (isYesterday ? 'Активных вчера' : 'Активных за день'),
      new: (isYesterday) => (isYesterday ? 'Новых вчера' : 'Новых за день'),
      retention: 'Retention 7d',
    },
    finance: {
      title: 'Финансы',
      expenses: 'Расходы',
      incomes: 'Доходы',
      subscriptions: 'Подписки',
      booked: (records, amount) => `${records} на ${amount}`,
      active: (count) => `${formatNumber(count)} активных`,
      people: (paying, trial) =>
        `платят: ${formatNumber(paying)}, на пробном периоде: ${formatNumber(trial)}`,
    },
    ai: {
      title: 'AI сервисы',
      requests: 'Запросов',
      success: 'Успешность',
      tokens: 'Токенов',
      cost: 'Стоимость',
    },
    categories: { title: 'Топ категорий', none: 'нет расходов в ₽' },
    // The specification's own form, whatever the count ("123 записей").
    records: (count) => `${formatNumber(count)} записей`,
    errors: 'Ошибок за день',
    formed: 'Отчет сформирован',
  },
  digest: (severity, members, names) =>
    `${formatNumber(members)} ${plural(members, MEMBERS[severity])}, ${formatNumber(names)} ${plural(names, NAMES)}`,
  quiet: (members, names) =>
    `Утренняя сводка: ${signals(members)}, ${formatNumber(names)} ${plural(names, NAMES)}`,
  quietNote: 'Пришли в тихие часы',
  digestNote: 'Слишком много, чтобы показать по одному',
  resolvedOf: (resolved, members) => `Решено: ${formatNumber(resolved)} из ${formatNumber(members)}`,

  stillFiring: (count) => `Ещё горит (${count})`,
  closedUnseen: (count) => `Закончилось без нас (${count})`,
  topicGone:
    'Она удалена или закрыта: её сообщения приходят в общий чат. Исправьте номер темы в ADMIN_TELEGRAM_ID (или откройте её) и перезапустите сервис оповещений.',
  truncated: (hidden) =>
    `Отправитель урезал список: сюда не дошло ещё ${signals(hidden)}. Все горящие — в Alertmanager или Grafana. Чтобы приходили все, уберите max_alerts у этого получателя.`,
  stateLost: {
    damaged: `Повреждённый файл отложен, ${BEGUN_ANEW}`,
    other_key: `Файл зашифрован другим ключом (STATE_KEY) и отложен, ${BEGUN_ANEW} С прежним ключом его можно вернуть на место.`,
    key: `Файл ключа (state.key) не прочитать. Он отложен вместе с тем, что им зашифровано, ${BEGUN_ANEW}`,
    newer: `Файл записан более новой версией и отложен, ${BEGUN_ANEW} С той версией его можно вернуть на место.`,
    missing: `Файл состояния исчез или пуст, ${BEGUN_ANEW}`,
    log_missing:
      'Журнал записи состояния (-wal) исчез: принятое последним могло потеряться, показанное последним может прийти ещё раз. Что ещё горит, Alertmanager пришлёт снова.',
    rows: 'Часть строк состояния не прочитать. Они отложены в том же файле, мост работает без них: заглушения, паузы и времена из них забыты.',
    hash_key:
      'Ключ хешей не прочитать, он отложен: у людей и чатов в журналах и метриках теперь другие хеши.',
  },
  notTaken:
    'Telegram не принимает текст этого сообщения. О чём оно — в Grafana или в GET /api/v1/signals сервиса оповещений',
  notRendered: 'Сообщение не удалось оформить. Подробности — в журнале сервиса оповещений, по номеру сигнала',
};
