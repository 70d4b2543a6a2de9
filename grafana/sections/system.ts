import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lanes, lines, stat, table, words } from '../panels.ts';

const upWords = words({
  '1': { text: 'работает', color: 'green' },
  '0': { text: 'не работает', color: 'red' },
});

export const verdict: Section = {
  title: 'Всё ли в порядке?',
  panels: [
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Состояние',
        description:
          'Общая оценка /health. «Не работает» — не отвечает база или Redis; «Работает с перебоями» — не работает или неизвестно что-то другое.',
        unit: 'short',
        query: {
          expr: `max(${exporter.healthStatus.name}{status="degraded"}) + 2 * max(${exporter.healthStatus.name}{status="unhealthy"})`,
        },
        steps: [{ color: 'green' }, { color: 'orange', from: 1 }, { color: 'red', from: 2 }],
        mappings: [
          words({
            '0': { text: 'Всё работает', color: 'green' },
            '1': { text: 'Работает с перебоями', color: 'orange' },
            '2': { text: 'Не работает', color: 'red' },
          }),
        ],
      }),
    },
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Не работает компонентов',
        description: 'Сколько компонентов не прошли проверку несколько раз подряд.',
        unit: 'short',
        query: {
          expr: `count(${exporter.componentUp.name} == 0) or count(${exporter.componentUp.name}) * 0`,
        },
        steps: [{ color: 'green' }, { color: 'red', from: 1 }],
      }),
    },
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Активные алерты',
        description: 'Сколько алертов сейчас активно в Prometheus, кроме постоянного Watchdog.',
        unit: 'short',
        query: { expr: 'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)' },
        steps: [{ color: 'green' }, { color: 'orange', from: 1 }],
      }),
    },
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Активны за сутки (DAU)',
        description: 'Пользователи, записавшие трату или доход за последние 24 часа.',
        unit: 'short',
        query: { expr: `max(${exporter.activeUsers.name}{window="1d"})` },
        history: true,
      }),
    },
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Не отправлено',
        description:
          'Алерты и события, которые alert-bridge принял, но ещё не отправил. Больше нуля дольше минуты — Telegram недоступен.',
        unit: 'short',
        query: { expr: `max(${bridge.signalsPending.name})` },
        steps: [{ color: 'green' }, { color: 'orange', from: 1 }, { color: 'red', from: 20 }],
      }),
    },
    {
      width: 4,
      height: 5,
      panel: stat({
        title: 'Последний Watchdog',
        description:
          'Сколько времени назад до alert-bridge дошёл Watchdog. Он приходит каждую минуту; нет пять минут — алерты не доходят.',
        unit: 's',
        decimals: 0,
        query: { expr: `time() - max(${bridge.watchdogLastSeen.name})` },
        steps: [{ color: 'green' }, { color: 'orange', from: 150 }, { color: 'red', from: 300 }],
      }),
    },
  ],
};

export const components: Section = {
  title: 'Компоненты',
  panels: [
    {
      width: 14,
      height: 10,
      panel: lanes({
        title: 'Работа компонентов',
        description:
          'Состояние каждого компонента по нескольким проверкам подряд. Пробел — оно неизвестно или проверка выключена.',
        unit: 'short',
        query: { expr: `max by (component) (${exporter.componentUp.name})`, legend: '{{component}}' },
        mappings: [upWords],
      }),
    },
    {
      width: 10,
      height: 10,
      panel: table({
        title: 'Компоненты сейчас',
        description: 'Последний результат каждой проверки: состояние, время ответа, последний успех.',
        unit: 'short',
        key: 'component',
        keyTitle: 'Компонент',
        columns: [
          {
            query: { expr: `max by (component) (${exporter.componentUp.name})` },
            title: 'Состояние',
            unit: 'short',
            mappings: [upWords],
          },
          {
            query: { expr: `max by (component) (${exporter.probeDuration.name})` },
            title: 'Ответ',
            unit: 's',
          },
          {
            query: { expr: `max by (component) (${exporter.probeLastSuccess.name}) * 1000` },
            title: 'Последний успех',
            unit: 'dateTimeFromNow',
          },
        ],
      }),
    },
    {
      width: 24,
      height: 8,
      panel: lines({
        title: 'Время ответа',
        description: 'Сколько длилась последняя проверка компонента, успешная или с ошибкой.',
        unit: 's',
        queries: [{ expr: `max by (component) (${exporter.probeDuration.name})`, legend: '{{component}}' }],
      }),
    },
  ],
};

export const host: Section = {
  title: 'Сервер',
  panels: [
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Процессор',
        description: 'Доля занятого времени всех ядер. Линия — порог алерта (он приходит через 10 минут).',
        unit: 'percentunit',
        max: 1,
        limit: { at: thresholds.cpuUsageMaxRatio.value, bad: 'above' },
        queries: [{ expr: exporter.hostCpuUsage.name, legend: 'занято' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Память',
        description:
          'Доля памяти, недоступной программам (кеш диска считается доступной). Линия — порог алерта.',
        unit: 'percentunit',
        max: 1,
        limit: { at: thresholds.memoryUsageMaxRatio.value, bad: 'above' },
        queries: [{ expr: exporter.hostMemoryUsage.name, legend: 'занято' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Свободно на диске',
        description:
          'Место, которое ещё можно занять. Ниже линии приходит алерт: скоро остановится база данных.',
        unit: 'decbytes',
        limit: { at: thresholds.diskFreeMinBytes.value, bad: 'below' },
        queries: [{ expr: exporter.hostDiskFree.name, legend: '{{mountpoint}}' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Память Redis',
        description: 'Сколько памяти занимают данные Redis. Постоянный рост — копится очередь задач или кеш.',
        unit: 'bytes',
        queries: [{ expr: exporter.redisMemoryUsed.name, legend: 'used_memory' }],
      }),
    },
  ],
};
