/** The schedule of django_celery_beat, read from a real PostgreSQL and judged as the real Celery judges it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beatCollector } from '../../exporter/collectors/celery/beat.ts';
import { nextAfter } from '../../exporter/collectors/celery/crontab.ts';
import { BEAT_TABLES, type BeatView } from '../../exporter/collectors/celery/schedule.ts';
import { readGrant } from '../../exporter/doctor/columns.ts';
import { openDatabase, type Database } from '../../exporter/postgres/postgres.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';

const NOW = Date.parse('2026-11-23T11:02:10Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const iso = (at: number): string => new Date(at).toISOString();

let postgres: PostgresServer;
let database: Database;
const sql = (text: string) => withClient(postgres.url, (client) => client.query(text));

beforeAll(async () => {
  postgres = await startPostgres();
  await withClient(postgres.url, createAppDatabase);
  database = openDatabase({ connectionString: postgres.url });
});
afterAll(async () => {
  database.close();
  await postgres.close();
});
beforeEach(() =>
  sql(`
    TRUNCATE django_celery_beat_periodictask, django_celery_beat_intervalschedule,
      django_celery_beat_crontabschedule, django_celery_beat_clockedschedule RESTART IDENTITY;
    INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (10, 'minutes');
    INSERT INTO django_celery_beat_crontabschedule (minute, hour, day_of_week, day_of_month, month_of_year, timezone)
      VALUES ('30', '2', '*', '*', '*', 'Europe/Moscow'), ('0', '9', 'mon-fri', '*', '*', 'Asia/Yekaterinburg');
    INSERT INTO django_celery_beat_clockedschedule (clocked_time) VALUES ('${iso(NOW - HOUR)}');`),
);

/** One entry, with what is different of it. */
async function entry(name: string, columns: Readonly<Record<string, string | number | boolean>>) {
  const all = {
    name,
    task: `tasks.${name}`,
    args: '["PRIVATE"]',
    date_changed: iso(NOW - 3 * DAY),
    ...columns,
  };
  const values = Object.values(all).map((value) =>
    typeof value === 'string' ? `'${value}'` : String(value),
  );
  await sql(
    `INSERT INTO django_celery_beat_periodictask (${Object.keys(all).join(', ')}) VALUES (${values.join(', ')})`,
  );
}

async function look(from: Database = database) {
  let view: BeatView | undefined;
  const timing = { intervalMs: 60_000, timeoutMs: 20_000, disabledReason: undefined };
  const collector = beatCollector(from.figures, timing, (seen) => (view = seen));
  const { samples } = await collector.collect({ now: NOW, signal: AbortSignal.timeout(30_000) });
  const series = Object.fromEntries(
    samples.map(({ family, labels, value }) => [
      [family.name.replace('expensebot_celery_beat_', ''), ...Object.values(labels)].join(' '),
      value * 1000,
    ]),
  );
  return { view, series };
}
const due = async (): Promise<number | undefined> => (await look()).view?.entries?.[0]?.dueAt;

describe('an entry is due', () => {
  it('an interval after its last run, or after its last edit when it has never run', async () => {
    await entry('a', { interval_id: 1, last_run_at: iso(NOW - 4 * MINUTE), total_run_count: 7 });
    expect(await due()).toBe(NOW + 6 * MINUTE);
    await sql('UPDATE django_celery_beat_periodictask SET last_run_at = NULL');
    expect(await due()).toBe(NOW - 3 * DAY + 10 * MINUTE);
  });

  it('by its crontab in its own zone', async () => {
    await entry('a', { crontab_id: 1, last_run_at: iso(NOW - 2 * DAY) });
    // 02:30 in Moscow is 23:30 UTC of the day before.
    expect(await due()).toBe(Date.parse('2026-11-21T23:30:00Z'));
    await sql(
      `UPDATE django_celery_beat_periodictask SET crontab_id = 2, last_run_at = '2026-11-20T04:00:00.2Z'`,
    );
    // From a Friday to the Monday after it.
    expect(await due()).toBe(Date.parse('2026-11-23T04:00:00Z'));
  });

  it('at its clocked time, once', async () => {
    await entry('a', { clocked_id: 1, one_off: true });
    expect(await due()).toBe(NOW - HOUR);
    await sql('UPDATE django_celery_beat_periodictask SET total_run_count = 1');
    expect(await due()).toBeUndefined();
  });

  it('not before it begins, and never when it is over, off, done, or of the sun', async () => {
    await entry('a', { interval_id: 1, start_time: iso(NOW + DAY) });
    expect(await due()).toBe(NOW + DAY);
    await sql(`UPDATE django_celery_beat_periodictask SET start_time = NULL, expires = '${iso(NOW - 1)}'`);
    expect(await due()).toBeUndefined();
    await sql(
      `UPDATE django_celery_beat_periodictask SET expires = NULL, one_off = true, total_run_count = 1`,
    );
    expect(await due()).toBeUndefined();
    await sql(
      `UPDATE django_celery_beat_periodictask SET one_off = false, interval_id = NULL, solar_id = 1, start_time = '${iso(NOW)}'`,
    );
    expect(await due()).toBeUndefined();
    await sql('UPDATE django_celery_beat_periodictask SET enabled = false, interval_id = 1');
    expect((await look()).view?.entries).toEqual([]);
  });
});

