/**
 * The two text formats Prometheus reads, written here because a client library is slow at thousands of series and
 * merges series whose label values contain its separators. Pure.
 *
 * - Text 0.0.4: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 * - OpenMetrics 1.0.0: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 *
 * A line of a series is the same in both, so that changing the format never changes a series. They differ in the
 * lines about a family, in exemplars and in the last line.
 */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../model/collector.ts';

export type Format = 'text' | 'openMetrics';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What ends a body: without it a reader of OpenMetrics takes the answer for cut off. */
export const ENDINGS: Readonly<Record<Format, string>> = { text: '', openMetrics: '# EOF\n' };

/** `name{label="value"}`: labels in the order of the family, so that equal series are written alike. */
export function seriesOf({ family, labels, part }: Sample): string {
  const name = part === undefined ? family.name : `${family.name}_${part}`;
  let inner = part === 'bucket' ? `le="${formatBound(labels['le'] ?? '+Inf')}"` : '';
  for (const label of family.labels) {
    if (inner !== '') inner += ',';
    inner += `${label}="${escapeLabel(labels[label] ?? '')}"`;
  }
  return inner === '' ? name : `${name}{${inner}}`;
}

/** What follows the value in OpenMetrics, or nothing. */
export function exemplarOf({ exemplar }: Sample): string {
  if (exemplar === undefined) return '';
  const labels = Object.entries(exemplar.labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return ` # {${labels.join(',')}} ${formatValue(exemplar.value)} ${formatValue(exemplar.timestampSeconds)}`;
}

/**
 * The lines before the series of a family. In OpenMetrics a counter's family has no `_total`; where another family
 * has that very name, or the counter has no `_total`, its kind stays unsaid, for two families of one name are refused.
 */
export function headerOf(family: MetricFamily, format: Format, names: ReadonlySet<string>): string {
  const { name, help, kind } = family;
  if (format === 'text') return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n`;
  const stem = kind === 'counter' ? name.replace(/_total$/, '') : name;
  const isUnsaid = kind === 'counter' && (stem === name || names.has(stem));
  const [shown, type] = isUnsaid ? [name, 'unknown'] : [stem, kind];
  return `# HELP ${shown} ${escapeHelp(help).replaceAll('"', '\\"')}\n# TYPE ${shown} ${type}\n`;
}

export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** OpenMetrics demands `1.0` where the text format leaves the choice; both get it, or one bucket became two series. */
const formatBound = (bound: string): string => (/^-?\d+$/.test(bound) ? `${bound}.0` : bound);

const escapeHelp = (help: string): string => help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** Most values hold none of these; a surrogate may be one half of a character that is fine. */
const SUSPICIOUS = /[\\"\n\0\uD800-\uDFFF]/;
/** With the flag `u` a surrogate is one that has no other half. */
const ESCAPED = /[\\"\n\0]|\p{Surrogate}/gu;

function escapeLabel(value: string): string {
  return SUSPICIOUS.test(value) ? value.replace(ESCAPED, escapeChar) : value;
}

/**
 * Two characters have no escape. NUL ends the input for Prometheus' reader; a lone surrogate cannot be encoded, and
 * values that differ only there would become one. Both are written as a programmer would: `\x00`, `\ud800`.
 */
function escapeChar(char: string): string {
  if (char === '\n') return '\\n';
  if (char === '\\' || char === '"') return `\\${char}`;
  return char === '\0' ? '\\\\x00' : `\\\\u${char.charCodeAt(0).toString(16)}`;
}
