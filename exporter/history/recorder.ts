/** Takes down how every component fares: every quarter of an hour, and whenever that changes. */
import { wellFormedText } from '../../common/text/well-formed.ts';
import { healthAt, type ComponentHealth, type ComponentStatus } from '../model/health.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { createRecentHistory, RECENT_MS, type RecentHistory, type RecentRecorder } from './recent.ts';
import type { HealthRow, HistoryStore } from './sqlite.ts';

export interface HealthRecorder {
  /** A check has ended, after which others may have been silent for too long. @param at Unix milliseconds */
  onRun(at: number): void;
  /** A quarter of an hour is over. @param slot Unix milliseconds at which it was */
  onSlot(slot: number): void;
  /** The store holds more of the past than before. */
  readonly reload: () => void;
  readonly recent: RecentHistory;
}

export interface HealthRecorderOptions {
  readonly store: HistoryStore;
  readonly snapshot: () => Snapshot;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of new rows. */
  readonly onRecorded: () => void;
}

/** A little longer than rows are apart: after that nobody was there to look. */
const SILENCE_MS = 20 * 60_000;

export function createHealthRecorder(options: HealthRecorderOptions): HealthRecorder {
  const { store, snapshot, now, onRecorded } = options;
  let recent: RecentRecorder = createRecentHistory();
  const last = new Map<string, ComponentStatus>();

  const reload = (): void => {
    recent = createRecentHistory();
    const seen = new Map<string, number>();
    for (const { component, timestamp, status } of store.healthSince(now() - RECENT_MS)) {
      noteSilence(component, seen.get(component), timestamp);
      recent.record(component, { at: timestamp, status });
      seen.set(component, timestamp);
      last.set(component, status);
    }
    for (const [component, at] of seen) noteSilence(component, at, now());
  };
  const noteSilence = (component: string, from: number | undefined, to: number): void => {
    if (from !== undefined && to - from > SILENCE_MS)
      recent.record(component, { at: from + SILENCE_MS, status: 'unknown' });
  };
  const take = (rows: readonly HealthRow[]): void => {
    store.addHealth(rows);
    for (const { component, timestamp, status } of rows) {
      last.set(component, status);
      recent.record(component, { at: timestamp, status });
    }
    onRecorded();
  };
  reload();

  return {
    onRun: (at) => {
      const changed: HealthRow[] = [];
      for (const [component, health] of Object.entries(healthAt(snapshot(), at).components)) {
        // Not looked at since the start: what was recorded before it may well hold.
        if (health.status === 'unknown' && health.since === null) continue;
        if (last.get(component) === health.status) recent.record(component, { at, status: health.status });
        else changed.push(rowOf(component, health, at));
      }
      if (changed.length > 0) take(changed);
    },
    onSlot: (slot) => {
      const components = Object.entries(healthAt(snapshot(), now()).components);
      take(components.map(([component, health]) => rowOf(component, health, slot)));
    },
    reload,
    recent: { changes: (component, sinceMs) => recent.changes(component, sinceMs) },
  };
}

function rowOf(component: string, health: ComponentHealth, timestamp: number): HealthRow {
  const { status, response_time_ms: responseTimeMs, details, error, reason } = health;
  return {
    component,
    timestamp,
    status,
    responseTimeMs,
    details: Object.fromEntries(
      Object.entries({ ...details, error, reason })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === 'string' ? wellFormedText(value) : value]),
    ),
  };
}

/** Share of the rows of a window that found a component healthy; of those that say neither, none. */
export function uptimeOf(rows: readonly HealthRow[]): Record<string, number> {
  const counts = new Map<string, { healthy: number; known: number }>();
  for (const { component, status } of rows) {
    if (status !== 'healthy' && status !== 'unhealthy') continue;
    const count = counts.get(component) ?? { healthy: 0, known: 0 };
    counts.set(component, {
      healthy: count.healthy + Number(status === 'healthy'),
      known: count.known + 1,
    });
  }
  return Object.fromEntries([...counts].map(([name, { healthy, known }]) => [name, healthy / known]));
}
