import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../support/simulation/incidents.ts';
import { AWAY, errorsUnseen, outages, scaledOutages, type Outage } from '../support/simulation/outages.ts';
import { falseAlarmsIn, incidentsIn } from '../support/simulation/simulate.ts';
import { withOutages, type Row } from '../support/simulation/table.ts';
import { DAY, habits, MINUTE, type Bot, type Fault } from '../support/simulation/traffic.ts';

/** Minutes of computing: whole weeks with their weekends, and every outage at a tenth and at ten times the traffic. */
const isLong = process.env['TEST_LONG'] === '1';

/** The rules that read what users do; what all others read is the same in every quiet week. */
const isOfUsers = (file: string): boolean => ['product.yml', 'slo.yml', 'traffic.yml'].includes(file);

describe('a quiet time, with scanners, deploys, backups and a daily restart of the exporter, is told of by nothing', () => {
  const quiet = (bot: Bot, days: number, concerns?: (file: string) => boolean) => {
    const time = { seed: bot.users, hour: 0, length: days * DAY };
    return falseAlarmsIn({ ...time, bot, step: MINUTE, faults: habits(time) }, concerns);
  };

  it('two days of a bot with 600 users, by every rule', async () => {
    expect(await quiet({ users: 600, errorShare: 0.003 }, 2)).toEqual([]);
  });

  it('three days of a bot with 150 users and ten failures, by the rules about users', async () => {
    expect(await quiet({ users: 150, errorShare: 0, errors: 10 }, 3, isOfUsers)).toEqual([]);
  });

  it.runIf(isLong).each<[string, number, Bot]>([
    ['600 users, 0.3 % of whose requests fail', 7, { users: 600, errorShare: 0.003 }],
    ['600 users, 0.15 % of whose requests fail', 7, { users: 600, errorShare: 0.0015 }],
    ['150 users, 0.3 % of whose requests fail', 7, { users: 150, errorShare: 0.003 }],
    ['150 users with ten failures within a week', 7, { users: 150, errorShare: 0, errors: 10 }],
    ['15 users', 2, { users: 15, errorShare: 0.003 }],
    ['6,000 users', 2, { users: 6000, errorShare: 0.003 }],
  ])('%s, by the rules about users', async (_name, days, bot) => {
    expect(await quiet(bot, days, isOfUsers)).toEqual([]);
  });
});

describe('the database, Redis and DNS', () => {
  const NAMES = ['database', 'dns', 'redis'];
  /** Again and again, each a second later in the interval of the checks and scrapes: at every moment it can come. */
  const timesDown = (seconds: number): Fault[] =>
    Array.from({ length: 15 }, (_, n) => ({
      from: (n + 1) * 8 * MINUTE + n,
      to: (n + 1) * 8 * MINUTE + n + seconds,
      down: NAMES,
      isRefused: true,
    }));
  const see = (faults: readonly Fault[]): Promise<Incident[]> =>
    incidentsIn(
      { bot: { users: 150, errorShare: 0 }, seed: 7, step: 15, length: 130 * MINUTE, hour: 10, faults },
      5,
      (file) => file === 'components.yml',
    );

  it('restart within 12 s, and are told of by nothing', async () => {
    expect(await see(timesDown(12))).toEqual([]);
  });

  it('are away for two minutes, and are told once each time, mostly within 40 s and always within a minute', async () => {
    const faults = timesDown(120);
    const incidents = await see(faults);
    expect(incidents.map(({ component }) => component).toSorted()).toEqual(NAMES);
    for (const { component, starts } of incidents) {
      const after = starts.map((start, n) => start - (faults[n]?.from ?? 0)).toSorted((a, b) => a - b);
      expect(after, component).toHaveLength(faults.length);
      expect(after[7], component).toBeLessThanOrEqual(40);
      expect(after.at(-1), component).toBeLessThanOrEqual(60);
    }
  });
});

/** What is wrong about what the chat saw, one sentence each. */
function problems({ from, expected }: Outage, incidents: readonly Incident[]): string[] {
  const { alert, component, severity, within = Infinity, ends, besides = [], mayBeMissed = false } = expected;
  const found: string[] = [];
  const isNamed = (one: Incident): boolean =>
    one.alertname === alert && (component === undefined || one.component === component);
  const told = incidents.filter(isNamed);
  const others = incidents.filter((one) => !isNamed(one) && !besides.includes(one.alertname));
  for (const one of others)
    found.push(`${one.alertname} of ${one.component} is told ${minutes(one.starts, from)} after it broke`);
  if (alert !== undefined && told.length === 0 && !mayBeMissed) found.push(`${alert} is not told`);
  for (const one of told) {
    const [first = Infinity] = one.starts;
    if (one.starts.length > 1) found.push(`${alert ?? ''} starts at ${minutes(one.starts, from)}`);
    if (first < from) found.push(`${alert ?? ''} is told before it broke: ${minutes([first], from)}`);
    if (first > from + within && !mayBeMissed)
      found.push(`${alert ?? ''} is told late: ${minutes([first], from)}`);
    if (severity !== undefined && one.severity !== severity) found.push(`${alert ?? ''} is ${one.severity}`);
    if (ends === true && one.ends.length !== one.starts.length)
      found.push(`${alert ?? ''} ends at ${minutes(one.ends, from) || 'no time'}`);
  }
  return found;
}

const minutes = (times: readonly number[], from: number): string =>
  times.map((time) => `${((time - from) / MINUTE).toFixed(2)} min`).join(', ');

describe('an outage', () => {
  const rows = new Map<string, Row>();
  const see = async (outage: Outage): Promise<readonly Incident[]> => {
    const incidents = await incidentsIn(outage.world);
    rows.set(outage.name, { name: outage.name, from: outage.from, incidents });
    return incidents;
  };

  it.concurrent.for(outages.map((outage) => [outage.name, outage] as const))(
    'is told once, in time, by its cause: %s',
    async ([, outage], { expect }) => {
      expect(problems(outage, await see(outage))).toEqual([]);
    },
  );

  it.runIf(isLong).concurrent.for(scaledOutages.map((outage) => [outage.name, outage] as const))(
    'is told once, whatever the traffic: %s',
    async ([, outage], { expect }) => {
      expect(problems(outage, await incidentsIn(outage.world))).toEqual([]);
    },
  );

  it('has no end while nothing is known of it', async () => {
    const incidents = rows.get(errorsUnseen.name)?.incidents ?? (await see(errorsUnseen));
    const ends = incidents.find(({ alertname }) => alertname === 'HttpErrorRateHigh')?.ends;
    expect(ends?.filter((end) => end >= AWAY.from && end < AWAY.to)).toEqual([]);
  });

  it('is in the table of docs/alerts.md as it is told', async () => {
    const page = join(import.meta.dirname, '../../docs/alerts.md');
    const text = readFileSync(page, 'utf8');
    // Not seen yet where only some tests of this file are run.
    for (const outage of outages) if (!rows.has(outage.name)) await see(outage);
    const written = withOutages(
      text,
      outages.flatMap(({ name }) => rows.get(name) ?? []),
    );
    if (process.env['UPDATE_ALERTS'] === '1') writeFileSync(page, written);
    expect(readFileSync(page, 'utf8'), 'run UPDATE_ALERTS=1 npx vitest run on this file').toBe(written);
  });
});
