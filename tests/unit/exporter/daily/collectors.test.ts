import { describe, expect, it } from 'vitest';
import { logged, ProbeError } from '../../../../exporter/model/collector.ts';
import type { CountedDay } from '../../../../exporter/daily/recount.ts';
import type { Session, Row, Statement } from '../../../../exporter/postgres/postgres.ts';
import { dailyCollectors } from '../../../../exporter/daily/collectors.ts';
import { dailyFigures } from '../../../../exporter/daily/queries.ts';
import { EVERYTHING } from '../../../../exporter/kpi/day-ids.ts';
import type { TableReader } from '../../../../exporter/kpi/reader.ts';

const timing = { intervalMs: 60_000, timeoutMs: 50_000, disabledReason: undefined };
const signal = new AbortController().signal;
const MIDNIGHT = Date.parse('2026-03-10T00:00:00Z');
const MINUTE = 60_000;
const day = { date: '2026-03-09', start: new Date(0), end: new Date(0) };
const unknown = () => undefined;

/** Collectors over a session that answers what it is told, and remembers what it was asked. */
function scripted(answer: (asked: number, text: string) => readonly Row[] | ProbeError) {
  const asked: Statement[] = [];
  const session: Session = {
    query: (statement) => {
      asked.push(statement);
      const found = answer(asked.length, statement.text);
      return found instanceof ProbeError ? Promise.reject(found) : Promise.resolve(found);
    },
  };
  const reader = {
    rangeFrom: () => Promise.resolve(EVERYTHING),
    generation: () => Promise.resolve(1),
  } as unknown as TableReader;
  const readers = { expenses: reader, incomes: reader, newUsers: reader };
  const recorded = new Map<string, CountedDay>();
  const collectors = dailyCollectors({
    session,
    closed: { day: (date) => recorded.get(date) },
    timing,
    timezone: 'UTC',
    readers,
  });
  const named = (name: string) => {
    const found = collectors.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no query ${name}`);
    return { at: (now: number) => found.collect({ signal, now }) };
  };
  return { named, asked, recorded };
}

const figureNamed = (name: string) => {
  const figure = dailyFigures.find((one) => one.name === name);
  if (figure === undefined) throw new Error(`no figure ${name}`);
  return figure;
};

describe('daily figures', () => {
  it('are read when the day is over, again until it is recorded, and then as it is recorded', async () => {
    const { named, asked, recorded } = scripted((count) => [{ n: String(count) }]);
    const at = async (now: number) => {
      const { samples, reused } = await named('daily_users').at(now);
      return { value: samples[1]?.value, reused };
    };
    expect(await at(MIDNIGHT + MINUTE)).toEqual({ value: 1, reused: undefined });
    expect(await at(MIDNIGHT + 11 * MINUTE)).toEqual({ value: 2, reused: undefined });
    const users = { total: 9, active: 5, new: 7, retention_7d_ratio: null };
    const others = { expenses: null, incomes: null, subscriptions: null, ai: null, top_categories: null };
    recorded.set('2026-03-09', { date: '2026-03-09', users, ...others });
    expect(await at(MIDNIGHT + 16 * MINUTE)).toEqual({ value: 7, reused: true });
    // What the recount could not read is read as before.
    recorded.set('2026-03-09', { date: '2026-03-09', users: null, ...others });
    expect(await at(MIDNIGHT + 17 * MINUTE)).toEqual({ value: 3, reused: undefined });
    expect(await at(MIDNIGHT + 24 * 60 * MINUTE)).toEqual({ value: 4, reused: undefined });
    expect(asked.map(({ values }) => values?.slice(0, 2))).toEqual([
      [new Date('2026-03-09T00:00:00Z'), new Date('2026-03-10T00:00:00Z')],
      [new Date('2026-03-09T00:00:00Z'), new Date('2026-03-10T00:00:00Z')],
      [new Date('2026-03-09T00:00:00Z'), new Date('2026-03-10T00:00:00Z')],
      [new Date('2026-03-10T00:00:00Z'), new Date('2026-03-11T00:00:00Z')],
    ]);
  });

  it('of a day are shown when none shows the day before any more', async () => {
    const { named } = scripted(() => [{ n: '1' }]);
    const [users, active] = [named('daily_users'), named('daily_active_users')];
    const shown = async (one: typeof users, now: number) => (await one.at(now)).samples.length > 0;
    expect(await shown(users, MIDNIGHT + MINUTE)).toBe(true);
    expect(await shown(active, MIDNIGHT + MINUTE)).toBe(true);
    const next = MIDNIGHT + 24 * 60 * MINUTE;
    expect(await shown(users, next)).toBe(false);
    expect(await shown(active, next + 1)).toBe(true);
    expect(await shown(users, next + MINUTE)).toBe(true);
  });

  it('of the day before are taken away when the new day cannot be read, those of the same day are kept', async () => {
    const { named } = scripted((count) => (count === 1 ? [{ n: '1' }] : new ProbeError(logged('gone'))));
    const users = named('daily_users');
    await users.at(MIDNIGHT + MINUTE);
    await expect(users.at(MIDNIGHT + 2 * MINUTE)).rejects.toMatchObject({ observation: undefined });
    await expect(users.at(MIDNIGHT + 24 * 60 * MINUTE)).rejects.toMatchObject({
      message: 'gone',
      observation: { samples: [] },
    });
  });

  it('have no retention when nobody registered a week before', () => {
    const { read, samples } = figureNamed('daily_retention');
    expect(samples(read([{ registered: '0', came_back: '0' }]), day, unknown)).toEqual([]);
    expect(samples(read([{ registered: '4', came_back: '1' }]), day, unknown)).toMatchObject([
      { value: 0.25 },
    ]);
  });

  it('have a baseline over the weeks that were, and none before two of them', () => {
    const { samples } = figureNamed('daily_active_users');
    expect(samples(7, day, unknown)).toMatchObject([{ value: 7 }]);
    expect(samples(7, day, (weeks) => [10][weeks - 1])).toMatchObject([{ value: 7 }]);
    const known = [10, 0];
    expect(samples(7, day, (weeks) => known[weeks - 1])).toMatchObject([{ value: 7 }, { value: 5 }]);
  });

  it('tell a zero count but no amount of a day without entries', () => {
    const { read, samples } = figureNamed('daily_expenses');
    expect(samples(read([]), day, unknown)).toMatchObject([{ labels: {}, value: 0 }]);
  });

  it('fail by name when the answer has no number', () => {
    const { read } = figureNamed('daily_users');
    expect(() => read([{ n: null }])).toThrow('the answer has no number in n');
    expect(() => read([])).toThrow(ProbeError);
  });
});
