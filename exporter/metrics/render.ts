/** What a snapshot says now, as samples. Pure. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../model/collector.ts';
import { HEALTH_STATUSES, healthAt } from '../model/health.ts';
import { figuresAt, judgementAt, outcomeOf, type CollectorState, type Snapshot } from '../model/snapshot.ts';
import { catalog } from './catalog.ts';

/** How everything fares: few samples, which change whenever anything does. */
export function statusSamples(snapshot: Snapshot, now: number): readonly Sample[] {
  const { status } = healthAt(snapshot, now);
  return [
    ...HEALTH_STATUSES.map((name) => sample(catalog.healthStatus, { status: name }, Number(name === status))),
    ...snapshot.collectors.flatMap((state) =>
      state.kind === 'component' ? componentSamples(state, now) : querySamples(state, now),
    ),
  ];
}

/** The figures that may be served, by collector: the very arrays of the snapshot, to be recognised by identity. */
export function figureSamples(snapshot: Snapshot, now: number): ReadonlyMap<string, readonly Sample[]> {
  return new Map(
    snapshot.collectors.flatMap((state) => {
      const samples = figuresAt(state, now)?.samples ?? [];
      return samples.length === 0 ? [] : [[state.name, samples] as const];
    }),
  );
}

function componentSamples(state: CollectorState, now: number): Sample[] {
  const labels = { component: state.name };
  const outcome = outcomeOf(state, now);
  if (outcome === 'disabled') return [];
  const judged = judgementAt(state, now);
  const run = outcome === 'stale' ? undefined : state.lastRun;
  return [
    ...(judged === 'unknown' ? [] : [sample(catalog.componentUp, labels, Number(judged === 'up'))]),
    ...(state.blockedBy === undefined || run === undefined
      ? []
      : [sample(catalog.dependencyDown, { ...labels, dependency: state.blockedBy }, 1)]),
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
