import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeIncidents } from '../../../../alert-bridge/outbox/merge-incidents.ts';
import type { AlertBody, Severity } from '../../../../alert-bridge/model/signal.ts';
import type {
  AlertIncident,
  DigestIncident,
  EventIncident,
  Incident,
} from '../../../../alert-bridge/model/incident.ts';

const time = fc.integer({ min: 0, max: 5 });
const severity = fc.constantFrom<Severity>('critical', 'warning', 'info');

/** A message is one thing, whoever knows it: when it rang and whether it came late go with its id. */
const message = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()).map(([messageId, hasMoved]) => ({
  messageId,
  ...(hasMoved ? { chatId: -1_009 } : {}),
  rangAt: 100 * messageId + Number(hasMoved),
  ...(messageId % 2 === 0
    ? {}
    : { late: { happenedAt: 1, deliveredAt: 100 * messageId, cause: 'backlog' as const } }),
}));
const base = fc.record({ severity, count: time, lastAt: time });
const superseded = fc
  .uniqueArray(fc.integer({ min: 10, max: 14 }), { maxLength: 3 })
  .map((ids) => (ids.length === 0 ? {} : { superseded: ids.toSorted((a, b) => a - b) }));
const begun = fc
  .tuple(
    fc.uniqueArray(time, { maxLength: 3 }),
    fc.option(fc.record({ since: time, count: time }), { nil: undefined }),
  )
  .map(([onsets, flapping]) => ({
    ...(onsets.length === 0 ? {} : { onsets: onsets.toSorted((a, b) => a - b) }),
    ...(flapping === undefined ? {} : { flapping }),
  }));

const alertOf = (fingerprint: string) =>
  fc
    .record({ startsAt: time, endsAt: fc.option(time, { nil: undefined }), value: fc.constantFrom('1', '2') })
    .map(({ startsAt, endsAt, value }): AlertBody => {
      const status = endsAt === undefined ? 'firing' : 'resolved';
      const ended = endsAt === undefined ? {} : { endsAt };
      return { kind: 'alert', status, fingerprint, labels: { value }, annotations: {}, startsAt, ...ended };
    });
const members = fc.record({ a: alertOf('a'), b: alertOf('b'), c: alertOf('c') }, { requiredKeys: [] });
const acknowledged = fc.option(fc.record({ by: fc.constantFrom('@ann', '@bob'), at: time }), {
  nil: undefined,
});

const alerts: fc.Arbitrary<AlertIncident> = fc
  .tuple(message, base, superseded, fc.record({ openedAt: time, members }), acknowledged, begun)
  .map(([ring, more, left, own, by, flaps]) => ({
    ...{ kind: 'alerts', type: 'alert:Down', ...more, ...ring, ...left, ...own, ...flaps },
    ...(by === undefined ? {} : { acknowledged: by }),
  }));
const events: fc.Arbitrary<EventIncident> = fc
  .tuple(message, base, fc.record({ firstAt: time, text: fc.constantFrom('x', 'y') }))
  .map(([ring, more, { firstAt, text }]) => ({
    ...{ kind: 'events', type: 'event', ...more, ...ring, firstAt },
    body: { kind: 'custom', title: 'event', text },
  }));
const digests: fc.Arbitrary<DigestIncident> = fc
  .tuple(
    message,
    base,
    superseded,
    fc.record({ nameCount: time, namesRung: time, shownAt: time, isOver: fc.boolean() }),
    begun,
  )
  .map(([ring, more, left, own, flaps]) => ({
    ...{ kind: 'digest', type: 'digest:critical', digest: 'critical' },
    ...{ ...more, ...ring, ...left, ...own, ...flaps },
  }));

describe.each<[string, fc.Arbitrary<Incident>]>([
  ['alerts', alerts],
  ['events', events],
  ['digests', digests],
])('incidents of %s come to the same', (_, incident) => {
  it('whoever hears of whom', () => {
    fc.assert(
      fc.property(incident, incident, (a, b) => {
        expect(mergeIncidents(a, b)).toEqual(mergeIncidents(b, a));
      }),
    );
  });

  it('in whatever order', () => {
    fc.assert(
      fc.property(incident, incident, incident, (a, b, c) => {
        expect(mergeIncidents(mergeIncidents(a, b), c)).toEqual(mergeIncidents(a, mergeIncidents(b, c)));
      }),
    );
  });

  it('however often', () => {
    fc.assert(
      fc.property(incident, incident, (a, b) => {
        const merged = mergeIncidents(a, b);
        expect(mergeIncidents(a, a)).toEqual(a);
        expect(mergeIncidents(merged, a)).toEqual(merged);
      }),
    );
  });
});

describe('what one of two bridges has shown alone', () => {
  const alert = (fingerprint: string, more: Partial<AlertBody> = {}): AlertBody => ({
    ...{ kind: 'alert', status: 'firing', fingerprint, labels: {}, annotations: {}, startsAt: 1 },
    ...more,
  });
  const alertIncident = (messageId: number, more: Partial<AlertIncident>): AlertIncident => ({
    ...{ kind: 'alerts', type: 'alert:Down', severity: 'warning', rangAt: messageId, messageId },
    ...{ count: 1, lastAt: 1, openedAt: messageId, members: {} },
    ...more,
  });

  it('stays: members, the worse severity, who looks after it; and the older message is to say where it goes on', () => {
    const first = alertIncident(5, {
      severity: 'critical',
      members: { a: alert('a'), b: alert('b') },
      count: 2,
    });
    const resolved = alert('a', { status: 'resolved', endsAt: 9 });
    const second = alertIncident(6, {
      members: { a: resolved, c: alert('c') },
      acknowledged: { by: '@ann', at: 7 },
      superseded: [3],
    });
    expect(mergeIncidents(first, second)).toEqual({
      ...second,
      severity: 'critical',
      count: 2,
      openedAt: 5,
      members: { a: resolved, b: alert('b'), c: alert('c') },
      superseded: [3, 5],
    });
  });

  it('takes a message in the chat that the other one became for newer, and no id of the chat that is left', () => {
    const before = alertIncident(102, { superseded: [7], openedAt: 1 });
    const after = alertIncident(1, { chatId: -1_009 });
    for (const merged of [mergeIncidents(before, after), mergeIncidents(after, before)])
      expect(merged).toEqual(after);
  });

  it('takes an alert that fires again for newer than its end', () => {
    const again = alert('a', { startsAt: 20 });
    const over = alert('a', { status: 'resolved', endsAt: 9 });
    const merged = mergeIncidents(
      alertIncident(5, { members: { a: again } }),
      alertIncident(6, { members: { a: over } }),
    );
    expect(merged).toMatchObject({ members: { a: again } });
  });
});
