/**
 * Snapshot → Prometheus text format 0.0.4, written here because a client library is slow at thousands of
 * series and merges series whose label values contain its separators.
 * https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 *
 * Two steps: every collector's samples become a {@link Fragment} that depends on nothing else, and fragments
 * are put together by family. A fragment can be kept for as long as its collector has nothing new.
 */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../collectors/collector.ts';
import { HEALTH_STATUSES, type HealthStatus } from '../health.ts';
import { figuresAt, judgementAt, outcomeOf, type CollectorState, type Snapshot } from '../snapshot.ts';
import { catalog } from './catalog.ts';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Series (`name{labels}`) to value, both as they are written, by name of the family. */
export type Fragment = ReadonlyMap<string, ReadonlyMap<string, string>>;

const FAMILIES: readonly MetricFamily[] = Object.values(catalog);

export function renderMetrics(snapshot: Snapshot, status: HealthStatus, now: number): string {
  const fragments = [
    renderFragment(
      HEALTH_STATUSES.map((name) => sample(catalog.healthStatus, { status: name }, Number(name === status))),
    ),
    ...snapshot.collectors.map((state) => renderFragment(samplesAt(state, now))),
  ];
  return assemble(fragments);
}

/** Everything a collector's state says now: how it fares, and its figures. */
export function samplesAt(state: CollectorState, now: number): readonly Sample[] {
  const own = state.kind === 'component' ? componentSamples(state, now) : querySamples(state, now);
  return [...own, ...(figuresAt(state, now)?.samples ?? [])];
}

function componentSamples(state: CollectorState, now: number): Sample[] {
  const labels = { component: state.name };
  const outcome = outcomeOf(state, now);
  if (outcome === 'disabled') return [];
  const judged = judgementAt(state, now);
  const run = outcome === 'stale' ? undefined : state.lastRun;
  return [
    ...(judged === 'unknown' ? [] : [sample(catalog.componentUp, labels, Number(judged === 'up'))]),
    ...(run === undefined ? [] : [sample(catalog.probeSuccess, labels, Number(run.ok))]),
    ...(run === undefined ? [] : [sample(catalog.probeDuration, labels, run.durationMs / 1000)]),
    ...timestamp(catalog.probeLastSuccess, labels, state.lastSuccessAt),
  ];
}

function querySamples(state: CollectorState, now: number): Sample[] {
  const labels = { query: state.name };
  const outcome = outcomeOf(state, now);
  if (outcome === 'disabled') return [];
  const run = outcome === 'stale' ? undefined : state.lastRun;
  return [
    ...(run === undefined ? [] : [sample(catalog.querySuccess, labels, Number(run.ok))]),
    ...(run === undefined ? [] : [sample(catalog.queryDuration, labels, run.durationMs / 1000)]),
    ...timestamp(catalog.queryLastSuccess, labels, state.lastSuccessAt),
  ];
}

const timestamp = (family: MetricFamily, labels: Sample['labels'], ms: number | undefined): Sample[] =>
  ms === undefined ? [] : [sample(family, labels, ms / 1000)];

const sample = (family: MetricFamily, labels: Sample['labels'], value: number): Sample => ({
  family,
  labels,
  value,
});

/** The first of two equal series wins: a scrape with a duplicate is refused as a whole. */
export function renderFragment(samples: readonly Sample[]): Fragment {
  const families = new Map<string, Map<string, string>>();
  for (const { family, labels, value } of samples) {
    const series = families.get(family.name) ?? new Map<string, string>();
    families.set(family.name, series);
    const key = `${family.name}${renderLabels(family, labels)}`;
    if (!series.has(key)) series.set(key, formatValue(value));
  }
  return families;
}

/** Families in the order of the catalogue, each once; equal series of two fragments: the first wins. */
export function assemble(fragments: readonly Fragment[]): string {
  const parts: string[] = [];
  for (const family of FAMILIES) {
    const seen = new Set<string>();
    for (const fragment of fragments) {
      for (const [key, value] of fragment.get(family.name) ?? []) {
        if (seen.has(key)) continue;
        if (seen.size === 0) parts.push(header(family));
        seen.add(key);
        parts.push(`${key} ${value}\n`);
      }
    }
  }
  return parts.join('');
}

const header = ({ name, help, kind }: MetricFamily): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`;

/** Labels in the order of the catalogue, so that equal series are written alike. */
function renderLabels(family: MetricFamily, labels: Sample['labels']): string {
  if (family.labels.length === 0) return '';
  return `{${family.labels.map((name) => `${name}="${escapeLabel(labels[name] ?? '')}"`).join(',')}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
