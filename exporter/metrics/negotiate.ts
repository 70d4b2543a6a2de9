/**
 * What a reader of /metrics wants, from its headers (RFC 9110, section 12.5). Pure.
 *
 * Written here because the usual library matches a media type only when it knows each of its parameters, and
 * Prometheus keeps adding some (`escaping=`).
 */
import type { Format } from './exposition.ts';

interface Preference {
  /** Lower case, without parameters. */
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1. */
  readonly weight: number;
}

const OPEN_METRICS_VERSIONS: ReadonlySet<string> = new Set(['1.0.0', '0.0.1']);

/**
 * OpenMetrics for who names it in a version we write and wants nothing else more, or as much and sooner. Text for
 * everybody else, wildcards and unknown wishes included: an answer serves a person better than a 406.
 */
export function formatFor(accept: string | undefined): Format {
  const wishes = parse(accept)
    .filter(({ weight }) => weight > 0)
    .flatMap(({ value, parameters, weight }) => {
      const format = formatOf(value, parameters.get('version'));
      return format === undefined ? [] : [{ format, weight }];
    });
  // Sorting keeps the order of equals.
  return wishes.sort((a, b) => b.weight - a.weight)[0]?.format ?? 'text';
}

function formatOf(value: string, version: string | undefined): Format | undefined {
  if (value === 'application/openmetrics-text') {
    return version === undefined || OPEN_METRICS_VERSIONS.has(version) ? 'openMetrics' : undefined;
  }
  return ['text/plain', 'text/*', '*/*'].includes(value) ? 'text' : undefined;
}

/** True when the reader takes gzip and does not like plain better. */
export function wantsGzip(acceptEncoding: string | undefined): boolean {
  const weights = new Map(parse(acceptEncoding).map(({ value, weight }) => [value, weight]));
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

function parse(header = ''): readonly Preference[] {
  return header.split(',').flatMap((item) => {
    const [value = '', ...rest] = item.split(';').map((part) => part.trim().toLowerCase());
    if (value === '') return [];
    const parameters = new Map(
      rest.map((part) => {
        const [name = '', text = ''] = part.split('=', 2);
        return [name.trim(), text.trim().replaceAll('"', '')];
      }),
    );
    return [{ value, parameters, weight: weightOf(parameters.get('q')) }];
  });
}

/** What cannot be read counts as not wanted: the reader gets plain text, which everybody can take. */
function weightOf(q: string | undefined): number {
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}
