import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { say } from '../../../../../common/reasons/reason.ts';
import {
  namesOf,
  NO_HEADS,
  oldestByQueue,
  NOBODY,
  problemsOf,
  trackAttendance,
  trackHeads,
  type Attendance,
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
  bound: [],
});
const bindings = (bound: readonly string[], rollCall: RollCall): RollCall => ({ ...rollCall, bound });

const HOUR_MS = 3_600_000;
/** Names that replied to the first call, then what became of them at each later one. */
const attendanceAfter = (...calls: readonly RollCall[]): Attendance =>
  calls.reduce<Attendance>((before, one, index) => trackAttendance(before, one, index * 1_000), NOBODY);

describe('attendance', () => {
  it.each<[string, string[], RollCall, string[], string | undefined]>([
    ['everybody replies', [], call(2, 'b', 'a'), [], undefined],
    ['one was stopped', ['a', 'b'], call(1, 'a'), [], undefined],
    [
      'one hangs',
      ['a', 'b'],
      call(2, 'a'),
      ['b'],
      'workers that are connected and do not reply: 1 of 2; silent: b',
    ],
    [
      'one hangs that never replied',
      ['a', 'c'],
      bindings(['a', 'b', 'c'], call(3, 'a', 'c')),
      ['b'],
      'workers that are connected and do not reply: 1 of 3; silent: b',
    ],
    [
      'two hang',
      ['a', 'b', 'c'],
      call(3, 'a'),
      ['b', 'c'],
      'workers that are connected and do not reply: 2 of 3; silent: b, c',
    ],
    [
      'the only one hangs',
      ['a'],
      call(1),
      ['a'],
      'workers that are connected and do not reply: 1 of 1; silent: a',
    ],
    [
      'all hang',
      [],
      bindings(['a', 'b'], call(2)),
      ['a', 'b'],
      'workers that are connected and do not reply: 2 of 2; silent: a, b',
    ],
    ['nobody is there', ['a'], call(0), ['a'], 'no worker is connected to the broker; silent: a'],
    ['nobody ever was', [], call(0), [], 'no worker is connected to the broker'],
  ])('%s', (_what, earlier, rollCall, silent, problem) => {
    const attendance = attendanceAfter(call(earlier.length, ...earlier), rollCall);
    expect(namesOf(attendance, 'silent')).toEqual(silent);
    expect(say(problemsOf(rollCall, attendance), 'en')).toBe(problem ?? '');
  });

  it('keeps names for as long as somebody is silent; once all reply, the missing have gone', () => {
    const hung = attendanceAfter(call(2, 'a', 'b'), call(2, 'a'), call(2, 'a'));
    expect(hung.workers).toEqual([
      { name: 'a', standing: 'replying', lastReplyAt: 2_000 },
      { name: 'b', standing: 'silent', lastReplyAt: 0 },
    ]);
    const replaced = trackAttendance(hung, call(2, 'a', 'c'), 3_000);
    expect(namesOf(replaced, 'gone')).toEqual(['b']);
    // One that has gone is not suspected when another hangs.
    const other = trackAttendance(replaced, call(2, 'a'), 4_000);
    expect([namesOf(other, 'silent'), namesOf(other, 'gone')]).toEqual([['c'], ['b']]);
    const back = trackAttendance(other, call(3, 'a', 'b', 'c'), 5_000);
    expect(namesOf(back, 'replying')).toEqual(['a', 'b', 'c']);
  });

  it('forgets after a day who has gone, and never who is silent', () => {
    const gone = attendanceAfter(call(2, 'a', 'b'), call(1, 'a'));
    expect(namesOf(trackAttendance(gone, call(1, 'a'), 24 * HOUR_MS), 'gone')).toEqual(['b']);
    expect(namesOf(trackAttendance(gone, call(1, 'a'), 24 * HOUR_MS + 1), 'gone')).toEqual([]);
    const silent = attendanceAfter(call(2, 'a', 'b'), call(2, 'a'));
    expect(namesOf(trackAttendance(silent, call(2, 'a'), 99 * HOUR_MS), 'silent')).toEqual(['b']);
  });

  it('does not grow without end', () => {
    const many = Array.from({ length: 500 }, (_, index) => `w${index}`);
    expect(attendanceAfter(call(500, ...many), call(1)).workers).toHaveLength(200);
  });

  it.each<[string, RollCall[], { hung: number; gone?: string[]; silent?: string[] }]>([
    ['a stranger beside a worker', [call(2, 'a')], { hung: 0 }],
    ['a stranger and nobody else', [call(1)], { hung: 0 }],
    ['a stranger, and one hangs', [call(3, 'a', 'b'), call(3, 'a')], { hung: 1, silent: ['b'] }],
    ['a stranger comes as one hangs', [call(2, 'a', 'b'), call(3, 'a')], { hung: 1, silent: ['b'] }],
    ['a stranger, and one is killed', [call(3, 'a', 'b'), call(2, 'a')], { hung: 0, gone: ['b'] }],
    [
      'a stranger comes as one stops in order',
      [bindings(['a', 'b'], call(2, 'a', 'b')), bindings(['a'], call(2, 'a'))],
      { hung: 0, gone: ['b'] },
    ],
    [
      'a stranger, and a binding of one that was killed long ago',
      [bindings(['a', 'old'], call(1, 'a')), bindings(['a', 'old'], call(2, 'a'))],
      { hung: 0 },
    ],
    [
      'a stranger that leaves, then one hangs',
      [call(3, 'a', 'b'), call(2, 'a', 'b'), call(2, 'a')],
      { hung: 1 },
    ],
    ['one of two of the same name', [call(2, 'a', 'a'), call(2, 'a')], { hung: 1, silent: ['a (2)'] }],
    ['hangs since before this program', [bindings(['a', 'b'], call(2, 'a'))], { hung: 1, silent: ['b'] }],
  ])('%s', (_what, calls, { hung, gone = [], silent = [] }) => {
    const attendance = attendanceAfter(...calls);
    expect(attendance.hung).toBe(hung);
    expect(namesOf(attendance, 'gone')).toEqual(gone);
    if (silent.length > 0) expect(namesOf(attendance, 'silent')).toEqual(silent);
  });

  it('takes a worker of the pool solo for busy, for as long as a task may run', () => {
    const replied = trackAttendance(NOBODY, call(1, 'a'), 0);
    const after = (ms: number, reached = 1): Attendance =>
      trackAttendance(replied, call(reached), ms, (name) => name === 'a');
    expect(after(600_000)).toMatchObject({ hung: 0, busy: 1, workers: [{ name: 'a', standing: 'busy' }] });
    expect(problemsOf(call(1), after(600_000))).toEqual([]);
    expect(say(problemsOf(call(1), after(600_001)), 'en')).toMatch(/1 of 1; silent: a$/);
    expect(say(problemsOf(call(0), after(1_000, 0)), 'en')).toBe(
      'no worker is connected to the broker; silent: a',
    );
  });
});
