import { describe, expect, it } from 'vitest';
import { groupsSchema } from '../../../../common/clients/alertmanager.ts';
import {
  compare,
  isKeptSilent,
  type CurrentAlert,
} from '../../../../alert-bridge/monitor/reconcile/compare.ts';
import {
  routingSchema,
  toldByGroups,
  toldByRoutes,
} from '../../../../alert-bridge/monitor/reconcile/muted.ts';

/** As Alertmanager 0.33 answers; 0.25 has no `mutedBy`. */
const group = (receiver: string, mutedBy: readonly string[] | null | undefined) => ({
  receiver: { name: receiver },
  labels: {},
  alerts: [{ fingerprint: 'a', status: { state: 'active', ...(mutedBy === undefined ? {} : { mutedBy }) } }],
});
const told = (...groups: unknown[]) => toldByGroups(groupsSchema.parse(groups))?.get('a');

describe('what groups tell of time intervals', () => {
  it('is silent for a receiver when every group of it is', () => {
    expect(told(group('bridge', ['night']))).toEqual({ receivers: [], mutedFor: ['bridge'] });
    expect(told(group('bridge', ['night']), group('bridge', []))).toEqual({
      receivers: ['bridge'],
      mutedFor: [],
    });
    expect(told(group('bridge', ['night']), group('other', null))).toEqual({
      receivers: ['other'],
      mutedFor: ['bridge'],
    });
  });

  it('is not known where Alertmanager does not tell it', () => {
    expect(told(group('bridge', undefined))).toBeUndefined();
  });

  it('takes null for an empty list', () => {
    expect(toldByGroups(groupsSchema.parse(null))).toEqual(new Map());
    expect(toldByGroups(groupsSchema.parse([{ receiver: { name: 'x' }, alerts: null }]))).toEqual(new Map());
  });
});

describe('what routes may keep silent', () => {
  const routing = routingSchema.parse({
    route: {
      receiver: 'bridge',
      routes: [
        { matchers: ['team="night"'], mute_time_intervals: ['night'], routes: null },
        { match: { team: 'both' }, receiver: 'other', active_time_intervals: ['day'], continue: true },
        { match_re: { team: 'b.*' } },
        { matchers: ['team="deep"'], mute_time_intervals: ['night'], routes: [{ matchers: ['x="1"'] }] },
      ],
    },
  });
  it.each([
    [{ team: 'night' }, [], ['bridge']],
    [{ team: 'both' }, ['bridge'], ['other']],
    [{ team: 'deep' }, [], ['bridge']],
    // Intervals are not inherited.
    [{ team: 'deep', x: '1' }, ['bridge'], []],
    [{ team: 'day' }, ['bridge'], []],
  ])('of %j', (labels, receivers, mutedFor) => {
    expect(toldByRoutes(routing, labels)).toEqual({ receivers, mutedFor });
  });
});

it('does not make up for what an interval keeps from us, and does once it does not', () => {
  const alert: CurrentAlert = {
    body: { kind: 'alert', status: 'firing', fingerprint: 'a', labels: {}, annotations: {}, startsAt: 0 },
    isMuted: false,
    receivers: ['other'],
    mutedFor: ['bridge'],
  };
  expect(isKeptSilent(alert, ['bridge'])).toBe(true);
  expect(isKeptSilent(alert, ['other'])).toBe(false);
  expect(compare([], [alert], ['bridge']).unseen).toEqual([]);
  expect(compare([], [{ ...alert, receivers: ['bridge'], mutedFor: [] }], ['bridge']).unseen).toHaveLength(1);
});
