/** What became of each component in the last day, in memory: the strips of the status page are drawn from it. */
import type { ComponentStatus } from '../model/health.ts';

export interface Change {
  /** Unix milliseconds. */
  readonly at: number;
  /** From then on. */
  readonly status: ComponentStatus;
}

export interface RecentHistory {
  /** Oldest first: those since `sinceMs`, Unix milliseconds, and the last one before, which tells what held then. */
  changes(component: string, sinceMs: number): readonly Change[];
}

export interface RecentRecorder extends RecentHistory {
  /** Takes down a status; the same one again is no change. */
  record(component: string, change: Change): void;
}

export const RECENT_MS = 24 * 3_600_000;
/** A component that flaps at every check would fill the memory: then the oldest are forgotten first. */
const MAX_CHANGES = 2_000;

export function createRecentHistory(): RecentRecorder {
  const known = new Map<string, readonly Change[]>();
  return {
    changes: (component, sinceMs) => since(known.get(component) ?? [], sinceMs),
    record: (component, change) => {
      const before = known.get(component) ?? [];
      if (before.at(-1)?.status === change.status) return;
      known.set(component, [...since(before, change.at - RECENT_MS), change].slice(-MAX_CHANGES));
    },
  };
}

function since(changes: readonly Change[], sinceMs: number): readonly Change[] {
  const first = changes.findLastIndex(({ at }) => at <= sinceMs);
  return changes.slice(Math.max(0, first));
}
