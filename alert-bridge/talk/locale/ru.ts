import { pluralIn } from '../../../common/text/plural.ts';
import { formatNumber } from '../../render/numbers.ts';
import type { BlastRadius } from '../mute.ts';
import type { TalkPhrases } from './phrases.ts';

const plural = pluralIn('ru');
const counts = new Intl.NumberFormat('ru');

const alerts = (count: number): string =>
  `${formatNumber(count)} ${plural(count, { one: 'сигнал', few: 'сигнала', many: 'сигналов', other: 'сигнала' })}`;
const critical = (count: number): string =>
  `${formatNumber(count)} ${plural(count, { one: 'критический', few: 'критических', many: 'критических', other: 'критических' })}`;

const radius = ({ alerts: all, critical: worst }: BlastRadius): string => {
  if (all === 1 && worst === 1) return '1 критический сигнал';
  return worst === 0 ? `${alerts(all)}, критических нет` : `${alerts(all)}, из них ${critical(worst)}`;
};

export const ru: TalkPhrases = {
  buttons: {
    acknowledge: '✅ Взял',
    runbook: '📖 Что делать',
    confirm: '🔕 Подтвердить',
    cancel: 'Отмена',
    unmute: '🔔 Снять',
    extend: 'Продлить',
    let_ring: 'Пусть звонит',
    previous: '‹ Назад',
    next: 'Дальше ›',
    expire: (number) => `Снять ${number}`,
  },
  lengths: { '1h': '1 ч', '4h': '4 ч', morning: 'до утра' },
  commands: {
    status: 'что сейчас: всё на одном экране',
    health: 'состояние компонентов',
    alerts: 'что горит, худшее сверху',
    silences: 'что заглушено и до какого времени',
    report: 'отчёт за вчера или за день: /report 2024-09-21',
    kpi: 'показатели бота',
    mute: 'заглушить всё или один сигнал: /mute 1ч|4ч|утро имя',
    help: 'список команд',
  },
  help: 'Команды',
  unknownCommand: (name) => `Команды /${name} нет.`,

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
        worst > 0 ? `${worst === 1 ? 'критический' : 'критических'} ${counts.format(worst)}` : '',
        muted > 0 ? `${muted === 1 ? 'заглушён' : 'заглушено'} ${counts.format(muted)}` : '',
      ].filter((part) => part !== '');
      return `${start}: ${counts.format(firing)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
    },
    silences: (count, firstEnd) => `Заглушено: ${counts.format(count)}, ближайшее до ${firstEnd}`,
    queue: (count) => (count === 0 ? 'Всё отправлено' : `Не отправлено сообщений: ${counts.format(count)}`),
  },
  exporterSilent: 'Экспортёр не отвечает: о компонентах ничего не известно.',
  alertmanagerSilent: 'Alertmanager не отвечает: о заглушках ничего не известно.',
  lastKnown: 'По последним сообщениям',

  milliseconds: 'мс',
  alertsTitle: (count) => `Горит: ${alerts(count)}`,
  noAlerts: 'Ничего не горит.',
  since: (time, duration) => `с ${time} (${duration})`,
  andMore: (count) => `… и ещё ${formatNumber(count)}`,

  silencesTitle: (count) => `Заглушки: ${formatNumber(count)}`,
  noSilences: 'Заглушек нет.',
  until: (time) => `до ${time}`,

  kpi: {
    title: 'Показатели',
    day: (date) => `За ${date}`,
    silent: 'Экспортёр не отвечает: что сейчас, неизвестно.',
    noDay: 'Экспортёр не дал показателей за вчера.',
    active24h: 'Активных за 24 ч',
    requestsPerMinute: 'Запросов в минуту',
    errorRate: 'Доля ошибок',
    users: 'Пользователей',
    active: 'Активных',
    new: 'Новых',
    subscriptions: 'Подписок',
    expenses: 'Записей о расходах',
    ai: 'Запросов к AI',
    unknown: 'нет данных',
  },
  reportUsage: (yesterday) =>
    `Напишите день, который уже прошёл: /report ${yesterday}. Без даты — отчёт за вчера.`,

  mute: {
    usage: 'Напишите: /mute 1ч, /mute 4ч или /mute утро, и, если нужно, имя сигнала. Список: /alerts.',
    everything: 'все сигналы',
    notTheWatchdog: 'Watchdog не глушится: без него кажется, что цепочка оповещений сломана.',
    preview: 'Заглушить ',
    radius: (hit) =>
      hit.alerts === 0 ? 'Сейчас не заглушит ни одного сигнала.' : `Заглушит ${radius(hit)}.`,
    radiusUnknown: 'Alertmanager не отвечает: что заглушит, неизвестно.',
    active: (until) => `заглушено до ${until}`,
    over: 'больше не заглушено',
    ended: 'Снято: ',
    cancelled: 'Отменено.',
    outdated: 'Вопрос устарел: нажмите кнопку ещё раз.',
    ending: (until, hit) => `Заглушка кончится в ${until}, а ещё горит: ${radius(hit)}.`,
  },

  toasts: {
    acknowledged: 'Записано: взяли вы',
    alreadyAcknowledged: (by) => `Уже взято: ${by}`,
    nothingKnown: 'Об этом сигнале больше ничего не известно',
    alertmanagerSilent: 'Alertmanager не отвечает: ничего не изменилось, попробуйте ещё раз',
    failed: 'Не получилось: подробности в журнале сервиса оповещений',
    muted: (until) => `Заглушено до ${until}`,
    unmuted: 'Больше не заглушено',
    over: 'Уже не заглушено',
    cancelled: 'Отменено',
    outdated: 'Вопрос устарел: нажмите кнопку ещё раз',
    extended: (until) => `Продлено до ${until}`,
    lettingRing: 'Пусть звонит',
  },
  runbookMissing: 'Инструкции здесь нет',
};
