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
  title: 'Доставка в Telegram',
  panels: [
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'Алерты и события за час',
        description:
          'Что стало с принятыми: отправлены своим сообщением, объединены с другим, пропущены по причине, не доставлены (отказ Telegram).',
        unit: 'short',
        queries: [
          perHour(bridge.signalsAccepted.name, 'принято'),
          perHour(bridge.signalsDelivered.name, 'отправлено'),
          perHour(bridge.signalsMerged.name, 'объединено'),
          perHour(bridge.signalsSuppressed.name, 'пропущено'),
          perHour(bridge.signalsFailed.name, 'не доставлено'),
        ],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'Не отправлено: ход',
        description:
          'Алерты и события, которые приняты, но ещё не отправлены. Ничего не теряется: они ждут на диске.',
        unit: 'short',
        queries: [{ expr: `max(${bridge.signalsPending.name})`, legend: 'не отправлено' }],
      }),
    },
    {
      width: 6,
      height: 8,
      panel: lines({
        title: 'От приёма до отправки',
        description:
          'Время от приёма алерта или события до подтверждения Telegram: половина и 95 % за последний час.',
        unit: 's',
        queries: [quantile(0.5, 'половина'), quantile(0.95, '95 %')],
      }),
    },
    {
      width: 24,
      height: 7,
      panel: lines({
        title: 'Запросы к Telegram за час',
        description:
          'Все запросы alert-bridge к Bot API и те из них, на которые пришёл отказ или не пришло ответа.',
        unit: 'short',
        queries: [
          perHour(bridge.telegramRequests.name, 'всего'),
          perHour(bridge.telegramFailures.name, 'с ошибкой'),
        ],
      }),
    },
  ],
};
