/** An empty outbox for each test, and short words for what is done with it. */
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import type { Outbox, Outcome, Submission } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal, Severity } from '../../../../alert-bridge/model/signal.ts';
import type { Incident } from '../../../../alert-bridge/model/incident.ts';

export const signal = (id: string, type = 'event', severity: Severity = 'info'): NewSignal => ({
  id,
  type,
  severity,
  occurredAt: 1,
  body: { kind: 'custom', title: type, text: id },
});

export const incident: Incident = {
  kind: 'events',
  type: 'event',
  severity: 'info',
  rangAt: 5,
  messageId: 6,
  count: 1,
  firstAt: 1,
  lastAt: 1,
  body: { kind: 'custom', title: 'event', text: '' },
};

export let outbox: Outbox;
export function openAnew(): void {
  outbox = openOutbox(connectSqlite(':memory:'));
}

interface Posted extends Partial<Omit<Submission, 'signals' | 'chatsOf'>> {
  readonly chats?: readonly string[];
}

export const accept = (signals: readonly NewSignal[], { chats = ['a'], ...more }: Posted = {}) => {
  const submission = { signals, chatsOf: () => chats, suppress: () => undefined, now: 10, ...more };
  const [result] = outbox.accept([submission]);
  if (result === undefined || result instanceof Error) throw result ?? new Error('no answer');
  return result;
};
export const settle = (seq: number, outcome: Outcome, chat = 'a') =>
  outbox.settle({ chat, outcomes: [{ seq, outcome, reason: 'because' }], now: 20 });
export const prune = (before: number) => outbox.prune({ settledBefore: before, incidentsBefore: before });
