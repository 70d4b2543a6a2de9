/** The look of a chart: ECharts options (https://echarts.apache.org/en/option.html). Pure. */
import type { ComposeOption } from 'echarts/core';
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TitleComponentOption } from 'echarts/components';
import { DateTime } from 'luxon';
import type { Chart, ChartSeries, Panel, Point, TimeAxis } from './chart.ts';
import { formatValue } from './units.ts';

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption
>;

/** A phone shows a picture at half of this: hence the large text. */
export const WIDTH = 640;
const TITLE_HEIGHT = 56;
const PANEL_TITLE_HEIGHT = 42;
const PLOT_HEIGHT = { alone: 270, together: 190 };
const AXIS_HEIGHT = 56;
const AXIS_WIDTH = 112;

const INK = '#1f2933';
const MUTED = '#52606d';
const GRID = '#e4e7eb';
const ALARM = '#d64545';
const COLOURS = ['#2563eb', '#f59e0b', '#059669', '#8b5cf6', '#0891b2', '#be185d'];
const FONT_SIZE = 20;
const TITLE_SIZE = 24;
const HOUR_MS = 3_600_000;

export const FONT_FAMILY = 'DejaVu Sans';

const namesOf = ({ series }: Panel): readonly string[] =>
  series.map(({ name }) => name).filter((name) => name !== '');

/** Few short names stand beside the title of their panel, others under it in two columns. */
const LEGEND_ROW_HEIGHT = 32;
const isBesideTitle = (panel: Panel): boolean =>
  namesOf(panel).length <= 2 && panel.title.length + namesOf(panel).join('').length <= 32;
const legendHeight = (panel: Panel): number =>
  isBesideTitle(panel) ? 0 : Math.ceil(namesOf(panel).length / 2) * LEGEND_ROW_HEIGHT;

/** Room is left for what is there. */
const panelTitleHeight = (panel: Panel): number =>
  panel.title === '' && (namesOf(panel).length === 0 || !isBesideTitle(panel)) ? 0 : PANEL_TITLE_HEIGHT;

const plotHeight = ({ panels }: Chart): number =>
  panels.length > 1 ? PLOT_HEIGHT.together : PLOT_HEIGHT.alone;

/** Where a panel begins; one past the last gives the height of the whole. */
const topOf = (chart: Chart, index: number): number =>
  chart.panels
    .slice(0, index)
    .reduce(
      (sum, panel) => sum + panelTitleHeight(panel) + plotHeight(chart) + AXIS_HEIGHT + legendHeight(panel),
      TITLE_HEIGHT,
    );

export const heightOf = (chart: Chart): number => topOf(chart, chart.panels.length);

export function toOption(chart: Chart): ChartOption {
  const { panels, axis } = chart;
  const top = (index: number): number => topOf(chart, index);
  return {
    animation: false,
    useUTC: true,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT_FAMILY, fontSize: FONT_SIZE, color: INK },
    color: COLOURS,
    title: [
      {
        text: chart.title,
        left: 20,
        top: 14,
        textStyle: {
          fontSize: TITLE_SIZE,
          fontWeight: 'bold',
          color: INK,
          width: WIDTH - 40,
          overflow: 'truncate',
        },
      },
      ...panels.map(({ title }, index) => ({
        text: title,
        left: 20,
        top: top(index) + 8,
        textStyle: {
          fontSize: FONT_SIZE,
          fontWeight: 'normal' as const,
          color: MUTED,
          width: WIDTH - 40,
          overflow: 'truncate' as const,
        },
      })),
    ],
    legend: panels.map((panel, index) => legendOf(panel, chart, index)),
    grid: panels.map((panel, index) => ({
      left: AXIS_WIDTH,
      right: 24,
      top: top(index) + panelTitleHeight(panel) + 8,
      height: plotHeight(chart) - 8,
      outerBoundsMode: 'none' as const,
    })),
    xAxis: panels.map((_, index) => xAxisOf(axis, chart.language, index)),
    yAxis: panels.map((panel, index) => yAxisOf(panel, chart.language, index)),
    series: panels.flatMap((panel, index) => seriesOf(panel, chart, index)),
  };
}

function legendOf(panel: Panel, chart: Chart, index: number): LegendComponentOption {
  const names = namesOf(panel);
  const beside = isBesideTitle(panel);
  const below = topOf(chart, index + 1) - legendHeight(panel);
  return {
    show: names.length > 0,
    data: [...names],
    ...(beside
      ? { right: 20, top: topOf(chart, index) + 8, itemGap: 24 }
      : { left: AXIS_WIDTH, right: 24, top: below, itemGap: 14 }),
    itemWidth: 20,
    itemHeight: 10,
    icon: 'roundRect',
    textStyle: {
      fontSize: FONT_SIZE - 2,
      color: INK,
      ...(beside ? {} : { width: 210, overflow: 'truncate' }),
    },
  };
}

