/** A snapshot with as many series as wanted, as custom queries with labels bring them. Pure. */
import type { Sample } from '../../../exporter/model/collector.ts';
import { catalog } from '../../../exporter/metrics/catalog.ts';
import type { CollectorState, Snapshot } from '../../../exporter/model/snapshot.ts';

/** A family with labels that people make up: the longest of what there is. */
export const FAMILY = catalog.dailyCategoryAmount;

const QUERIES = 20;
const HOUR_MS = 3_600_000;

/** @param series a multiple of 20; @param now Unix ms */
export function snapshotOf(series: number, now: number): Snapshot {
  const perQuery = series / QUERIES;
  return {
    collectors: Array.from({ length: QUERIES }, (_, query) =>
      queryState(
        `bench_${query}`,
        Array.from({ length: perQuery }, (_row, row) => sampleOf(query * perQuery + row)),
        now,
      ),
    ),
  };
}

const sampleOf = (n: number): Sample => ({
  family: FAMILY,
  labels: {
    category: `🛒 Продукты ${Math.floor(n / 4)}`,
    currency: ['RUB', 'USD', 'EUR', 'KZT'][n % 4] ?? '',
  },
  value: n * 12.75 + 0.5,
});

const queryState = (name: string, samples: readonly Sample[], now: number): CollectorState => ({
  name,
  kind: 'query',
  intervalMs: HOUR_MS,
  disabledReason: undefined,
  lastRun: { ok: true, startedAt: 0, observedAt: now, durationMs: 12.5 },
  lastSuccessAt: now,
  lastChangeAt: now,
  dependsOn: [],
  consecutiveFailures: 0,
  openFailures: 0,
  blockedBy: undefined,
  judged: 'up',
  figures: { at: now, samples, details: {} },
});
