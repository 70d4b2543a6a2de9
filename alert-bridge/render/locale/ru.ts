import type { Severity } from '../../model/signal.ts';
import type { LateCause } from '../../model/incident.ts';
import { formatNumber, numberIn } from '../numbers.ts';
import type { Moment, Phrases } from './phrases.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';

const plural = pluralIn('ru');
const number = (figure: number): string => numberIn(figure, 'ru');

const counted =
  (forms: PluralForms) =>
  (count: number): string =>
    `${number(count)} ${plural(count, forms)}`;

const MEMBERS: Readonly<Record<Severity, PluralForms>> = {
  critical: {
    one: 'критический алерт',
    few: 'критических алерта',
    many: 'критических алертов',
    other: 'критического алерта',
  },
  warning: { one: 'предупреждение', few: 'предупреждения', many: 'предупреждений', other: 'предупреждения' },
  info: { one: 'уведомление', few: 'уведомления', many: 'уведомлений', other: 'уведомления' },
};
const alerts = counted({ one: 'алерт', few: 'алерта', many: 'алертов', other: 'алерта' });
const events = counted({ one: 'событие', few: 'события', many: 'событий', other: 'события' });
const times = counted({ one: 'раз', few: 'раза', many: 'раз', other: 'раза' });
const ACTIVE: PluralForms = { one: 'активен', few: 'активны', many: 'активны', other: 'активны' };
/** `активен 1`, `активны 3` */
const active = (count: number): string => `${plural(count, ACTIVE)} ${number(count)}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const at = ({ date, time }: Moment): string => (date === undefined ? `в ${time}` : `${date} в ${time}`);
const from = ({ date, time }: Moment): string => (date === undefined ? `с ${time}` : `с ${time} ${date}`);

const LATE: Readonly<Record<LateCause, string>> = {
  sender: 'задержка у отправителя',
  bridge_down: 'alert-bridge не работал',
  telegram_unreachable: 'Telegram не отвечал',
  telegram_rate_limit: 'лимит Telegram на частоту сообщений',
  telegram_refused: 'Telegram не принимал сообщение',
  backlog: 'накопилась очередь сообщений',
  quiet_hours: 'тихие часы',
  maintenance: 'шло обслуживание',
};

const BEGUN_ANEW = 'Неотправленные сообщения не придут, активные алерты Alertmanager пришлёт снова.';

export const ru: Phrases = {
  dateFormat: 'dd.MM.yyyy',
  unknownTime: 'время неизвестно',
  units: { d: 'д', h: 'ч', min: 'мин', s: 'с', ms: 'мс' },
  underOneSecond: 'меньше секунды',
  underOneDay: 'меньше суток',
  number,
  counted: {
    days: counted({ one: 'день', few: 'дня', many: 'дней', other: 'дня' }),
    tasks: counted({ one: 'задача', few: 'задачи', many: 'задач', other: 'задачи' }),
  },
  belowUsual: (share) => `на ${share} меньше обычного`,

  headings: {
    critical_error: 'Критическая ошибка',
    bot_started: 'Бот запущен',
    bot_stopped: 'Бот остановлен',
    bridge_started: 'Мониторинг запущен',
    bridge_stopped: 'Мониторинг остановлен',
    bridge_crashed: 'Мониторинг упал и перезапустился',
    bridge_gap: 'Мониторинг не принимал алерты',
    bridge_topic_gone: 'Тема в группе закрыта или удалена',
    alerts_truncated: 'Пришли не все алерты',
    secrets_old: 'Пора сменить секреты',
    new_user: 'Новый пользователь',
    payment_received: 'Платёж получен',
  },
  oneOfSeveral: {
    bridge_started: 'Копия alert-bridge запущена',
    bridge_stopped: 'Копия alert-bridge остановлена',
    bridge_crashed: 'Копия alert-bridge упала и перезапустилась',
    bridge_state_lost: 'Копия alert-bridge',
  },
  payments: (count) => `Платежей: ${number(count)}`,
  newUsers: (count) => `Новых пользователей: ${number(count)}`,

  paymentTypes: { trial: 'пробный', month: 'месяц', six_months: 'полгода' },
  facts: {
    value: 'Значение',
    user: 'Пользователь',
    source: 'Источник',
    amount: 'Сумма',
    paymentType: 'Тип',
    reason: 'Причина',
    file: 'Файл',
    schema: 'Версия файла и последняя известная',
    chat: 'Чат',
    receiver: 'Получатель',
    total: 'Всего',
  },
  links: { runbook: 'Что делать', query: 'График', grafana: 'Grafana', status: 'Состояние' },

  members: (firing, resolved) => {
    if (firing === 0) return `В норме: ${alerts(resolved)}`;
    const all = capital(active(firing));
    return resolved === 0 ? all : `${all}, в норме ${number(resolved)}`;
  },
  andMore: (count) => `и ещё ${number(count)}`,
  moreFollows: (count) => `Ещё ${number(count)} — в следующем сообщении`,
  repeats: (count, last) => `Повторов: ${number(count)}, последний ${at(last)}`,
  resolved: 'Решено: ',
  lasted: (duration, span, severity) =>
    `${severity === 'critical' ? 'Сбой длился' : 'Проблема длилась'} ${duration} (${span})`,
  since: (began) => capital(from(began)),
  burningFor: (duration, began, asOf) => `Идёт ${duration}, ${from(began)} (обновлено ${at(asOf)})`,
  flapping: (count, duration, isFiring) =>
    `Мигает: ${times(count)} за ${duration}, сейчас ${isFiring ? 'сбой' : 'в норме'}`,
  stillBurning: (duration) => `Всё ещё не исправлено: ${duration}`,
  untaken: (duration) => `Идёт ${duration}, никто не занимается`,
  passedOn: (duration) => `За ${duration} никто этим не занялся`,
  taken: { by: 'Занимается ', since: (moment) => `, ${from(moment)}` },
  goesOn: 'Дальше — в новом сообщении',
  late: (delay, cause) => `С опозданием на ${delay}: ${LATE[cause]}`,
  began: (moment) => `Началось ${at(moment)}`,
  happened: (moment) => `Случилось ${at(moment)}`,
  overBeforeDelivery: 'Уже в норме',

  report: {
    title: (date) => `[Coins] Ежедневный отчет за ${date}`,
    exporterSilent: 'Экспортёр не ответил: показано то, что известно без него',
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
  digest: (severity, members) => `Сразу ${counted(MEMBERS[severity])(members)}`,
  digestOver: (severity, members) => `Решено: ${counted(MEMBERS[severity])(members)}`,
  quiet: (members, firing, isMaintenance) =>
    `${isMaintenance ? 'За время обслуживания' : 'За ночь'}: ${events(members)}${firing > 0 ? `, ещё ${active(firing)}` : ''}`,
  digestNote: 'Сводкой, чтобы не слать по одному. Все: /alerts',
  resolvedOf: (resolved, members) => `в норме ${number(resolved)} из ${number(members)}`,

  botStopped: 'Если это не вы: `docker ps -a --filter name=expense_bot_app`',
  crashed: (downtime, span) =>
    `Простой ${downtime} (${span}). Активные алерты придут снова.\n\`docker compose -p expensebot-monitoring logs --tail 100 alert-bridge\``,
  gap: (duration, span) => `${duration} (${span})`,
  stillFiring: (count) => `Ещё ${plural(count, ACTIVE)} (${number(count)})`,
  closedUnseen: (count) =>
    `${plural(count, { one: 'Закрылся', few: 'Закрылись', many: 'Закрылись', other: 'Закрылись' })} за это время (${number(count)})`,
  topicGone:
    'Сообщения идут в общий чат. Откройте тему или исправьте её номер в ADMIN_TELEGRAM_ID (файл .env), затем в папке мониторинга: `docker compose up -d`',
  changeSecrets: 'Как сменить каждый',
  remindedWeekly:
    'Напоминание приходит раз в неделю. Срок в днях: `secret_max_age_days` в alert-bridge/config.yml.',
  truncated: (hidden) =>
    `Отправитель сократил список: не дошло ещё ${alerts(hidden)}. Все активные алерты видны в Alertmanager или Grafana. Чтобы приходили все, уберите max_alerts у этого получателя.`,
  stateLost: {
    damaged: { title: 'База мониторинга повреждена, начата новая', text: BEGUN_ANEW },
    other_key: {
      title: 'База мониторинга зашифрована другим ключом, начата новая',
      text: `${BEGUN_ANEW} Если вернуть прежний STATE_KEY, файл можно восстановить.`,
    },
    key: {
      title: 'Ключ базы мониторинга не читается, начата новая база',
      text: `${BEGUN_ANEW} Файл state.key отложен вместе с прежней базой.`,
    },
    newer: {
      title: 'База мониторинга — от более новой версии, начата новая',
      text: `${BEGUN_ANEW} Если вернуть ту версию мониторинга, файл можно восстановить.`,
    },
    missing: { title: 'База мониторинга исчезла или пуста, начата новая', text: BEGUN_ANEW },
    log_missing: {
      title: 'Исчез журнал базы мониторинга (-wal)',
      text: 'Последние принятые алерты могли потеряться, последние сообщения могут прийти ещё раз. Активные алерты Alertmanager пришлёт снова.',
    },
    rows: {
      title: 'Часть записей базы мониторинга не читается',
      text: 'Они отложены в том же файле. Забыты заглушения, паузы и сроки, которые в них были.',
    },
    hash_key: {
      title: 'Ключ хешей мониторинга не читается, создан новый',
      text: 'У людей и чатов в логах и метриках теперь другие хеши.',
    },
  },
  notTaken:
    'Telegram не принимает текст этого сообщения. О чём оно — в Grafana или в ответе alert-bridge на GET /api/v1/signals',
  notRendered: 'Сообщение без оформления из-за ошибки мониторинга. Подробности — в логах alert-bridge, №',
};
