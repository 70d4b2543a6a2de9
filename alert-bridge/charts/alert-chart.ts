import type { AlertBody } from '../model/signal.ts';
import type { Chart, ChartSeries, Panel } from './chart.ts';
import type { PicturePhrases } from './phrases.ts';
import type { Range, RangeSeries } from './prometheus.ts';
import type { AlertQuery } from './promql.ts';

export interface AlertData {
  readonly title: string;
  readonly query: Pick<AlertQuery, 'unit' | 'firesWhenEqual'>;
  readonly series: readonly RangeSeries[];
  /** What they are compared with; drawn when it is one. */
  readonly threshold: readonly RangeSeries[];
  readonly phrases: Pick<PicturePhrases, 'threshold' | 'began' | 'fine' | 'failing'>;
  /** Those that fire: their series come first. */
  readonly firing: readonly AlertBody[];
  readonly range: Range;
  readonly language: string;
  readonly timezone: string;
  /** Makes a foreign text fit to be shown. */
  readonly tidy: (text: string) => string;
}

const MAX_SERIES = 6;
/** Fewer points are no line. */
const FEWEST_POINTS = 3;
/** Say where a series was scraped, which is nothing to a reader. */
const TECHNICAL_LABELS = ['__name__', 'instance', 'job'];

/**
 * The series of an alert with its threshold, from their first sample on; undefined when there is nothing to see, or
 * nothing that the message does not say: what either works or does not, and failed once.
 */
export function alertChart(data: AlertData): Chart | undefined {
  const { series, firing, range, tidy } = data;
  const shown = series
    .filter(({ points }) => points.some(([, value]) => value !== null))
    .toSorted((a, b) => Number(isFiring(b, firing)) - Number(isFiring(a, firing)))
    .slice(0, MAX_SERIES);
  if (!shown.some(saysSomething)) return undefined;
  const from = beginOf(shown, range);
  const within = (points: ChartSeries['points']): ChartSeries['points'] =>
    points.filter(([at]) => at >= from);
  const { common, telling } = labelsOf(shown);
  const names = shown.map(({ labels }) => telling.map((name) => labels[name] ?? '—').join(', '));
  return {
    title: tidy(data.title),
    language: data.language,
    axis: { kind: 'hours', timezone: data.timezone, from, to: range.to },
    panels: [
      {
        title: tidy(common.join(', ')),
        unit: data.query.unit,
        series: names.map((name, index) => toSeries(tidy(name), within(shown[index]?.points ?? []))),
        ...limitOf(data, shown, within),
      },
    ],
    ...markOf(data, from),
  };
}

function markOf({ firing, phrases, range }: AlertData, from: number): Pick<Chart, 'mark'> {
  const at = Math.min(...firing.map(({ startsAt }) => startsAt));
  return at > from && at <= range.to ? { mark: { at, label: phrases.began } } : {};
}

function saysSomething({ points }: RangeSeries): boolean {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  if (values.length < FEWEST_POINTS) return false;
  const changes = values.filter((value, index) => index > 0 && value !== values[index - 1]).length;
  return !isSwitch({ points }) || changes >= 2;
}

/** A system that is new has nothing to show of the hours before. */
const beginOf = (series: readonly RangeSeries[], { from }: Range): number =>
  Math.max(
    from,
    Math.min(...series.flatMap(({ points }) => points.find(([, value]) => value !== null)?.[0] ?? [])),
  );

/** An alert carries the labels of its series, beside those of its rule. */
const isFiring = ({ labels }: RangeSeries, firing: readonly AlertBody[]): boolean =>
  firing.some((alert) =>
    Object.entries(labels).every(([name, value]) => name === '__name__' || alert.labels[name] === value),
  );

/** What the series have in common, as `redis`, and the names of the labels that tell them apart. */
function labelsOf(series: readonly RangeSeries[]): {
  readonly common: readonly string[];
  readonly telling: readonly string[];
} {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].toSorted();
  const isCommon = (name: string): boolean => new Set(series.map(({ labels }) => labels[name])).size === 1;
  const isReadable = (name: string): boolean => !TECHNICAL_LABELS.includes(name);
  const differing = names.filter((name) => !isCommon(name));
  const readable = differing.filter(isReadable);
  const common = names.filter((name) => isCommon(name) && isReadable(name));
  return {
    common: common.map((name) => series[0]?.labels[name] ?? ''),
    telling: readable.length > 0 ? readable : differing,
  };
}

/** The threshold as a line; where everything is 0 or 1 and one of them fires, what they mean instead. */
function limitOf(
  { query, threshold, phrases }: AlertData,
  shown: readonly RangeSeries[],
  within: (points: ChartSeries['points']) => ChartSeries['points'],
): Pick<Panel, 'threshold' | 'states'> {
  const [line, ...others] = threshold;
  if (line === undefined || others.length > 0) return {};
  const [, fires] = line.points.find(([, value]) => value !== null) ?? [];
  if (query.firesWhenEqual && (fires === 0 || fires === 1) && shown.every(isSwitch))
    return { states: fires === 0 ? [phrases.failing, phrases.fine] : [phrases.fine, phrases.failing] };
  return { threshold: { label: phrases.threshold, points: within(line.points) } };
}

/** What is only ever 0 or 1 changes at once. */
const isSwitch = ({ points }: Pick<RangeSeries, 'points'>): boolean =>
  points.every(([, value]) => value === null || value === 0 || value === 1);

const toSeries = (name: string, points: ChartSeries['points']): ChartSeries => ({
  name,
  shape: isSwitch({ points }) ? 'step' : 'line',
  points,
});
