import { clip, oneLine } from '../../common/text/clean.ts';
import { titleOf } from '../render/annotation.ts';
import { percentagesIn } from '../render/numbers.ts';
import type { Locale } from '../render/message.ts';
import type { AlertBody } from '../model/signal.ts';
import type { Content } from '../model/incident.ts';
import { alertChart } from './alert-chart.ts';
import type { Chart } from './chart.ts';
import { picturePhrases } from './phrases.ts';
import { queryRange, type Range } from './prometheus.ts';
import { expressionOf, splitAlert } from './promql.ts';
import { reportChart } from './report-chart.ts';

export interface IllustrateOptions {
  readonly prometheusUrl: string;
  readonly pictures: {
    readonly enabled: boolean;
    /** How far an alert's picture looks back, ms. */
    readonly windowMs: number;
  };
  readonly locale: Locale;
  readonly timezone: string;
  /** Takes secrets and personal data out of foreign text. */
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

/** The chart that goes with a message; undefined when none does. Rejects when Prometheus gives no good answer. */
export type Illustrate = (content: Content, signal: AbortSignal) => Promise<Chart | undefined>;

const POINTS = 240;
const SHORTEST_STEP_MS = 15_000;
const TEXT_UNITS = 200;
/** The font has none of them. */
const PICTOGRAPHS = /\p{Extended_Pictographic}[\ufe0f\u200d\p{Emoji_Modifier}]*/gu;

export function createIllustrate(options: IllustrateOptions): Illustrate {
  const { prometheusUrl, pictures, locale, timezone, redact, now } = options;
  const tidy = (text: string): string =>
    clip(percentagesIn(oneLine(redact(oneLine(text)).replaceAll(PICTOGRAPHS, '')), locale), TEXT_UNITS);

  const ofAlerts = async (alerts: readonly AlertBody[], signal: AbortSignal): Promise<Chart | undefined> => {
    const firing = alerts.filter(({ status }) => status === 'firing');
    const lead = firing.find(({ generatorUrl }) => expressionOf(generatorUrl ?? '') !== undefined);
    const expression = expressionOf(lead?.generatorUrl ?? '');
    if (lead === undefined || expression === undefined) return undefined;
    const query = splitAlert(expression);
    const range = rangeUntil(now(), pictures.windowMs);
    const ask = (promql: string) => queryRange(prometheusUrl, promql, range, signal);
    const [series, threshold] = await Promise.all([
      ask(query.series),
      query.threshold === undefined ? [] : ask(query.threshold),
    ]);
    return alertChart({
      title: titleOf(lead, { locale }),
      query,
      series,
      threshold,
      phrases: picturePhrases(locale),
      firing,
      range,
      language: locale,
      timezone,
      tidy,
    });
  };

  return async (content, signal) => {
    if (!pictures.enabled) return undefined;
    if (content.kind === 'report') return reportChart(content.report, locale, timezone);
    if (content.kind !== 'incident' || content.incident.kind !== 'alerts') return undefined;
    return ofAlerts(Object.values(content.incident.members), signal);
  };
}

/** Whole steps: equal for both queries, and their newest point is now. */
function rangeUntil(to: number, windowMs: number): Range {
  const stepMs = Math.max(SHORTEST_STEP_MS, Math.ceil(windowMs / POINTS / 1_000) * 1_000);
  return { from: to - Math.floor(windowMs / stepMs) * stepMs, to, stepMs };
}
