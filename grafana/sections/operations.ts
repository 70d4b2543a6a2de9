import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lanes, lines, stat, table, words } from '../panels.ts';

const workers = (state: string): string => `max(${exporter.celeryWorkers.name}{state="${state}"})`;

export const celery: Section = {
  title: 'Celery',
  panels: [
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Воркеры',
        description:
          'Воркеры, подключённые к брокеру: отвечают на ping, заняты задачей (пул solo) или зависли.',
        unit: 'short',
        queries: [
          { expr: workers('replying'), legend: 'отвечают' },
          { expr: workers('busy'), legend: 'заняты' },
          { expr: workers('hung'), legend: 'зависли' },
        ],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Очереди',
        description: 'Ждущие задачи по очередям, все приоритеты вместе. Линия — порог алерта.',
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
        title: 'Не подтверждено (unacked)',
        description:
          'Задачи, которые воркеры получили и ещё не закончили: выполняются или ждут своего времени.',
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
        title: 'Вебхук: ждут доставки',
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
        description: 'Время до конца действия сертификата. Ниже линии (14 дней) приходит алерт.',
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
  title: 'Задания, история, картинки',
  panels: [
    {
      width: 12,
      height: 8,
      panel: table({
        title: 'Задания экспортёра',
        description: 'Когда задание по расписанию последний раз выполнено и сколько длилось.',
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
        description:
          'Проверки и дни, которые ещё не записаны в PostgreSQL. Растёт, пока база не принимает записи.',
        unit: 'short',
        queries: [{ expr: `max(${exporter.historyPending.name})`, legend: 'ждут' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Картинки за сутки',
        description: 'Картинки под сообщениями: отправлены или пропущены, и почему.',
        unit: 'short',
        queries: [
          { expr: `sum(increase(${bridge.picturesSent.name}[1d]))`, legend: 'отправлены' },
          {
            expr: `sum by (reason) (increase(${bridge.picturesDropped.name}[1d]))`,
            legend: 'пропущены: {{reason}}',
          },
        ],
      }),
    },
  ],
};

const yesOrNo = (yes: string, no: string, noColor: string) =>
  words({ 1: { text: yes, color: 'green' }, 0: { text: no, color: noColor } });

export const bridges: Section = {
  title: 'alert-bridge: Watchdog, бот, запасной канал, копии',
  panels: [
    {
      width: 6,
      height: 7,
      panel: lines({
        title: 'Watchdog и контрольные отметки: возраст',
        description:
          'Сколько прошло с последнего Watchdog у каждой копии alert-bridge и с последней контрольной отметки каждого, кто должен выходить на связь.',
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
        title: 'Бот принимает команды',
        description: 'Принимает ли бот команды и кнопки. Пусто — alert-bridge только отправляет.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.pollingUp.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('принимает', 'не принимает', 'red')],
      }),
    },
    {
      width: 6,
      height: 7,
      panel: lines({
        title: 'Запасной канал за сутки',
        description:
          'Сообщения, отправленные почтой и через ntfy, пока Telegram не отвечал, и попытки с ошибкой.',
        unit: 'short',
        queries: [
          {
            expr: `sum by (channel) (increase(${bridge.secondChannelMessages.name}[1d]))`,
            legend: '{{channel}}',
          },
          {
            expr: `sum by (channel) (increase(${bridge.secondChannelFailures.name}[1d]))`,
            legend: '{{channel}}: с ошибкой',
          },
        ],
      }),
    },
    {
      width: 6,
      height: 7,
      panel: table({
        title: 'Задания alert-bridge',
        description:
          'Когда задание по расписанию последний раз выполнено хотя бы одной копией и сколько длилось.',
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
        title: 'Связь копий',
        description: 'Есть ли у каждой копии alert-bridge связь с другими через Redis. Пусто — копия одна.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.haUp.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('на связи', 'нет связи', 'red')],
      }),
    },
    {
      width: 12,
      height: 6,
      panel: lanes({
        title: 'Ведущая копия',
        description: 'Какая копия alert-bridge принимает команды за всех. Пусто — копия одна.',
        unit: 'short',
        query: { expr: `max by (instance) (${bridge.haLeader.name})`, legend: '{{instance}}' },
        mappings: [yesOrNo('ведущая', 'запасная', 'text')],
      }),
    },
  ],
};
