import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';

/** The uid of grafana/provisioning/datasources/prometheus.yml; a test holds the two together. */
export const datasource: common.DataSourceRef = { type: 'prometheus', uid: 'prometheus' };

export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** What every panel must say about itself. `unit` is one of Grafana's unit ids. */
interface Basics {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly decimals?: number;
}

/** Colours by value: the first step has no lower bound. */
export type Steps = readonly [{ color: string }, ...{ color: string; from: number }[]];

const plain: Steps = [{ color: 'text' }];

function thresholdsOf(steps: Steps): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map((step) => ({ color: step.color, value: 'from' in step ? step.from : null })));
}

/** refIds are not given out by the SDK; Grafana needs a different one for every query of a panel. */
function targets(
  queries: readonly Query[],
  kind: 'range' | 'instant' | 'table',
): prometheus.DataqueryBuilder[] {
  return queries.map((query, index) => {
    const target = new prometheus.DataqueryBuilder()
      .datasource(datasource)
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .expr(query.expr)
      .format(kind === 'table' ? prometheus.PromQueryFormat.Table : prometheus.PromQueryFormat.TimeSeries);
    if (query.legend !== undefined) target.legendFormat(query.legend);
    return kind === 'range' ? target.range() : target.instant();
  });
}

/** A value mapping from exact values to words and colours. */
export function words(
  map: Readonly<Record<string, { text: string; color: string }>>,
): dashboard.ValueMapping {
  return {
    type: dashboard.MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(map).map(([value, result], index) => [value, { ...result, index }]),
    ),
  };
}

const noData = 'нет данных';

/** One big figure, coloured by `steps`; `history` draws its course behind it. */
export function stat(
  options: Basics & {
    readonly query: Query;
    readonly steps?: Steps;
    readonly mappings?: dashboard.ValueMapping[];
    readonly history?: boolean;
  },
): Builder<dashboard.Panel> {
  const history = options.history ?? false;
  const panel = new Stat()
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(noData)
    .targets(targets([options.query], history ? 'range' : 'instant'))
    // An empty list of calculations means "last", null included: the newest known value is wanted.
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .colorMode(options.steps ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .graphMode(history ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .thresholds(thresholdsOf(options.steps ?? plain))
    .mappings(options.mappings ?? []);
  return options.decimals === undefined ? panel : panel.decimals(options.decimals);
}

/** Lines over time. `limit` is drawn as a line; the bad side of it is filled. */
export function lines(
  options: Basics & {
    readonly queries: readonly Query[];
    readonly limit?: { readonly at: number; readonly bad: 'above' | 'below' };
    readonly min?: number;
    readonly max?: number;
  },
): Builder<dashboard.Panel> {
  const panel = new TimeSeries()
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(noData)
    .min(options.min ?? 0)
    .lineWidth(2)
    .fillOpacity(8)
    // A gap is "not known": joining its ends would invent figures.
    .spanNulls(false)
    .showPoints(common.VisibilityMode.Never)
    .targets(targets(options.queries, 'range'))
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull']),
    );
  if (options.max !== undefined) panel.max(options.max);
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  if (options.limit) {
    const { at, bad } = options.limit;
    const [below, above] = bad === 'above' ? ['transparent', 'red'] : ['red', 'transparent'];
    panel
      .thresholds(thresholdsOf([{ color: below }, { color: above, from: at }]))
      .thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.LineAndArea),
      );
  }
  return panel;
}

/** States over time, one lane per series. */
export function lanes(
  options: Basics & { readonly query: Query; readonly mappings: dashboard.ValueMapping[] },
): Builder<dashboard.Panel> {
  return new StateTimeline()
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(noData)
    .targets(targets([options.query], 'range'))
    .mappings(options.mappings)
    .thresholds(thresholdsOf(plain))
    .mergeValues(true)
    .showValue(common.VisibilityMode.Never)
    .rowHeight(0.8)
    .legend(new common.VizLegendOptionsBuilder().showLegend(false));
}

/** Horizontal bars, one per series, longest first by the query's own order. */
export function bars(options: Basics & { readonly query: Query }): Builder<dashboard.Panel> {
  return new BarGauge()
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(noData)
    .min(0)
    .targets(targets([options.query], 'instant'))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor('blue'))
    .thresholds(thresholdsOf(plain));
}

export interface Column {
  readonly query: Query;
  readonly title: string;
  readonly unit: string;
  readonly mappings?: dashboard.ValueMapping[];
}

/** A table with one row per value of `key` and one column per query, each aggregated by that label. */
export function table(
  options: Basics & { readonly key: string; readonly keyTitle: string; readonly columns: readonly Column[] },
): Builder<dashboard.Panel> {
  const queries = targets(
    options.columns.map((column) => column.query),
    'table',
  );
  const names = options.columns.map((column, index) => ({
    column,
    // With several queries in table format Grafana calls their values "Value #<refId>", with one just "Value".
    field:
      options.columns.length === 1 ? 'Value' : `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`,
  }));
  const panel = new Table()
    .title(options.title)
    .description(options.description)
    .datasource(datasource)
    .unit(options.unit)
    .noValue(noData)
    .targets(queries)
    .thresholds(thresholdsOf(plain))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries([
          [options.key, 0],
          ...names.map(({ field }, index): [string, number] => [field, index + 1]),
        ]),
        renameByName: Object.fromEntries([
          [options.key, options.keyTitle],
          ...names.map(({ field, column }): [string, string] => [field, column.title]),
        ]),
      },
    });
  for (const { column } of names) {
    panel.overrideByName(column.title, [
      { id: 'unit', value: column.unit },
      ...(column.mappings
        ? [
            { id: 'mappings', value: column.mappings },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]
        : []),
    ]);
  }
  return panel;
}
