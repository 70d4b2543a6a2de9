import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NO_HEADS,
  oldestByQueue,
  problemOf,
  trackAttendance,
  trackHeads,
  type Heads,
  type RollCall,
} from '../../../../../exporter/collectors/celery/state.ts';

const head = (id: string, key = 'reports', queue = 'reports') => ({ queue, key, id });

describe('the oldest message of a queue', () => {
  it('waits since it was first seen at the head, and the next one since it moved up', () => {
    const first = trackHeads(NO_HEADS, [head('a')], 1_000);
    const second = trackHeads(first, [head('a')], 2_000);
    expect(oldestByQueue(second)).toEqual(new Map([['reports', 1_000]]));
    const third = trackHeads(second, [head('b')], 3_000);
    expect(oldestByQueue(third)).toEqual(new Map([['reports', 3_000]]));
  });

  it('is gone with the queue, and a later one counts anew', () => {
    const empty = trackHeads(trackHeads(NO_HEADS, [head('a')], 1_000), [], 2_000);
    expect(oldestByQueue(empty)).toEqual(new Map());
    expect(oldestByQueue(trackHeads(empty, [head('a')], 3_000))).toEqual(new Map([['reports', 3_000]]));
  });

  it('is the oldest of all priority steps', () => {
    const before = trackHeads(NO_HEADS, [head('a', 'reports\x06\x163')], 1_000);
    const after = trackHeads(before, [head('b'), head('a', 'reports\x06\x163')], 2_000);
    expect(oldestByQueue(after)).toEqual(new Map([['reports', 1_000]]));
  });

  it('is never said to be older than it is, and is right while nothing moves', () => {
    // A queue as it really is: messages with the time they came, in order; each step adds, takes or looks.
    const step = fc.constantFrom('add', 'take', 'look');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue: { id: string; at: number }[] = [];
        let heads: Heads = NO_HEADS;
        for (const [now, what] of steps.entries()) {
          if (what === 'add') queue.push({ id: String(now), at: now });
          if (what === 'take') queue.shift();
          const [oldest] = queue;
          if (what !== 'look') continue;
          heads = trackHeads(heads, oldest === undefined ? [] : [head(oldest.id)], now);
          const said = oldestByQueue(heads).get('reports');
          expect(said === undefined).toBe(oldest === undefined);
          if (oldest !== undefined) expect(said).toBeGreaterThanOrEqual(oldest.at);
        }
      }),
    );
  });
});

const call = (reached: number, ...workers: string[]): RollCall => ({
  reached,
  replies: workers.length,
  workers,
});

describe('attendance', () => {
  it.each<[string, string[], RollCall, string[], string | undefined]>([
    ['everybody replies', [], call(2, 'b', 'a'), [], undefined],
    ['one was stopped', ['a', 'b'], call(1, 'a'), [], undefined],
    [
      'one hangs',
      ['a', 'b'],
      call(2, 'a'),
      ['b'],
      '1 of 2 workers that are connected does not reply; silent: b',
    ],
    [
      'one hangs that never replied',
      [],
      call(3, 'a', 'c'),
      [],
      '1 of 3 workers that are connected does not reply',
    ],
    ['two hang', ['a'], call(3, 'a'), [], '2 of 3 workers that are connected do not reply'],
    [
      'the only one hangs',
      ['a'],
      call(1),
      ['a'],
      'the only worker that is connected does not reply: it hangs; silent: a',
    ],
    ['all hang', [], call(2), [], 'none of the 2 workers that are connected replies: they hang'],
    ['nobody is there', ['a'], call(0), ['a'], 'no worker is connected to the broker; silent: a'],
    ['nobody ever was', [], call(0), [], 'no worker is connected to the broker'],
  ])('%s', (_what, expected, rollCall, silent, problem) => {
    const attendance = trackAttendance(expected, rollCall);
    expect(attendance.silent).toEqual(silent);
    expect(problemOf(rollCall, attendance)).toBe(problem);
  });

  it('keeps names for as long as somebody is silent, and forgets the missing once all reply', () => {
    const hung = trackAttendance(trackAttendance([], call(2, 'a', 'b')).expected, call(2, 'a'));
    const stillHung = trackAttendance(hung.expected, call(2, 'a'));
    expect(stillHung.silent).toEqual(['b']);
    expect(trackAttendance(stillHung.expected, call(1, 'a')).expected).toEqual(['a']);
  });

  it('does not grow without end', () => {
    const many = Array.from({ length: 500 }, (_, index) => `w${index}`);
    expect(trackAttendance(many, call(1)).expected).toHaveLength(200);
  });
});