describe('beat', () => {
  it('is told of by its last run and by what each task is due, without an argument', async () => {
    await entry('late', { interval_id: 1, last_run_at: iso(NOW - HOUR), total_run_count: 3 });
    await entry('soon', { interval_id: 1, last_run_at: iso(NOW - MINUTE), total_run_count: 3 });
    await entry('twin', { interval_id: 1, last_run_at: iso(NOW - 2 * MINUTE), task: 'tasks.soon' });
    const { view, series } = await look();
    expect(series).toEqual({
      tasks: 3000,
      last_run_timestamp_seconds: NOW - MINUTE,
      next_run_timestamp_seconds: NOW + 8 * MINUTE,
      'due_timestamp_seconds tasks.late': NOW - 50 * MINUTE,
      'due_timestamp_seconds tasks.soon': NOW + 8 * MINUTE,
    });
    expect(JSON.stringify(view)).not.toContain('PRIVATE');
  });

  it('without a table keeps its schedule elsewhere, and nothing fails', async () => {
    await sql('ALTER TABLE django_celery_beat_periodictask RENAME TO away');
    try {
      expect(await look()).toEqual({ view: { readAt: NOW, entries: undefined }, series: {} });
    } finally {
      await sql('ALTER TABLE away RENAME TO django_celery_beat_periodictask');
    }
  });

  it('without a right is told so by the name of the table, and needs no more than the doctor says', async () => {
    await sql("CREATE ROLE reader LOGIN PASSWORD 'reader'");
    const other = openDatabase({ connectionString: postgres.urlFor({ user: 'reader', password: 'reader' }) });
    try {
      await expect(look(other)).rejects.toThrow(/may not read.*django_celery_beat_\w+; GRANT SELECT on it/);
      for (const table of BEAT_TABLES) await sql(readGrant(table, 'reader'));
      expect((await look(other)).view?.entries).toEqual([]);
    } finally {
      other.close();
    }
  });
});

const NEXT = `
import json, sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
from celery import Celery
from celery.schedules import crontab
from celery.utils.time import remaining
app = Celery(set_as_current=True)
answers = []
for fields, zone, at in json.load(sys.stdin):
    app.conf.timezone = zone
    app.__dict__.pop("timezone", None)
    now = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    try:
        schedule = crontab(*fields, nowfun=lambda: now, app=app)
        schedule.tz = ZoneInfo(zone)
        answers.append(round(at + schedule.remaining_estimate(now).total_seconds() * 1000))
    except Exception:
        answers.append(None)
print(json.dumps(answers))
`;

/** When the real Celery would run each next; null for what it refuses. */
async function askCelery(cases: readonly Case[]): Promise<readonly (number | null)[]> {
  const asking = promisify(execFile)('/usr/bin/python3', ['-c', NEXT], { env: { PATH: '/usr/bin' } });
  asking.child.stdin?.end(JSON.stringify(cases));
  return JSON.parse((await asking).stdout) as (number | null)[];
}

/** Minute, hour, day of the week, of the month, month; the zone; Unix milliseconds. */
type Case = readonly [fields: readonly string[], zone: string, at: number];

const field = (from: number, to: number, names: readonly string[] = []): fc.Arbitrary<string> => {
  const number = fc.integer({ min: from, max: to }).map(String);
  const one = names.length === 0 ? number : fc.oneof(number, fc.constantFrom(...names));
  const step = fc.integer({ min: 1, max: 12 });
  const part = fc.oneof(
    one,
    fc.tuple(one, one).map((ends) => ends.join('-')),
    fc.tuple(one, one, step).map(([a, b, every]) => `${a}-${b}/${every}`),
    step.map((every) => `*/${every}`),
  );
  return fc.oneof(
    fc.constant('*'),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
  );
};
const cases = fc.tuple(
  fc.tuple(
    field(0, 59),
    field(0, 23),
    field(0, 6, ['mon', 'sunday', 'Fri']),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, field(1, 28)),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, field(1, 12)),
  ),
  // Without a change of clocks: there Celery counts hours of its own.
  fc.constantFrom('Europe/Moscow', 'UTC', 'Asia/Kolkata'),
  fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2028-12-31T00:00:00Z') }),
);

const ours = ([fields, timezone, at]: Case): number | null => {
  const [minute = '', hour = '', dayOfWeek = '', dayOfMonth = '', monthOfYear = ''] = fields;
  return nextAfter({ minute, hour, dayOfWeek, dayOfMonth, monthOfYear, timezone }, at) ?? null;
};

describe('crontab', () => {
  it('comes when the real Celery says that it comes', async () => {
    const some = fc.sample(cases, 400);
    const theirs = await askCelery(some);
    const wrong = some.flatMap((one, index) =>
      ours(one) === theirs[index] ? [] : [{ one, ours: ours(one), theirs: theirs[index] }],
    );
    expect(wrong).toEqual([]);
  });

  it('that the real Celery refuses is not judged', async () => {
    const odd = [
      ['*/x', '*', '*', '*', '*'],
      ['60', '*', '*', '*', '*'],
      ['5/10', '*', '*', '*', '*'],
      ['', '*', '*', '*', '*'],
      ['0', '0', 'someday', '*', '*'],
      ['0', '0', '*', '0', '*'],
    ].map((fields): Case => [fields, 'UTC', NOW]);
    const refused = odd.map(() => null);
    expect(await askCelery(odd)).toEqual(refused);
    expect(odd.map(ours)).toEqual(refused);
  });

  it('runs once in an hour that comes twice, and after one that is left out', () => {
    const daily = {
      minute: '30',
      hour: '2',
      dayOfWeek: '*',
      dayOfMonth: '*',
      monthOfYear: '*',
      timezone: 'Europe/Berlin',
    };
    const first = Date.parse('2026-10-25T00:30:00Z');
    expect(nextAfter(daily, first)).toBe(Date.parse('2026-10-26T01:30:00Z'));
    expect(nextAfter(daily, first + HOUR)).toBe(Date.parse('2026-10-26T01:30:00Z'));
    expect(nextAfter(daily, Date.parse('2026-03-28T12:00:00Z'))).toBe(Date.parse('2026-03-29T01:30:00Z'));
  });
});
