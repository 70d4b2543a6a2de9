import { beforeEach, describe, expect, it } from 'vitest';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { accept, openAnew, outbox, prune, settle, signal } from './fresh.ts';

beforeEach(openAnew);

describe('digests', () => {
  const burning = (name: string, status: 'firing' | 'resolved' = 'firing'): NewSignal => ({
    id: `${name} ${status}`,
    type: name,
    severity: 'critical',
    occurredAt: 1,
    body: {
      kind: 'alert',
      status,
      fingerprint: name,
      labels: { alertname: name.slice(0, 1) },
      annotations: {},
      startsAt: 3,
      ...(status === 'resolved' ? { endsAt: 9 } : {}),
    },
  });
  const fold = (isNew = false) => outbox.digests.fold('a', 'critical', outbox.waiting('a', 10), isNew);

  it('hold what waits apart, count it, and name the worst first', () => {
    accept([burning('B1'), burning('A1'), burning('B2'), signal('event')]);
    fold();
    expect(outbox.nextPending('a', 10)).toBeUndefined();
    expect(outbox.ledger()).toMatchObject({ pending: 4 });
    expect(outbox.digests.unshown('a')).toEqual(['critical']);
    expect(outbox.digests.folded('a', 'critical').map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({
      members: 4,
      firing: 3,
      resolved: 0,
      startedAt: 1,
      nameCount: 3,
      names: [
        { name: 'B', severity: 'critical', members: 2, resolved: 0 },
        { name: 'A', members: 1 },
        { name: 'event', severity: 'info' },
      ],
    });
  });

  it('hold what events say, the newest first and each text once: it stands nowhere else', () => {
    const said = (id: string, text: string): NewSignal => ({
      ...signal(id, 'Backup', 'critical'),
      body: { kind: 'custom', title: 'Backup', text },
    });
    const error = {
      ...signal('5', 'critical_error:E', 'critical'),
      body: { kind: 'critical_error', errorType: 'E', details: 'trace' } as const,
    };
    accept([
      said('1', 'first'),
      said('2', 'second'),
      said('3', 'second'),
      said('4', ' '),
      error,
      burning('A1'),
    ]);
    fold();
    const { names } = outbox.digests.summary('a', 'critical');
    expect(names.map(({ name, texts }) => [name, texts])).toEqual([
      ['A', undefined],
      ['Backup', ['second', 'first']],
      ['E', ['trace']],
    ]);
  });

  it('know some alerts of each name that fire: what their rules say names them', () => {
    const summaries = (name: string) =>
      outbox.digests
        .summary('a', 'critical')
        .names.find((row) => row.name === name)
        ?.alerts?.map(({ fingerprint }) => fingerprint);
    accept([burning('A1'), ...['B1', 'B2', 'B3', 'B4'].map((name) => burning(name))]);
    fold();
    expect([summaries('A'), summaries('B')]).toEqual([['A1'], ['B1', 'B2', 'B3']]);
    accept([burning('A1', 'resolved')]);
    fold();
    expect(summaries('A')).toBeUndefined();
  });

  it('know their alerts, and leave the resolved ones behind when they begin anew', () => {
    accept([burning('A1'), burning('A2')]);
    fold();
    accept([burning('A1', 'resolved')]);
    fold();
    expect(outbox.digests.member('a', 'A1')).toEqual({ digest: 'critical', status: 'resolved', startsAt: 3 });
    expect(outbox.digests.member('b', 'A1')).toBeUndefined();
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({ members: 2, resolved: 1, endedAt: 9 });
    accept([burning('A3')]);
    fold(true);
    expect(outbox.digests.member('a', 'A1')).toBeUndefined();
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({ members: 2, firing: 2, resolved: 0 });
  });

  it('agree on what is over: an alert that two of them show is resolved in both', () => {
    accept([burning('A1')]);
    fold();
    accept([{ ...burning('A1'), id: 'again' }]);
    outbox.digests.fold('a', 'quiet', outbox.waiting('a', 10), true);
    accept([burning('A1', 'resolved')]);
    outbox.digests.fold('a', 'quiet', outbox.waiting('a', 10), false);
    for (const digest of ['critical', 'quiet'] as const) {
      expect(outbox.digests.summary('a', digest)).toMatchObject({ members: 1, firing: 0, resolved: 1 });
    }
  });

  it('are forgotten with their incident, once nothing waits for them', () => {
    accept([burning('A1')]);
    fold();
    prune(100);
    expect(outbox.digests.member('a', 'A1')).toBeDefined();
    settle(1, 'failed');
    prune(100);
    expect(outbox.digests.member('a', 'A1')).toBeUndefined();
  });
});
