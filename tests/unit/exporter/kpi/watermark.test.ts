import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  counted,
  lowered,
  uncounted,
  type Watermark,
  type TableSnapshot,
} from '../../../../exporter/kpi/watermark.ts';

const snapshot = (xmin: number, next: number, top: number, atMs: number): TableSnapshot => ({
  xmin: BigInt(xmin),
  next: BigInt(next),
  top,
  atMs,
});

describe('the fence', () => {
  it('lets every id through once', () => {
    const watermark = counted({ id: 10, seen: [12] }, [15, 11]);
    expect(watermark).toEqual({ id: 10, seen: [11, 12, 15] });
    expect(uncounted(watermark, [9, 11, 13, 15])).toEqual([13]);
  });

  it('moves up to what was the largest id when every transaction of that time has ended, and a minute has passed', () => {
    const watermark: Watermark = { id: 10, seen: [12, 15, 20] };
    const snapshots = [snapshot(5, 9, 15, 0)];
    expect(advance(watermark, snapshots, snapshot(8, 30, 20, 90_000)).watermark).toBe(watermark);
    expect(advance(watermark, snapshots, snapshot(9, 30, 20, 59_000)).watermark).toBe(watermark);
    expect(advance(watermark, snapshots, snapshot(9, 30, 20, 60_000))).toEqual({
      watermark: { id: 15, seen: [20] },
      snapshots: [snapshot(9, 30, 20, 60_000)],
    });
  });

  it('remembers few looks while a transaction stays open for hours', () => {
    let snapshots: readonly TableSnapshot[] = [];
    for (let n = 1; n <= 1_000; n += 1)
      ({ snapshots } = advance({ id: 0, seen: [] }, snapshots, snapshot(1, n + 1, n, n)));
    expect(snapshots).toHaveLength(60);
  });

  it('goes back with a table that was taken back', () => {
    const watermark: Watermark = { id: 10, seen: [12] };
    expect(lowered(watermark, 7)).toEqual({ id: 7, seen: [] });
    expect(lowered(watermark, 10)).toBe(watermark);
  });

  /** Transactions draw an id, get a number, and commit or not, at times of their own. */
  it('counts every committed row once, in whatever order transactions commit', () => {
    const transaction = fc.record({
      startsAt: fc.nat(300),
      lastsFor: fc.nat(300),
      commits: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(transaction, { maxLength: 30 }),
        fc.uniqueArray(fc.nat(700), { maxLength: 30 }),
        (all, times) => {
          // Ids and transaction numbers are given in the order of the starts.
          const rows = all
            .toSorted((a, b) => a.startsAt - b.startsAt)
            .map((one, index) => ({
              ...one,
              id: index + 1,
              xid: index + 100,
              endsAt: one.startsAt + one.lastsFor,
            }));
          let watermark: Watermark = { id: 0, seen: [] };
          let snapshots: readonly TableSnapshot[] = [];
          let total = 0;
          for (const at of [...times.toSorted((a, b) => a - b), 10_000]) {
            const begun = rows.filter(({ startsAt }) => startsAt <= at);
            const running = begun.filter(({ endsAt }) => endsAt > at);
            const visible = begun.filter(({ endsAt, commits }) => commits && endsAt <= at);
            // A snapshot counts up to the last transaction that ended: those above it that still run are none to it.
            const ended = begun.filter(({ endsAt }) => endsAt <= at);
            const xmax = Math.max(100, ...ended.map(({ xid }) => xid + 1));
            const now = snapshot(
              Math.min(xmax, ...running.map(({ xid }) => xid)),
              Math.max(xmax, ...running.map(({ xid }) => xid + 1)),
              Math.max(0, ...visible.map(({ id }) => id)),
              at * 1_000,
            );
            const fresh = uncounted(
              watermark,
              visible.map(({ id }) => id),
            );
            total += fresh.length;
            ({ watermark, snapshots } = advance(counted(watermark, fresh), snapshots, now));
            expect(total).toBe(visible.length);
          }
        },
      ),
    );
  });
});
