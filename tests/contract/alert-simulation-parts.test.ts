import { describe, expect, it } from 'vitest';
import { encode } from '../support/simulation/encode.ts';
import {
  incidentsOf,
  isInhibited,
  matcher,
  projectRouting,
  type Moment,
} from '../support/simulation/incidents.ts';
import { evaluate } from '../support/simulation/promtool.ts';
import { noise, poisson, seeded } from '../support/simulation/random.ts';
import { duration, withOutages, BEGIN } from '../support/simulation/table.ts';
import { DAY, play, requestsPerDay, type World } from '../support/simulation/traffic.ts';

const moments = (...firing: (readonly string[])[]): Moment[] =>
  firing.map((names, index) => ({
    time: index * 60,
    firing: names.map((name) => {
      const [alertname = '', component = ''] = name.split(' ');
      return { alertname, component, severity: 'warning' };
    }),
  }));
const routing = {
  isTold: ({ severity }: Readonly<Record<string, string>>) => severity !== 'info',
  groupBy: ['alertname', 'component'],
  groupWait: () => 10,
  groupInterval: 60,
  inhibitRules: [
    { source: [matcher('alertname="Cause"')], target: [matcher('alertname="Effect"')], equal: ['component'] },
  ],
};
const seen = (...firing: (readonly string[])[]) =>
  incidentsOf(moments(...firing), routing).map(({ alertname, starts, ends }) => ({
    alertname,
    starts,
    ends,
  }));

describe('incidents', () => {
  it('start after group_wait and end at a later look', () => {
    expect(seen([], ['Cause a'], ['Cause a'], [])).toEqual([
      { alertname: 'Cause', starts: [70], ends: [190] },
    ]);
  });

  it('are as many as there are starts', () => {
    expect(seen(['Cause a'], [], ['Cause a'], [])).toEqual([
      { alertname: 'Cause', starts: [10, 130], ends: [70, 190] },
    ]);
  });

  it('are not told while another alert of the same component speaks for them, and are afterwards', () => {
    expect(seen(['Cause a', 'Effect a'], ['Effect a'])).toEqual([
      { alertname: 'Cause', starts: [10], ends: [70] },
      { alertname: 'Effect', starts: [70], ends: [] },
    ]);
    expect(seen(['Cause a', 'Effect b'])).toHaveLength(2);
  });

  it('have no end that is told where it is inhibited', () => {
    expect(seen(['Effect a'], ['Effect a', 'Cause a'], ['Cause a'], ['Cause a'])[0]).toEqual({
      alertname: 'Effect',
      starts: [10],
      ends: [],
    });
  });
});

describe('inhibition', () => {
  it.each([
    ['a="x"', { a: 'x' }, true],
    ['a="x"', {}, false],
    ['a=""', {}, true],
    ['a!="x"', {}, true],
    ['a=~"x|y"', { a: 'y' }, true],
    ['a=~"x|y"', { a: 'xy' }, false],
    ['a!~"x.*"', { a: 'xy' }, false],
  ])('the matcher %s of %o is %s', (text, labels, expected) => {
    expect(matcher(text)(labels as Record<string, string>)).toBe(expected);
  });

  it('takes labels that both lack for equal, and lets nothing inhibit itself', () => {
    const rules = [{ source: [matcher('a=~".+"')], target: [matcher('b="1"')], equal: ['c'] }];
    expect(isInhibited({ b: '1' }, [{ a: '1' }], rules)).toBe(true);
    expect(isInhibited({ b: '1', c: '1' }, [{ a: '1' }], rules)).toBe(false);
    expect(isInhibited({ a: '1', b: '1' }, [{ a: '1', b: '1' }], rules)).toBe(false);
    expect(isInhibited({ a: '1', b: '1' }, [{ a: '1' }], rules)).toBe(true);
  });

  it('is read from prometheus/alertmanager.yml', () => {
    const { inhibitRules, groupWait, isTold } = projectRouting();
    expect(groupWait({ alertname: 'DiskSpaceLow', severity: 'critical' })).toBe(10);
    expect(groupWait({ alertname: 'ComponentDown', severity: 'critical' })).toBe(2);
    expect(isTold({ alertname: 'ComponentDown', severity: 'critical' })).toBe(true);
    expect(isTold({ alertname: 'Watchdog', severity: 'info' })).toBe(false);
    const redis = { alertname: 'ComponentDown', component: 'redis' };
    expect(isInhibited({ alertname: 'BridgeAlone' }, [redis], inhibitRules)).toBe(true);
    expect(isInhibited(redis, [redis], inhibitRules)).toBe(false);
  });
});

