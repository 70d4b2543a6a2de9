import { expect, it } from 'vitest';
import { logged } from '../../../../exporter/model/collector.ts';
import { Turns } from '../../../../exporter/scheduler/turns.ts';

const never = new AbortController().signal;

it('gives turns in the order of asking, one at a time, and skips whoever gave up', async () => {
  const turns = new Turns(logged('too late'));
  const order: string[] = [];
  let release = (): void => undefined;
  const first = turns.take(never, () => new Promise<void>((resolve) => (release = resolve)));
  const leaving = new AbortController();
  const gaveUp = turns.take(leaving.signal, () => Promise.resolve(order.push('gave up')));
  const second = turns.take(never, () => Promise.resolve(order.push('second')));
  const third = turns.take(never, () => Promise.resolve(order.push('third')));
  leaving.abort();
  await expect(gaveUp).rejects.toThrow('too late');
  expect(order).toEqual([]);
  release();
  await Promise.all([first, second, third]);
  expect(order).toEqual(['second', 'third']);
});

it('goes on after work that fails, and begins nothing for whoever was aborted before', async () => {
  const turns = new Turns(logged('too late'));
  await expect(turns.take(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(turns.take(AbortSignal.abort(), () => Promise.resolve(1))).rejects.toThrow('too late');
  await expect(turns.take(never, () => Promise.resolve(2))).resolves.toBe(2);
});
