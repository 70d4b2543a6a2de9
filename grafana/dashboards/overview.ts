import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { classicDashboard } from '../layout.ts';
import type { ClassicDashboard } from '../layout.ts';
import { datasource } from '../panels.ts';
import { delivery } from '../sections/delivery.ts';
import { finance, users } from '../sections/product.ts';
import { components, host, verdict } from '../sections/system.ts';
import { traffic } from '../sections/traffic.ts';

/** The overview: is it OK, and if not, where to look. */
export function overview(): ClassicDashboard {
  return classicDashboard({
    uid: 'expensebot-overview',
    title: 'ExpenseBot — обзор',
    description: 'Всё ли в порядке с ExpenseBot, и если нет, куда смотреть.',
    variables: [
      new dashboard.QueryVariableBuilder('currency')
        .label('Валюта')
        .description('Валюта раздела «Топ категорий»')
        .datasource(datasource)
        .query(`label_values(${exporter.dailyExpensesAmount.name}, currency)`)
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
        .sort(dashboard.VariableSort.AlphabeticalAsc)
        .current({ selected: true, text: 'RUB', value: 'RUB' }),
    ],
    sections: [verdict, components, traffic, host, users, finance, delivery],
  });
}
