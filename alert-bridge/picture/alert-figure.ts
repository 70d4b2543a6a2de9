import type { AlertBody } from '../signal.ts';
import type { Figure, FigureSeries, Unit } from './figure.ts';
import type { Range, RangeSeries } from './prometheus.ts';

export interface AlertData {
  readonly title: string;
  /** What the series are, in a line. */
  readonly subject: string;
  readonly unit: Unit;
  readonly series: readonly RangeSeries[];
  /** What they are compared with; drawn when it is one. */
  readonly threshold: readonly RangeSeries[];
  readonly thresholdLabel: string;
  /** Those that fire: their series come first. */
  readonly firing: readonly AlertBody[];
  readonly range: Range;
  readonly language: string;
  readonly timezone: string;
  /** Makes a foreign text fit to be shown. */
  readonly tidy: (text: string) => string;
}

const MAX_SERIES = 6;

/** The series of an alert with its threshold; undefined when there is nothing to see. */
export function alertFigure(data: AlertData): Figure | undefined {
  const { series, threshold, firing, range, tidy } = data;
  const shown = series
    .filter(({ points }) => points.some(([, value]) => value !== null))
    .toSorted((a, b) => Number(isFiring(b, firing)) - Number(isFiring(a, firing)))
    .slice(0, MAX_SERIES);
  if (shown.length === 0) return undefined;
  const [line, ...others] = threshold;
  return {
    title: tidy(data.title),
    language: data.language,
    axis: { kind: 'hours', timezone: data.timezone, from: range.from, to: range.to },
    panels: [
      {
        title: tidy(data.subject),
        unit: data.unit,
        series: namesOf(shown).map((name, index) => toSeries(tidy(name), shown[index]?.points ?? [])),
        ...(line === undefined || others.length > 0
          ? {}
          : { threshold: { label: data.thresholdLabel, points: line.points } }),
      },
    ],
  };
}

/** An alert carries the labels of its series, beside those of its rule. */
const isFiring = ({ labels }: RangeSeries, firing: readonly AlertBody[]): boolean =>
  firing.some((alert) =>
    Object.entries(labels).every(([name, value]) => name === '__name__' || alert.labels[name] === value),
  );

/** The values of the labels that tell the series apart. */
function namesOf(series: readonly RangeSeries[]): readonly string[] {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].toSorted();
  const telling = names.filter((name) => new Set(series.map(({ labels }) => labels[name])).size > 1);
  return series.map(({ labels }) => telling.map((name) => labels[name] ?? '—').join(', '));
}

/** What is only ever 0 or 1 changes at once. */
function toSeries(name: string, points: FigureSeries['points']): FigureSeries {
  const isSwitch = points.every(([, value]) => value === null || value === 0 || value === 1);
  return { name, shape: isSwitch ? 'step' : 'line', points };
}
