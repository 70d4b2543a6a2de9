import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels.ts';
import type { Query } from '../panels.ts';

/** Growth per hour; a counter that has not been counted up yet is zero as soon as the bridge itself is known. */
function perHour(name: string, legend: string): Query {
  const known = `sum(increase(${bridge.signalsAccepted.name}[1h])) * 0`;
  return { expr: `sum(increase(${name}[1h])) or ${known}`, legend };
}

function quantile(q: number, legend: string): Query {
  return {
    expr: `histogram_quantile(${q}, sum by (le) (rate(${bridge.deliverySeconds.name}_bucket[1h])))`,
    legend,
  };
}

export const delivery: Section = {
  title: 'Доставка оповещений',
  panels: [
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'Сигналы за час',
        description:
          'Что стало с принятыми сигналами: показаны своим сообщением, показаны в другом, опущены по причине, отвергнуты навсегда.',
        unit: 'short',
        queries: [
          perHour(bridge.signalsAccepted.name, 'принято'),
          perHour(bridge.signalsDelivered.name, 'доставлено'),
          perHour(bridge.signalsMerged.name, 'объединено'),
          perHour(bridge.signalsSuppressed.name, 'опущено'),
          perHour(bridge.signalsFailed.name, 'отвергнуто'),
        ],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Ждут доставки: ход',
        description: 'Сигналы, принятые, но ещё не показанные. Ничего не теряется: они ждут на диске.',
        unit: 'short',
        queries: [{ expr: `max(${bridge.signalsPending.name})`, legend: 'ждут' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'От приёма до доставки',
        description:
          'Время от приёма сигнала до подтверждения Telegram: половина и 95 % сигналов за последний час.',
        unit: 's',
        queries: [quantile(0.5, 'половина'), quantile(0.95, '95 %')],
      }),
    },
    {
      width: 24,
      height: 7,
      panel: lines({
        title: 'Запросы к Telegram за час',
        description: 'Все запросы моста к Bot API и те из них, на которые пришёл отказ или не пришло ответа.',
        unit: 'short',
        queries: [
          perHour(bridge.telegramRequests.name, 'всего'),
          perHour(bridge.telegramFailures.name, 'неудачно'),
        ],
      }),
    },
  ],
};