describe('series', () => {
  it('are written in runs, an end marked as Prometheus marks it', () => {
    expect(encode([5, 5, 5])).toBe('5x2');
    expect(encode([0, 60, 120, 121])).toBe('0+60x2 121');
    expect(encode([3, 1])).toBe('3 1');
    expect(encode([0.1, 0.2, 0.2])).toBe('0.1 0.2x1');
    expect(encode([undefined, undefined, 1, undefined, undefined, 2])).toBe('_x2 1 stale _x1 2');
    expect(encode([1, undefined, 1])).toBe('1 stale 1');
  });

  it('are read by promtool as they were meant, and its answers too', async () => {
    const values = [1, 1, 3, 5, undefined, undefined, 0.5, -2, -4, -6];
    const series = [{ series: 'x{a="b, \\"c\\" {d} 1,"}', values }];
    const questions = values.map((_, index) => ({ expr: 'x', time: index * 15 }));
    const answers = await evaluate(new Map(), series, { sample: 15, evaluation: 15 }, questions);
    expect(answers.map(([sample]) => sample?.value)).toEqual(values);
    expect(answers[0]?.[0]?.labels).toEqual({ __name__: 'x', a: 'b, "c" {d} 1,' });
  });

  it('that promtool cannot read are an error with what it says', async () => {
    const series = [{ series: 'x{', values: [1] }];
    const seconds = { sample: 15, evaluation: 15 };
    await expect(evaluate(new Map(), series, seconds, [{ expr: 'x', time: 0 }])).rejects.toThrow(
      'promtool says',
    );
  });
});

describe('traffic', () => {
  const bot = { users: 600, errorShare: 0.003 };
  const world: World = { bot, seed: 1, step: 60, length: DAY, hour: 0, faults: [] };
  const requests = (steps: ReturnType<typeof play>) => steps.flatMap(({ answers }) => answers);

  it('is that of the bot, the same for the same seed', () => {
    expect(requestsPerDay({ users: 150, errorShare: 0 })).toBeCloseTo(525);
    expect(requestsPerDay(bot)).toBeCloseTo(9600);
    const steps = play(world);
    expect(requests(steps).length).toBeGreaterThan(9000);
    expect(requests(steps).length).toBeLessThan(10_500);
    const calls = steps.flatMap((step) => [...step.calls.values()]).reduce((sum, { made }) => sum + made, 0);
    expect(calls).toBeGreaterThan(1100);
    expect(calls).toBeLessThan(1400);
    expect(play(world)).toEqual(steps);
  });

  it('has exactly the failures it is told to have', () => {
    const exact = play({ ...world, bot: { ...bot, errors: 10 } });
    expect(requests(exact).filter(({ code }) => code === '500')).toHaveLength(10);
  });

  it('comes by chance, on average as often as expected', () => {
    const random = seeded(3);
    const counts = Array.from({ length: 2000 }, () => poisson(2.5, random));
    expect(counts.reduce((sum, count) => sum + count, 0) / 2000).toBeCloseTo(2.5, 0);
    expect(noise(5)).toBe(noise(5));
  });
});

describe('the table of docs/alerts.md', () => {
  it('has times to the next quarter of a minute', () => {
    expect([0, 1, 70, 3600, 9001].map(duration)).toEqual([
      '0 s',
      '15 s',
      '1 min 15 s',
      '1 h',
      '2 h 30 min 15 s',
    ]);
  });

  it('stands between its marks', () => {
    expect(() => withOutages('no marks', [])).toThrow('There is no place');
    const incidents = [{ alertname: 'A', component: 'c', severity: 'critical', starts: [70], ends: [] }];
    expect(
      withOutages(`a\n${BEGIN}\n<!-- end: outages -->\nb`, [{ name: 'x', from: 0, incidents }]),
    ).toContain('| x      | 1        | 1 min 15 s       | `A` of c, critical |');
  });
});
