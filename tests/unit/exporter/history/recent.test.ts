import { expect, it } from 'vitest';
import { createRecentHistory, RECENT_MS } from '../../../../exporter/history/recent.ts';

const at = (time: number, status: 'healthy' | 'unhealthy') => ({ at: time, status });

it('keeps changes, each once, and tells what held at the beginning of the window', () => {
  const history = createRecentHistory();
  for (const [time, status] of [
    [10, 'healthy'],
    [20, 'healthy'],
    [30, 'unhealthy'],
    [40, 'healthy'],
  ] as const) {
    history.record('redis', at(time, status));
  }
  expect(history.changes('redis', 0)).toEqual([at(10, 'healthy'), at(30, 'unhealthy'), at(40, 'healthy')]);
  expect(history.changes('redis', 35)).toEqual([at(30, 'unhealthy'), at(40, 'healthy')]);
  expect(history.changes('redis', 99)).toEqual([at(40, 'healthy')]);
  expect(history.changes('nobody', 0)).toEqual([]);
});

it('forgets what is older than a day, but for the last change before it', () => {
  const history = createRecentHistory();
  history.record('redis', at(1, 'healthy'));
  history.record('redis', at(2, 'unhealthy'));
  history.record('redis', at(RECENT_MS + 3, 'healthy'));
  expect(history.changes('redis', 0)).toEqual([at(2, 'unhealthy'), at(RECENT_MS + 3, 'healthy')]);
});

it('is bounded when a component flaps', () => {
  const history = createRecentHistory();
  for (let time = 0; time < 5_000; time += 1)
    history.record('redis', at(time, time % 2 === 0 ? 'healthy' : 'unhealthy'));
  expect(history.changes('redis', 0)).toHaveLength(2_000);
  expect(history.changes('redis', 0).at(-1)?.at).toBe(4_999);
});
