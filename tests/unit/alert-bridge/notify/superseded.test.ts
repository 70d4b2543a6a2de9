import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SendResult } from '../../../../alert-bridge/telegram/sender.ts';
import type { Severity } from '../../../../alert-bridge/model/signal.ts';
import { everySeverity, POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, unreachable } from './scripted-chat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GONE: SendResult = { status: 'gone' };

let bench: DeliveryBench;
beforeEach(() => {
  bench = new DeliveryBench(routeAll(['1'], { ...POLICY, remindAfterMs: everySeverity(4 * HOUR) }));
});
afterEach(async () => {
  await bench.delivery.stop(0);
  expect(bench.unexpected).toEqual([]);
});

const down = (severity: Severity, fingerprint = 'f', status: 'firing' | 'resolved' = 'firing') => {
  const told = alert(status, fingerprint, severity);
  return { ...told, body: { ...told.body, labels: { severity } } };
};
/** What every message of the chat shows now, the oldest first. */
const shown = (): string[] => [...bench.sender.messages.values()];
const edits = (): string[] => bench.texts().filter((text) => text.startsWith('edit'));

describe('a message that another one has taken the place of', () => {
  it.each([
    ['a worse severity', () => bench.accept(down('critical'))],
    ['a critical alert that is new', () => bench.accept(down('critical', 'new'))],
    [
      'a cooldown that is over',
      async () => {
        await bench.clock.advance(31 * MINUTE);
        await bench.accept(down('warning'));
      },
    ],
    ['a reminder', () => bench.clock.advance(4 * HOUR)],
  ])('says that it goes on: %s', async (_why, next) => {
    await bench.accept(down('warning'));
    await bench.clock.advance(MINUTE);
    await next();
    await bench.clock.advance(MINUTE);
    expect(shown()).toHaveLength(2);
    expect(shown()[0]).toMatch(/^superseded alert:Down /);
    expect(shown()[1]).toMatch(/^incident alert:Down /);
    await bench.clock.advance(HOUR);
    expect(edits()).toHaveLength(1);
  });

  it('and shows what was for good stays as it is: an incident that ended, an event', async () => {
    const event = {
      type: 'critical_error:DB',
      severity: 'critical',
      body: { kind: 'critical_error', errorType: 'DB', details: 'gone' },
    } as const;
    await bench.accept(alert('firing'), event);
    await bench.clock.advance(MINUTE);
    await bench.accept(alert('resolved'));
    await bench.clock.advance(HOUR);
    await bench.accept(alert('firing', 'again'), event);
    await bench.clock.advance(MINUTE);
    expect(shown().join('\n')).not.toContain('superseded');
  });

  it('and was never brought up to date, because the next incident came first, says that it goes on', async () => {
    await bench.accept(alert('firing'));
    await bench.clock.advance(MINUTE);
    bench.sender.answers.push(
      { status: 'shown', messageId: 900 },
      ...Array.from({ length: 90 }, () => unreachable(false)),
    );
    await bench.accept(alert('resolved'));
    await bench.clock.advance(31 * MINUTE);
    bench.sender.answers.length = 0;
    await bench.accept(alert('firing', 'next'));
    await bench.clock.advance(5 * MINUTE);
    expect(shown()[0]).toMatch(/^superseded|firing 0/);
  });

  it('waits behind whatever is new, and over a restart', async () => {
    await bench.accept(down('warning'));
    await bench.clock.advance(MINUTE);
    await bench.accept(down('critical'));
    await bench.accept(alert('firing', 'o', 'info', 'Other'), alert('firing', 'p', 'info', 'Another'));
    await bench.restart();
    await bench.clock.advance(MINUTE);
    expect(bench.texts()).toEqual([
      'send: incident alert:Other firing 1 count 1',
      'send: incident alert:Another firing 1 count 1',
      'edit: superseded alert:Down firing 1 count 2',
    ]);
  });

  it('is tried again while Telegram does not answer, and forgotten when somebody has deleted it', async () => {
    await bench.accept(down('warning'));
    await bench.clock.advance(MINUTE);
    bench.sender.answers.push({ status: 'shown', messageId: 7 }, unreachable(true), GONE);
    await bench.accept(down('critical'));
    await bench.clock.advance(MINUTE);
    await bench.accept(down('critical', 'f', 'resolved'));
    await bench.clock.advance(MINUTE);
    expect(edits()).toEqual([
      'edit: superseded alert:Down firing 1 count 2',
      'edit: superseded alert:Down firing 1 count 2',
      'edit: incident alert:Down firing 0 count 3',
    ]);
    expect(bench.ledger()).toMatchObject({ accepted: 3, delivered: 3, pending: 0 });
  });

  it('is one of several when Telegram answered none of the edits: each says so in the end', async () => {
    await bench.accept(down('info'));
    for (const severity of ['warning', 'critical'] as const) {
      await bench.clock.advance(1_500);
      await bench.accept(down(severity));
    }
    await bench.clock.advance(MINUTE);
    expect(shown().map((text) => text.split(' ')[0])).toEqual(['superseded', 'superseded', 'incident']);
  });
});
