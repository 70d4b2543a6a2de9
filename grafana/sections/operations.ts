import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines, stat, table } from '../panels.ts';

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
