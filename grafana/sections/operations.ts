import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lanes, lines, stat, table, words } from '../panels.ts';

export const celery: Section = {
  title: 'Celery',
  panels: [
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Воркеры',
        description: 'Подключённые к брокеру: replying отвечают на ping, hung молчат.',
        unit: 'short',
        queries: [{ expr: `max by (state) (${exporter.celeryWorkers.name})`, legend: '{{state}}' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Очереди',
        description: 'Ждущие задачи по очередям, все приоритеты вместе. Линия — порог оповещения.',
        unit: 'short',
        limit: { at: thresholds.celeryQueueMaxMessages.value, bad: 'above' },
        queries: [{ expr: `sum by (queue) (${exporter.celeryQueueMessages.name})`, legend: '{{queue}}' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Самая старая задача',
        description: 'Сколько первая в очереди задача ждёт по меньшей мере. Пусто — очередь пуста.',
        unit: 's',
        queries: [
          { expr: `time() - max by (queue) (${exporter.celeryQueueOldest.name})`, legend: '{{queue}}' },
        ],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Не подтверждены',
        description: 'Задачи, которые воркеры взяли и ещё не закончили: выполняются или ждут своего времени.',
        unit: 'short',
        queries: [{ expr: `max(${exporter.celeryUnacked.name})`, legend: 'unacked' }],
      }),
    },
  ],
};

export const outside: Section = {
  title: 'Вебхук и сертификаты',
  panels: [
    {
      width: 8,
      height: 7,
      panel: lines({
        title: 'Ждут вебхука',
        description: 'Обновления, которые Telegram не смог передать боту. Линия — порог проверки.',
        unit: 'short',
        limit: { at: thresholds.webhookPendingMaxUpdates.value, bad: 'above' },
        queries: [{ expr: `max(${exporter.webhookPendingUpdates.name})`, legend: 'ждут' }],
      }),
    },
    {
      width: 8,
      height: 7,
      panel: stat({
        title: 'Последняя ошибка вебхука',
        description: 'Когда Telegram последний раз не смог передать обновление. Нет данных — ошибок не было.',
        unit: 'dateTimeFromNow',
        query: { expr: `max(${exporter.webhookLastError.name}) * 1000` },
      }),
    },
    {
      width: 8,
      height: 7,
      panel: lines({
        title: 'Сертификаты: осталось',
        description: 'Время до конца действия сертификата. Ниже линии (14 дней) приходит оповещение.',
        unit: 's',
        limit: { at: thresholds.certificateExpirySeconds.value, bad: 'below' },
        queries: [
          { expr: `min by (target) (${exporter.tlsCertificateExpiry.name}) - time()`, legend: '{{target}}' },
        ],
      }),
    },
  ],
};

export const housekeeping: Section = {
  title: 'Задания и мост',
  panels: [
    {
      width: 12,
      height: 8,
      panel: table({
        title: 'Задания экспортёра',
        description: 'Когда задание по расписанию последний раз удалось и сколько длилось.',
        unit: 'short',
        key: 'job_name',
        keyTitle: 'Задание',
        columns: [
          {
            query: { expr: `max by (job_name) (${exporter.jobLastSuccess.name}) * 1000` },
            title: 'Последний успех',
            unit: 'dateTimeFromNow',
          },
          {
            query: { expr: `max by (job_name) (${exporter.jobDuration.name})` },
            title: 'Длилось',
            unit: 's',
          },
        ],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'История ждёт записи',
        description: 'Проверки и дни, которые ещё не записаны в PostgreSQL. Растёт, пока база не принимает.',
        unit: 'short',
        queries: [{ expr: `max(${exporter.historyPending.name})`, legend: 'ждут' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Картинки за сутки',
        description: 'Картинки под сообщениями: отправлены и опущены по причине.',
        unit: 'short',
        queries: [
          { expr: `sum(increase(${bridge.picturesSent.name}[1d]))`, legend: 'отправлены' },
          {
            expr: `sum by (reason) (increase(${bridge.picturesDropped.name}[1d]))`,
            legend: '{{reason}}',
          },
        ],
      }),
    },
  ],
};

const yesOrNo = (yes: string, no: string, noColor: string) =>
  words({ 1: { text: yes, color: 'green' }, 0: { text: no, color: noColor } });

export const bridges: Section = {
  title: 'Мост: цепочка, бот, запасной канал',
  panels: [
    {
      width: 6,
      height: 7,
      panel: lines({
        title: 'Watchdog и отметки: возраст',
        description:
          'Сколько прошло с последнего Watchdog у каждого моста и с последней отметки каждого, кто должен отмечаться.',
        unit: 's',
        queries: [
          {
            expr: `time() - max by (instance) (${bridge.watchdogLastSeen.name})`,
            legend: 'Watchdog → {{instance}}',
          },
          { expr: `time() - max by (checkin) (${bridge.checkInLastSeen.name})`, legend: '{{checkin}}' },
        ],
      }),
    },
    {
      width: 6,
      height: 7,
      panel: lanes({
        title: 'Бот слышит',
        description: 'Слышит ли бот команды и кнопки. Пусто — мост только отправляет.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.pollingUp.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('слышит', 'не слышит', 'red')],
      }),
    },
    {
      width: 6,
      height: 7,
      panel: lines({
        title: 'Запасной канал за сутки',
        description:
          'Уведомления, ушедшие почтой или через ntfy, пока Telegram не принимал сообщений, и неудачные попытки.',
        unit: 'short',
        queries: [
          {
            expr: `sum by (channel) (increase(${bridge.secondChannelMessages.name}[1d]))`,
            legend: '{{channel}}',
          },
          {
            expr: `sum by (channel) (increase(${bridge.secondChannelFailures.name}[1d]))`,
            legend: '{{channel}}: неудачно',
          },
        ],
      }),
    },
    {
      width: 6,
      height: 7,
      panel: table({
        title: 'Задания моста',
        description:
          'Когда задание по расписанию последний раз удалось хотя бы у одного моста и сколько длилось.',
        unit: 'short',
        key: 'job_name',
        keyTitle: 'Задание',
        columns: [
          {
            query: { expr: `max by (job_name) (${bridge.jobLastSuccess.name}) * 1000` },
            title: 'Последний успех',
            unit: 'dateTimeFromNow',
          },
          {
            query: { expr: `max by (job_name) (${bridge.jobDuration.name})` },
            title: 'Длилось',
            unit: 's',
          },
        ],
      }),
    },
    {
      width: 12,
      height: 6,
      panel: lanes({
        title: 'Мосты сообща',
        description:
          'Договаривается ли каждый из нескольких мостов с другими через Redis. Пусто — мост один.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.haUp.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('сообща', 'один', 'red')],
      }),
    },
    {
      width: 12,
      height: 6,
      panel: lanes({
        title: 'Кто ведёт',
        description: 'Какой из нескольких мостов слушает бота за всех. Пусто — мост один.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.haLeader.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('ведёт', 'ждёт', 'text')],
      }),
    },
  ],
};
