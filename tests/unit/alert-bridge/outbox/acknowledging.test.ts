import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertIncident, Incident } from '../../../../alert-bridge/model/incident.ts';
import { openAnew, outbox, incident } from './fresh.ts';

beforeEach(openAnew);

describe('acknowledging', () => {
  const alertIncident = (openedAt: number, more: Partial<AlertIncident> = {}): AlertIncident => ({
    kind: 'alerts',
    type: 'alert:Down:redis',
    severity: 'critical',
    rangAt: 5,
    messageId: 6,
    count: 1,
    lastAt: 1,
    openedAt,
    members: {},
    ...more,
  });
  const show = (state: Incident, chat = 'a') =>
    outbox.settle({ chat, outcomes: [], incident: { state, stale: false }, now: 20 });
  const acknowledged = { by: '@ann', at: 30 };

  it('is noted in every chat, and every message must then say so', () => {
    show(alertIncident(1), 'a');
    show(alertIncident(2), 'b');
    expect(outbox.acknowledge('alert:Down:redis', acknowledged, 30)).toEqual(acknowledged);
    for (const chat of ['a', 'b']) expect(outbox.nextStaleIncident(chat)).toMatchObject({ acknowledged });
  });

  it('keeps who was first', () => {
    show(alertIncident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    expect(outbox.acknowledge('alert:Down:redis', { by: '@bob', at: 40 }, 40)).toEqual(acknowledged);
    expect(outbox.alertIncidents()).toMatchObject([{ acknowledged }]);
  });

  it('survives a message that was on its way meanwhile, which is then brought up to date', () => {
    show(alertIncident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(alertIncident(1, { messageId: 7 }));
    expect(outbox.nextStaleIncident('a')).toMatchObject({ messageId: 7, acknowledged });
  });

  it('ends with its incident', () => {
    show(alertIncident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(alertIncident(2));
    expect(outbox.incident('a', 'alert:Down:redis')).not.toHaveProperty('acknowledged');
    expect(outbox.nextStaleIncident('a')).toBeUndefined();
  });

  it('is no use for what no chat was told of', () => {
    expect(outbox.acknowledge('alert:Up:redis', acknowledged, 30)).toBeUndefined();
    show(incident);
    expect(outbox.acknowledge('event', acknowledged, 30)).toBeUndefined();
  });
});
