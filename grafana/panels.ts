import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { catalog as exporter } from '../exporter/metrics/catalog.ts';
import type { PanelText, Words } from './words.ts';

/** The data source that the hidden variable of every dashboard names. */
export const datasource: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** Of what is not known: neither good nor bad. */
export const NO_DATA_COLOR = '#7b8087';

/** Colours by value: the first step has no lower bound. */
export type Steps = readonly [
  { readonly color: string },
  ...{ readonly color: string; readonly from: number }[],
];

/** For lines that are neither good nor bad: red, orange and green say something. */
export const NEUTRAL: readonly string[] = [
  ...['#5794f2', '#b877d9', '#56d0d6', '#fade2a', '#e3a6c8', '#c0a16b'],
  ...['#8ab8ff', '#2fa39a', '#d7b8ff', '#9aa5b1', '#fff0a3', '#3f6fd8'],
];

const fixed = (fixedColor: string) => ({ mode: 'fixed', fixedColor });

/** The usual steps: what is below `from` in the first colour, the rest in the second. */
export const below = (from: number, color = 'red', other = 'green'): Steps => [
  { color },
  { color: other, from },
];
export const above = (from: number, color = 'red', other = 'green'): Steps => below(from, other, color);

export interface Query {
  readonly expr: string;
  readonly legend?: string;
  readonly color?: string;
  /** The least step; `1d` gives one point a day. */
  readonly interval?: string;
}

export interface Tile {
  readonly name: string;
  /** Without labels: one value. */
  readonly expr: string;
  /** Of a value over a window: a metric without which it is of a past that nobody watches any more. */
  readonly alive?: string;
  readonly unit: string;
  readonly decimals?: number;
  /** Without them the value is neither good nor bad. */
  readonly steps?: Steps;
  readonly mappings?: readonly dashboard.ValueMapping[];
}

export interface Column {
  /** A label of the queries, or `Value #A` for the value of the first. With a single query it is `Value`. */
  readonly field: string;
  readonly title: string;
  readonly width?: number;
  readonly unit?: string;
  readonly decimals?: number;
  readonly steps?: Steps;
  readonly mappings?: readonly dashboard.ValueMapping[];
  readonly link?: { readonly title: string; readonly url: string };
  /** In a cell without a value, where that is not a lack of data. */
  readonly noValue?: string;
  /** Read by a link and not shown. */
  readonly hidden?: boolean;
}

export type Kit = ReturnType<typeof panelKit>;

/** Words and colours for exact values. */
export function words(
  map: Readonly<Record<string, { readonly text: string; readonly color?: string }>>,
): dashboard.ValueMapping {
  return {
    type: dashboard.MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(map).map(([value, result], index) => [value, { ...result, index }]),
    ),
  };
}

/** What a regular expression matches, in other words. */
export const pattern = (regex: string, text: string): dashboard.ValueMapping => ({
  type: dashboard.MappingType.RegexToText,
  options: { pattern: regex, result: { text, index: 50 } },
});

/** What stands for a value that is no number. */
export const notANumber = (text: string, color?: string): dashboard.ValueMapping => ({
  type: dashboard.MappingType.SpecialValue,
  options: {
    match: dashboard.SpecialValueMatch.NullAndNan,
    result: { text, ...(color === undefined ? {} : { color }), index: 99 },
  },
});

/** Names for values of a label. */
export const names = (map: Readonly<Record<string, string>>): dashboard.ValueMapping =>
  words(Object.fromEntries(Object.entries(map).map(([value, text]) => [value, { text }])));

function thresholdsOf(steps: Steps): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map((step) => ({ color: step.color, value: 'from' in step ? step.from : null })));
}

const plain: Steps = [{ color: 'text' }];

/** refIds are not given out by the SDK; Grafana needs a different one for every query of a panel. */
const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function targets(
  queries: readonly Query[],
  kind: 'range' | 'instant' | 'table',
): prometheus.DataqueryBuilder[] {
  return queries.map((query, index) => {
    const target = new prometheus.DataqueryBuilder()
      .datasource(datasource)
      .refId(refId(index))
      .expr(query.expr)
      .format(kind === 'table' ? prometheus.PromQueryFormat.Table : prometheus.PromQueryFormat.TimeSeries);
    if (query.legend !== undefined) target.legendFormat(query.legend);
    if (query.interval !== undefined) target.interval(query.interval);
    return kind === 'range' ? target.range() : target.instant();
  });
}

/** What a panel has of its own: the SDK's builders have no common type. */
interface Described<B> {
  title(title: string): B;
  description(description: string): B;
  datasource(ref: common.DataSourceRef): B;
  noValue(text: string): B;
}

