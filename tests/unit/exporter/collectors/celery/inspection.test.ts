import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSPECT_METHODS, toldIn } from '../../../../../exporter/collectors/celery/inspection.ts';

const SECRET = 'card 4111';
/** As a worker of Celery 5 writes it. */
const request = (name: string, time_start: number | null) => ({
  id: '5c2f',
  name,
  args: [SECRET],
  kwargs: { note: SECRET },
  type: name,
  hostname: 'celery@a',
  time_start,
  acknowledged: false,
  delivery_info: { routing_key: 'reports', priority: 0 },
  worker_pid: 7,
});

describe('active tasks', () => {
  it('are named with the time they began, oldest first, those that have not begun last', () => {
    const answer = [request('b', null), request('c', 20.5), request('a', 10)];
    expect(toldIn('active', answer)).toEqual({
      active: {
        total: 3,
        rows: [
          { task: 'a', startedAt: 10_000 },
          { task: 'c', startedAt: 20_500 },
          { task: 'b', startedAt: undefined },
        ],
      },
    });
  });

  it('beyond fifty are counted alone, and long names are shortened', () => {
    const { active } = toldIn(
      'active',
      Array.from({ length: 60 }, (_, index) => request('x'.repeat(500), index)),
    );
    expect(active?.total).toBe(60);
    expect(active?.rows).toHaveLength(50);
    expect(active?.rows[0]?.task).toBe(`${'x'.repeat(200)}…`);
  });
});

it('reserved tasks are counted by name', () => {
  const answer = [request('a', null), request('b', null), request('b', null)];
  expect(toldIn('reserved', answer)).toEqual({
    reserved: {
      total: 3,
      rows: [
        { task: 'b', count: 2 },
        { task: 'a', count: 1 },
      ],
    },
  });
});

it('stats are the pool, the prefetch, the uptime and the totals by name', () => {
  const answer = {
    total: { 'watched.noop': 3, __proto__x: 'no number' },
    pid: 7,
    uptime: 61,
    pool: { 'max-concurrency': 4, processes: [8] },
    prefetch_count: 16,
    broker: { password: SECRET },
  };
  expect(toldIn('stats', answer)).toEqual({
    stats: {
      concurrency: 4,
      prefetch: 16,
      uptimeSeconds: 61,
      isSolo: false,
      processed: { total: 3, rows: [{ task: 'watched.noop', count: 3 }] },
    },
  });
});

it.each(INSPECT_METHODS)('%s that failed tells nothing', (method) => {
  expect(toldIn(method, { error: 'no such command' })).toEqual({});
  expect(toldIn(method, null)).toEqual({});
});

it('an argument gets nowhere, whatever the form', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      fc.constant(SECRET),
      fc.integer(),
      fc.dictionary(fc.constantFrom('args', 'kwargs', 'id', 'time_start', 'x'), tie('node')),
      fc.array(tie('node')),
    ),
  })).node;
  fc.assert(
    fc.property(fc.constantFrom(...INSPECT_METHODS), value, (method, answer) => {
      expect(JSON.stringify(toldIn(method, answer))).not.toContain(SECRET);
    }),
  );
});