function xAxisOf({ kind, timezone, from, to }: TimeAxis, language: string, index: number) {
  const isDays = kind === 'days';
  const format = new Intl.DateTimeFormat(language, {
    timeZone: 'UTC',
    ...(isDays
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  });
  const shift = shiftOf({ kind, timezone, to });
  const marginMs = isDays ? 12 * HOUR_MS : 0;
  return {
    type: 'time' as const,
    gridIndex: index,
    min: from + shift - marginMs,
    max: to + shift + marginMs,
    splitNumber: 5,
    axisLine: { lineStyle: { color: MUTED } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      hideOverlap: true,
      // Clear of the lowest label of the other axis.
      margin: 16,
      // Labels of a time axis take their size from named styles alone.
      rich: { label: { fontSize: FONT_SIZE, color: MUTED } },
      formatter: (at: number) => `{label|${format.format(at)}}`,
    },
  };
}

function yAxisOf({ unit, series, threshold, states }: Panel, language: string, index: number) {
  const values = [...series, ...(threshold ? [threshold] : [])].flatMap(({ points }) =>
    points.flatMap(([, value]) => (value === null ? [] : [value])),
  );
  const isSwitch = values.every((value) => value === 0 || value === 1);
  return {
    type: 'value' as const,
    gridIndex: index,
    // Bars and areas mean nothing without their zero; so does "up or down".
    ...(isSwitch ? { min: 0, max: 1, interval: 1 } : { splitNumber: 3 }),
    // There is no 120 %.
    ...(unit === 'ratio' && values.every((value) => value <= 1) ? { max: 1 } : {}),
    scale: series.every(({ shape }) => shape === 'line' || shape === 'step'),
    splitLine: { lineStyle: { color: GRID } },
    axisLabel: {
      fontSize: FONT_SIZE,
      color: MUTED,
      formatter: (value: number) => states?.[value] ?? formatValue(value, unit, language),
    },
  };
}

function seriesOf(
  panel: Panel,
  { axis, language, mark }: Chart,
  index: number,
): (BarSeriesOption | LineSeriesOption)[] {
  const shift = shiftOf(axis);
  const shifted = (points: readonly Point[]) =>
    points.map(([at, value]): [number, number | null] => [at + shift, value]);
  const common = { xAxisIndex: index, yAxisIndex: index };
  const drawn = panel.series.map((series, nth) => ({
    ...common,
    ...shapeOf(series),
    name: series.name,
    data: shifted(series.points),
    ...(mark === undefined || nth > 0 ? {} : { markLine: markLineAt(mark.at + shift, mark.label) }),
  }));
  if (panel.threshold === undefined) return drawn;
  const { label, points } = panel.threshold;
  const first = points.find(([, value]) => value !== null);
  return [
    ...drawn,
    {
      ...common,
      type: 'line' as const,
      showSymbol: false,
      step: 'end' as const,
      data: shifted(points),
      lineStyle: { color: ALARM, width: 2.5, type: 'dashed' as const },
      markPoint: {
        symbolSize: 0,
        data: first === undefined ? [] : [{ name: label, coord: [first[0] + shift, first[1] ?? 0] }],
        label: {
          formatter: () => `${label} ${formatValue(first?.[1] ?? 0, panel.unit, language)}`,
          position: 'right' as const,
          offset: [0, -13],
          fontSize: FONT_SIZE - 1,
          fontWeight: 'bold' as const,
          color: ALARM,
        },
      },
    },
  ];
}

const markLineAt = (at: number, label: string) => ({
  silent: true,
  symbol: 'none',
  data: [{ xAxis: at }],
  lineStyle: { color: ALARM, width: 2, type: 'solid' as const },
  label: {
    formatter: label,
    position: 'insideEndTop' as const,
    fontSize: FONT_SIZE - 1,
    fontWeight: 'bold' as const,
    color: ALARM,
  },
});

function shapeOf({ shape }: ChartSeries): BarSeriesOption | LineSeriesOption {
  if (shape === 'bars')
    return { type: 'bar', barWidth: 11, itemStyle: { borderRadius: [3, 3, 0, 0], opacity: 0.6 } };
  return {
    type: 'line',
    // A single point between two gaps would not be seen otherwise.
    symbol: 'circle',
    symbolSize: 3,
    showSymbol: true,
    lineStyle: { width: 3 },
    ...(shape === 'step' ? { step: 'end' } : {}),
    ...(shape === 'line' ? {} : { areaStyle: { opacity: 0.12 } }),
  };
}

/**
 * ECharts writes times of UTC or of the process: instants are moved so that their UTC reads as the wall clock of the
 * zone at the right end of the axis.
 */
function shiftOf({ kind, timezone, to }: Pick<TimeAxis, 'kind' | 'timezone' | 'to'>): number {
  return kind === 'days' ? 0 : DateTime.fromMillis(to, { zone: timezone }).offset * 60_000;
}