/** The panels of these dashboards in one language. */
export function panelKit({ parts, states, components, renames }: Words) {
  const describe = <B extends Described<B>>(panel: B, [title, shows, good, todo]: PanelText): B =>
    panel
      .title(title)
      .description(`${shows}\n\n**${parts.good}:** ${good}\n\n**${parts.todo}:** ${todo}`)
      .datasource(datasource)
      .noValue(parts.noData);

  /** Gives components and providers their names, which a legend cannot, and colours that mean nothing. */
  const renamed = (
    panel: {
      withTransformation(transformation: dashboard.DataTransformerConfig): unknown;
      overrideByName(name: string, properties: dashboard.DynamicConfigValue[]): unknown;
    },
    queries: readonly Query[],
  ): void => {
    const label = (['component', 'provider'] as const).find((name) =>
      queries.some(({ legend }) => legend === `{{${name}}}`),
    );
    if (label === undefined) return;
    for (const [index, [name, title]] of Object.entries(renames[label]).entries()) {
      panel.withTransformation({
        id: 'renameByRegex',
        options: { regex: `^${name}$`, renamePattern: title },
      });
      panel.overrideByName(title, [{ id: 'color', value: fixed(NEUTRAL[index % NEUTRAL.length] ?? 'blue') }]);
    }
  };

  /** Without it Grafana gives a missing value the colour of the first step: green. */
  const unknown = notANumber(parts.noData, NO_DATA_COLOR);

  /** One block of figures of this moment, each with its own unit and colours; one that is not known stays, and says so. */
  function tiles(text: PanelText, list: readonly Tile[]): Builder<dashboard.Panel> {
    const panel = describe(new Stat(), text)
      .unit('short')
      .mappings([unknown])
      .thresholds(thresholdsOf(plain))
      .targets(
        targets(
          list.map(({ name, expr, alive }) => ({
            expr: `${alive === undefined ? expr : `(${expr}) and on () max(${alive})`} or on () vector(NaN)`,
            legend: name,
          })),
          'instant',
        ),
      )
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['last']).values(false))
      .colorMode(common.BigValueColorMode.BackgroundSolid)
      .graphMode(common.BigValueGraphMode.None)
      .textMode(common.BigValueTextMode.ValueAndName)
      .text(new common.VizTextDisplayOptionsBuilder().titleSize(14).valueSize(20))
      .justifyMode(common.BigValueJustifyMode.Center);
    for (const [index, tile] of list.entries())
      panel.overrideByQuery(refId(index), [
        { id: 'unit', value: tile.unit },
        ...(tile.decimals === undefined ? [] : [{ id: 'decimals', value: tile.decimals }]),
        { id: 'mappings', value: [...(tile.mappings ?? []), unknown] },
        { id: 'thresholds', value: thresholdsOf(tile.steps ?? [{ color: 'blue' }]).build() },
      ]);
    return panel;
  }

  /** Lines or bars over time. `limits` are dashed lines, in the colour of what must stay on this side of them. */
  function lines(
    text: PanelText,
    options: {
      /** Grafana's id of a unit; without it counts, which have no decimals. */
      readonly unit?: string;
      readonly decimals?: number;
      readonly queries: readonly Query[];
      readonly limits?: Steps;
      readonly max?: number;
      /** Bars on top of each other, one for every step; without them lines. */
      readonly bars?: boolean;
      /** Orders of magnitude on one axis; `symlog` where there are zeros. */
      readonly log?: 'log' | 'symlog';
    },
  ): Builder<dashboard.Panel> {
    const panel = describe(new TimeSeries(), text)
      .unit(options.unit ?? 'locale')
      .lineWidth(options.bars === true ? 0 : 2)
      .fillOpacity(options.bars === true ? 80 : 0)
      .drawStyle(options.bars === true ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
      // A gap is "not known": joining its ends would invent figures. A lone sample is a point.
      .spanNulls(false)
      .showPoints(common.VisibilityMode.Auto)
      .pointSize(4)
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
          // The last value of a series that ended hours ago would stand there as if it were of now.
          .calcs([]),
      );
    renamed(panel, options.queries);
    if (options.log === undefined) panel.min(0);
    else {
      const scale = new common.ScaleDistributionConfigBuilder().log(10);
      if (options.log === 'log') scale.type(common.ScaleDistribution.Log);
      else scale.type(common.ScaleDistribution.Symlog).linearThreshold(1);
      panel.scaleDistribution(scale);
    }
    if (options.bars === true)
      panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
    if (options.max !== undefined) panel.max(options.max);
    const decimals = options.decimals ?? (options.unit === undefined ? 0 : undefined);
    if (decimals !== undefined) panel.decimals(decimals);
    if (options.limits !== undefined)
      panel
        .thresholds(thresholdsOf(options.limits))
        .thresholdsStyle(
          new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
        );
    for (const [index, { color }] of options.queries.entries())
      if (color !== undefined) panel.overrideByQuery(refId(index), [{ id: 'color', value: fixed(color) }]);
    return panel;
  }

  /** States over time, one lane per series, with their words. */
  function lanes(
    text: PanelText,
    queries: readonly (Query & { readonly mappings: readonly dashboard.ValueMapping[] })[],
  ): Builder<dashboard.Panel> {
    const panel = describe(new StateTimeline(), text)
      .unit('short')
      .targets(targets(queries, 'range'))
      .mappings([unknown])
      .thresholds(thresholdsOf(plain))
      .mergeValues(true)
      .showValue(common.VisibilityMode.Auto)
      .alignValue(common.TimelineValueAlignment.Left)
      .rowHeight(0.85)
      .disablePagination()
      .legend(new common.VizLegendOptionsBuilder().showLegend(false));
    for (const [index, { mappings }] of queries.entries())
      panel.overrideByQuery(refId(index), [{ id: 'mappings', value: [...mappings, unknown] }]);
    renamed(panel, queries);
    return panel;
  }

  /** A table of this moment: one row for every set of labels that all queries are aggregated by. */
  function table(
    text: PanelText,
    options: {
      readonly queries: readonly string[];
      readonly columns: readonly Column[];
      /** By the title of a column: worst first. */
      readonly sort: readonly (readonly [title: string, order: 'asc' | 'desc'])[];
    },
  ): Builder<dashboard.Panel> {
    const { columns } = options;
    const [first] = columns;
    /** Several empty answers would leave the heads of columns alone, without a word. */
    const orUnknown = (expr: string): string =>
      `${expr} or on () label_replace(vector(NaN), "${first?.field ?? ''}", "${parts.noData}", "", "")`;
    const panel = describe(new Table(), text)
      .unit('short')
      .targets(
        targets(
          options.queries.map((expr, index) => ({ expr: index === 0 ? orUnknown(expr) : expr })),
          'table',
        ),
      )
      .thresholds(thresholdsOf(plain))
      .cellHeight(common.TableCellHeight.Sm)
      .minWidth(125)
      .sortBy(
        options.sort.map(([title, order]) =>
          new common.TableSortByFieldStateBuilder().displayName(title).desc(order === 'desc'),
        ),
      )
      .withTransformation({ id: 'merge', options: {} })
      .withTransformation({
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
          renameByName: Object.fromEntries(columns.map(({ field, title }) => [field, title])),
        },
      });
    for (const { title, ...column } of columns)
      panel.overrideByName(title, [
        ...(column.unit === undefined ? [] : [{ id: 'unit', value: column.unit }]),
        ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
        ...(column.width === undefined ? [] : [{ id: 'custom.width', value: column.width }]),
        {
          id: 'mappings',
          value: [
            ...(column.mappings ?? []),
            column.noValue === undefined ? unknown : notANumber(column.noValue),
          ],
        },
        ...(column.steps === undefined
          ? []
          : [{ id: 'thresholds', value: thresholdsOf(column.steps).build() }]),
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
        // Of an empty text; the mapping is of no value.
        ...(column.noValue === undefined ? [] : [{ id: 'noValue', value: column.noValue }]),
        ...(column.link === undefined ? [] : [{ id: 'links', value: [column.link] }]),
        // Grafana has renamed it: the old name and the new.
        ...(column.hidden === true
          ? ['custom.hidden', 'custom.hideFrom.viz'].map((id) => ({ id, value: true }))
          : []),
      ]);
    return panel;
  }

  /** One lane for every component, those that are not up at the end first. `which` chooses among them. */
  function componentLanes(text: PanelText, which = '', otherwise = ''): Builder<dashboard.Panel> {
    const up = exporter.componentUp.name;
    // A step of 30 days is longer than many an outage: down at any time of it is down.
    const course = `min by (component) (min_over_time(${up}[$__rate_interval]))`;
    const now = `max by (component) (${up} @ end())`;
    const known = (expr: string): string =>
      `${expr} or on () label_replace(vector(-1) unless on () max(max_over_time(${up}[$__range] @ end())), "component", "${parts.noData}", "", "")`;
    const mappings = [
      words({
        1: { text: states.up, color: 'green' },
        0: { text: states.down, color: 'red' },
        // A lane of nothing but gaps would have no word.
        '-1': { text: parts.noData, color: NO_DATA_COLOR },
      }),
    ];
    return lanes(
      text,
      which === ''
        ? [
            {
              expr: `${course} unless on (component) ${now} == 1`,
              legend: '{{component}}',
              mappings,
            },
            {
              expr: known(`${course} and on (component) ${now} == 1`),
              legend: '{{component}}',
              mappings,
            },
          ]
        : [
            {
              expr: known(
                `${course} and on (component) ${which} or on () label_replace(max(${up}), "component", "${otherwise}", "", "")`,
              ),
              legend: '{{component}}',
              mappings,
            },
          ],
    );
  }

  const componentNames = [names(components), pattern('http:(.*)', renames.component['http:(.*)'] ?? '$1')];

  return { tiles, lines, lanes, componentLanes, table, componentNames };
}
