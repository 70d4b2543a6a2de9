/** A day of a component in cells of equal length, and the share of it that it was up. Pure. */
import type { Change } from '../history/recent.ts';

export type CellState = 'up' | 'down' | 'unknown';

export interface Strip {
  /** Unix milliseconds. */
  readonly from: number;
  readonly cellMs: number;
  /** Oldest first. */
  readonly cells: readonly CellState[];
  /** Milliseconds in which the state was known, and in which the component was down. */
  readonly knownMs: number;
  readonly downMs: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly state: CellState;
}

/** The day that ends at `to`; what was before the first change is unknown. */
export function stripOf(
  changes: readonly Change[],
  { to, cells, cellMs }: { readonly to: number; readonly cells: number; readonly cellMs: number },
): Strip {
  const from = to - cells * cellMs;
  const spans = changes.map(({ at, status }, index): Span => {
    const state = status === 'healthy' ? 'up' : status === 'unhealthy' ? 'down' : 'unknown';
    return { from: Math.max(from, at), to: Math.min(to, changes[index + 1]?.at ?? to), state };
  });
  const downMs = lengthOf(spans, 'down', from, to);
  return {
    from,
    cellMs,
    cells: Array.from({ length: cells }, (_, index) => {
      const start = from + index * cellMs;
      if (lengthOf(spans, 'down', start, start + cellMs) > 0) return 'down';
      return lengthOf(spans, 'up', start, start + cellMs) >= cellMs / 2 ? 'up' : 'unknown';
    }),
    knownMs: downMs + lengthOf(spans, 'up', from, to),
    downMs,
  };
}

/** Of the known time; undefined when there is none. */
export const upRatioOf = ({ knownMs, downMs }: Strip): number | undefined =>
  knownMs === 0 ? undefined : 1 - downMs / knownMs;

function lengthOf(spans: readonly Span[], state: CellState, from: number, to: number): number {
  return spans
    .filter((span) => span.state === state)
    .reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
}
