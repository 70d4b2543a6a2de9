/** Random histories of a job that keeps to its schedule and of a bridge that is away now and then. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createCheckIns,
  RETRIED_MS,
  type CheckIn,
  type CheckIns,
} from '../../../../alert-bridge/monitor/check-ins.ts';
import { dueAfter } from '../../../../alert-bridge/monitor/cron.ts';
import { expectCheckIns } from '../../../../alert-bridge/monitor/expectations.ts';
import type { KeyValue } from '../../../../alert-bridge/outbox/outbox.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUNDS = process.env['TEST_LONG'] === '1' ? 2_000 : 100;

/** A bridge that is started, asked and ended; time is what it is told. */
function createHistory(checkIn: CheckIn, from: number) {
  const stored = new Map<string, string>();
  const state: KeyValue = { get: (key) => stored.get(key), set: (key, value) => void stored.set(key, value) };
  let now = from;
  let checkIns: CheckIns;
  let isMissing: () => boolean;
  const start = (away?: { from: number; to: number }): void => {
    const downtime = away !== undefined && away.to - away.from > RETRIED_MS ? away : undefined;
    checkIns = createCheckIns([checkIn], state, () => now, { downtime });
    const [report] = expectCheckIns(checkIns, now, { now: () => now, timezone: 'UTC' });
    isMissing = () => {
      const since = report?.quietSince();
      return report !== undefined && since !== undefined && now - since > report.silentAfterMs;
    };
  };
  start();
  return {
    restart: (away: { from: number; to: number }) => {
      now = away.to;
      start(away);
    },
    checkIn: (at: number) => {
      now = at;
      checkIns.accept(checkIn.name);
    },
    isMissing: (at: number) => {
      now = at;
      return isMissing();
    },
  };
}

const checkIns = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  hour: fc.integer({ min: 0, max: 4 }),
  graceMs: fc.integer({ min: MINUTE, max: 3 * HOUR }),
  periodMs: fc.integer({ min: 10 * MINUTE, max: 2 * DAY }),
  isCron: fc.boolean(),
  timezone: fc.constantFrom('Europe/Berlin', 'Europe/Moscow', 'America/Santiago', 'Australia/Lord_Howe'),
});
type Drawn = typeof checkIns extends fc.Arbitrary<infer T> ? T : never;

function checkInOf({ minute, hour, graceMs, periodMs, isCron, timezone }: Drawn): CheckIn {
  const cron = { expression: `${minute} ${hour} * * *`, timezone };
  return { name: 'job', ...(isCron ? { cron } : { periodMs }), graceMs, severity: 'critical' };
}

/** Around both changes of the clock of every zone. */
const starts = fc.integer({ min: Date.parse('2026-03-20Z'), max: Date.parse('2026-11-05Z') });
const delays = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });

/** When it reports: within the grace of every time, or at most period and grace after the report before. */
function reportsOf(checkIn: CheckIn, from: number, fractions: readonly number[]): number[] {
  const { cron, periodMs = 0, graceMs } = checkIn;
  let last = from;
  return fractions.map((fraction) => {
    const due = cron === undefined ? last : (dueAfter(cron, last) ?? NaN);
    last =
      cron === undefined
        ? last + Math.ceil(fraction * (periodMs + graceMs))
        : due + Math.floor(fraction * graceMs);
    return last;
  });
}

it(`never misses somebody who reports in time, whenever it was away itself (${ROUNDS} histories)`, () => {
  const absences = fc.array(
    fc.record({
      upMs: fc.integer({ min: MINUTE, max: 3 * DAY }),
      awayMs: fc.oneof(
        fc.integer({ min: 1, max: RETRIED_MS }),
        fc.integer({ min: RETRIED_MS, max: 3 * DAY }),
      ),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(checkIns, starts, delays, absences, (drawn, from, fractions, away) => {
      const checkIn = checkInOf(drawn);
      const reports = reportsOf(checkIn, from, fractions);
      let at = from;
      const downtimes = away.map(({ upMs, awayMs }) => {
        const downtime = { from: at + upMs, to: at + upMs + awayMs };
        at = downtime.to;
        return downtime;
      });
      // A report is tried again for half a minute; one that finds nobody by then is lost.
      const heard = reports.flatMap((sent) => {
        const missed = downtimes.find(({ from: down, to }) => sent >= down && sent < to);
        if (missed === undefined) return [sent];
        return missed.to - sent < RETRIED_MS ? [missed.to] : [];
      });
      const history = createHistory(checkIn, from);
      const end = reports.at(-1) ?? from;
      const events = [
        ...heard.map((time) => ({ time, order: 2, run: () => history.checkIn(time) })),
        ...downtimes.map((down) => ({ time: down.to, order: 1, run: () => history.restart(down) })),
      ];
      const hours = Array.from({ length: 400 }, (_, n) => from + n * 3 * HOUR);
      const looks = [...hours, ...heard, ...downtimes.map((down) => down.from)]
        .filter((time) => time <= end && !downtimes.some((down) => time > down.from && time <= down.to))
        .map((time) => ({
          time,
          order: 0,
          run: () => expect([time, history.isMissing(time)]).toEqual([time, false]),
        }));
      for (const { run } of [...events, ...looks]
        .filter(({ time }) => time <= end)
        .toSorted((a, b) => a.time - b.time || a.order - b.order))
        run();
    }),
    { numRuns: ROUNDS },
  );
});

it('misses somebody who is dead, whatever came before, and also after it was away', () => {
  fc.assert(
    fc.property(
      checkIns,
      starts,
      delays,
      fc.integer({ min: 1, max: 3 * DAY }),
      (drawn, from, fractions, awayMs) => {
        const checkIn = checkInOf(drawn);
        const { cron, periodMs = 0, graceMs } = checkIn;
        const history = createHistory(checkIn, from);
        const reports = reportsOf(checkIn, from, fractions);
        for (const at of reports) history.checkIn(at);
        const last = reports.at(-1) ?? from;
        const deadline = (since: number): number =>
          (cron === undefined ? since + periodMs : (dueAfter(cron, since) ?? NaN)) + graceMs + 1;
        expect(history.isMissing(deadline(last))).toBe(true);
        history.restart({ from: deadline(last), to: deadline(last) + awayMs });
        expect(history.isMissing(deadline(deadline(last) + awayMs) + 1)).toBe(true);
      },
    ),
    { numRuns: ROUNDS },
  );
});
