import { describe, expect, it } from 'vitest';
import { ProbeError } from '../../../../exporter/collectors/collector.ts';
import type { Lane, Row, Statement } from '../../../../exporter/database.ts';
import { dailyCollector, dailyQueries } from '../../../../exporter/kpi/daily.ts';
import { currentQueries } from '../../../../exporter/kpi/users.ts';

const timing = { intervalMs: 300_000, timeoutMs: 60_000, disabledReason: undefined };
const signal = new AbortController().signal;
const MIDNIGHT = Date.parse('2026-03-10T00:00:00Z');
const MINUTE = 60_000;

const queryNamed = (name: string) => {
  const query = dailyQueries.find((one) => one.name === name);
  if (query === undefined) throw new Error(`no query ${name}`);
  return query;
};

/** A lane that answers what it is told, and remembers what it was asked. */
function scripted(...answers: readonly (readonly Row[] | ProbeError)[]) {
  const asked: Statement[] = [];
  const lane: Lane = {
    query: (statement) => {
      const answer = answers[asked.length];
      asked.push(statement);
      if (answer === undefined) throw new Error('asked too often');
      return answer instanceof ProbeError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { lane, asked };
}

describe('daily figures', () => {
  it('are read when the day is over, again until it has settled, and then only kept', async () => {
    const { lane, asked } = scripted([{ n: '1' }], [{ n: '2' }], [{ n: '3' }]);
    const collector = dailyCollector(queryNamed('daily_users'), lane, timing, 'UTC');
    const at = async (now: number) => {
      const { samples, reused } = await collector.collect({ signal, now });
      return { value: samples[1]?.value, reused };
    };
    expect(await at(MIDNIGHT + MINUTE)).toEqual({ value: 1, reused: undefined });
    expect(await at(MIDNIGHT + 11 * MINUTE)).toEqual({ value: 2, reused: undefined });
    expect(await at(MIDNIGHT + 16 * MINUTE)).toEqual({ value: 2, reused: true });
    expect(await at(MIDNIGHT + 24 * 60 * MINUTE)).toEqual({ value: 3, reused: undefined });
    expect(asked.map(({ values }) => values)).toEqual([
      [new Date('2026-03-09T00:00:00Z'), new Date('2026-03-10T00:00:00Z')],
      [new Date('2026-03-09T00:00:00Z'), new Date('2026-03-10T00:00:00Z')],
      [new Date('2026-03-10T00:00:00Z'), new Date('2026-03-11T00:00:00Z')],
    ]);
  });

  it('of the day before are taken away when the new day cannot be read, those of the same day are kept', async () => {
    const { lane } = scripted([{ n: '1' }], new ProbeError('gone'), new ProbeError('gone'));
    const collector = dailyCollector(queryNamed('daily_users'), lane, timing, 'UTC');
    await collector.collect({ signal, now: MIDNIGHT + MINUTE });
    await expect(collector.collect({ signal, now: MIDNIGHT + 2 * MINUTE })).rejects.toMatchObject({
      observation: undefined,
    });
    await expect(collector.collect({ signal, now: MIDNIGHT + 24 * 60 * MINUTE })).rejects.toMatchObject({
      message: 'gone',
      observation: { samples: [] },
    });
  });

  it('have no retention when nobody registered a week before', () => {
    const { samples } = queryNamed('daily_retention');
    const day = { date: '2026-03-09', start: new Date(0), end: new Date(0) };
    expect(samples([{ registered: '0', came_back: '0' }], day)).toEqual([]);
    expect(samples([{ registered: '4', came_back: '1' }], day)).toMatchObject([{ value: 0.25 }]);
  });

  it('have a baseline over the weeks that were, and none before the first', () => {
    const { samples } = queryNamed('daily_active_users_baseline');
    const day = { date: '2026-03-09', start: new Date(0), end: new Date(0) };
    expect(samples([], day)).toEqual([]);
    expect(
      samples(
        [
          { n: '1', active: '10' },
          { n: '2', active: '0' },
        ],
        day,
      ),
    ).toMatchObject([{ value: 5 }]);
  });

  it('tell a zero count but no amount of a day without entries', () => {
    const day = { date: '2026-03-09', start: new Date(0), end: new Date(0) };
    expect(queryNamed('daily_expenses').samples([], day)).toMatchObject([{ labels: {}, value: 0 }]);
  });

  it('fail by name when the answer has no number', () => {
    const day = { date: '2026-03-09', start: new Date(0), end: new Date(0) };
    expect(() => queryNamed('daily_users').samples([{ n: null }], day)).toThrow(
      'the answer has no number in n',
    );
    expect(() => queryNamed('daily_users').samples([], day)).toThrow(ProbeError);
  });
});

describe('statements', () => {
  const texts = [...currentQueries, ...dailyQueries].map(({ name, text }) => [name, text] as const);
  const PRIVATE =
    /\*(?!\))|\b(description|telegram_id|telegram_payment_charge_id|error_message|error_type|first_name|last_name|username|phone|email|receipt_photo|beta_access_key|acquisition_\w+|user_id|comment)\b/i;

  it.each(texts)('%s reads no private column and writes nothing', (_name, text) => {
    expect(text.replaceAll('count(*)', '')).not.toMatch(PRIVATE);
    expect(text).not.toMatch(/\b(insert|update|delete|truncate|create|alter|drop|copy|lock)\b/i);
  });

  it('would notice a private column', () => {
    expect('SELECT description FROM expenses_expense').toMatch(PRIVATE);
    expect('SELECT * FROM expenses_expense').toMatch(PRIVATE);
  });

  it('have names of their own', () => {
    expect(new Set(texts.map(([name]) => name)).size).toBe(texts.length);
  });
});
