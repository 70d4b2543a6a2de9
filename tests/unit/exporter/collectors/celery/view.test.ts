import { expect, it } from 'vitest';
import { toldIn } from '../../../../../exporter/collectors/celery/inspection.ts';
import type { Standing } from '../../../../../exporter/collectors/celery/state.ts';
import { oldestActive, type WorkerView } from '../../../../../exporter/collectors/celery/view.ts';

const worker = (standing: Standing, tasks: readonly (readonly [string, number | null])[]): WorkerView => ({
  name: `celery@${standing}`,
  standing,
  lastReplyAt: 0,
  inspected: {
    at: 0,
    told: toldIn(
      'active',
      tasks.map(([name, time_start]) => ({ name, time_start })),
    ),
  },
});

it('the oldest task of a name is told over all workers that reply, without those that have not begun', () => {
  const workers = [
    worker('replying', [
      ['a', 30],
      ['b', 20],
      ['c', null],
    ]),
    worker('replying', [['a', 10]]),
    worker('silent', [['b', 1]]),
    worker('gone', [['d', 1]]),
    { ...worker('replying', []), inspected: undefined },
  ];
  expect([...oldestActive({ workers })]).toEqual([
    ['a', 10_000],
    ['b', 20_000],
  ]);
});

it('the ten oldest names are told, whatever runs', () => {
  const tasks = Array.from({ length: 40 }, (_, index) => [`task ${index}`, 100 - index] as const);
  const oldest = [...oldestActive({ workers: [worker('replying', tasks)] })];
  expect(oldest).toHaveLength(10);
  expect(oldest[0]).toEqual(['task 39', 61_000]);
});
