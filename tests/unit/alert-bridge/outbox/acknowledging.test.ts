import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertThread, Thread } from '../../../../alert-bridge/model/incident.ts';
import { openAnew, outbox, thread } from './fresh.ts';

beforeEach(openAnew);

describe('acknowledging', () => {
  const incident = (openedAt: number, more: Partial<AlertThread> = {}): AlertThread => ({
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
  const show = (state: Thread, chat = 'a') =>
    outbox.settle({ chat, outcomes: [], thread: { state, stale: false }, now: 20 });
  const acknowledged = { by: '@ann', at: 30 };

  it('is noted in every chat, and every message must then say so', () => {
    show(incident(1), 'a');
    show(incident(2), 'b');
    expect(outbox.acknowledge('alert:Down:redis', acknowledged, 30)).toEqual(acknowledged);
    for (const chat of ['a', 'b']) expect(outbox.nextStaleThread(chat)).toMatchObject({ acknowledged });
  });

  it('keeps who was first', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    expect(outbox.acknowledge('alert:Down:redis', { by: '@bob', at: 40 }, 40)).toEqual(acknowledged);
    expect(outbox.alertThreads()).toMatchObject([{ acknowledged }]);
  });

  it('survives a message that was on its way meanwhile, which is then brought up to date', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(incident(1, { messageId: 7 }));
    expect(outbox.nextStaleThread('a')).toMatchObject({ messageId: 7, acknowledged });
  });

  it('ends with its incident', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(incident(2));
    expect(outbox.thread('a', 'alert:Down:redis')).not.toHaveProperty('acknowledged');
    expect(outbox.nextStaleThread('a')).toBeUndefined();
  });

  it('is no use for what no chat was told of', () => {
    expect(outbox.acknowledge('alert:Up:redis', acknowledged, 30)).toBeUndefined();
    show(thread);
    expect(outbox.acknowledge('event', acknowledged, 30)).toBeUndefined();
  });
});
