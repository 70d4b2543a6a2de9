/** What a picture shows, as plain data: it crosses to the thread that draws. */

export interface Chart {
  readonly title: string;
  /** BCP 47 language of numbers and dates. */
  readonly language: string;
  /** Points of several panels share one time axis; the panels stand one under the other. */
  readonly panels: readonly Panel[];
  readonly axis: TimeAxis;
  /** A moment that every panel marks, Unix ms. */
  readonly mark?: { readonly at: number; readonly label: string };
}

export interface TimeAxis {
  /** `days`: one point a day, at its UTC midnight; `hours`: instants. */
  readonly kind: 'days' | 'hours';
  /** IANA name; of instants. */
  readonly timezone: string;
  /** Unix ms, both included. */
  readonly from: number;
  readonly to: number;
}

export interface Panel {
  /** Empty: there is nothing to add to the title of the chart. */
  readonly title: string;
  readonly unit: Unit;
  readonly series: readonly ChartSeries[];
  readonly threshold?: Threshold;
  /** What 0 and 1 mean, where the series know nothing between. */
  readonly states?: readonly [zero: string, one: string];
}

export type Unit = 'number' | 'ratio' | 'bytes';

/** Unix ms and value; null where there is none, which leaves a gap. */
export type Point = readonly [at: number, value: number | null];

export interface ChartSeries {
  /** Empty: not named. */
  readonly name: string;
  readonly shape: 'line' | 'area' | 'step' | 'bars';
  readonly points: readonly Point[];
}

export interface Threshold {
  readonly label: string;
  readonly points: readonly Point[];
}
