import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import type { News, ReplicatedEntry, Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';

const CHAT = '1';
const SIGNALS = ['a', 'b', 'c', 'd'];

type Told = ReplicatedEntry & { readonly by: Outbox };

const open = (): Outbox => openOutbox(connectSqlite(':memory:'), undefined, { isShared: true });

function accept(outbox: Outbox, id: string): void {
  const body = { kind: 'custom', title: id, text: '' } as const;
  const signal = { id, type: id, severity: 'info', occurredAt: 1, body } as const;
  outbox.accept([{ signals: [signal], chatsOf: () => [CHAT], suppress: () => undefined, now: 1 }]);
}

/** Shows all that waits, by one message. */
function show(outbox: Outbox): void {
  const outcomes = outbox
    .waiting(CHAT, 10)
    .map(({ seq }) => ({ seq, outcome: 'delivered', reason: 'shown' }) as const);
  outbox.settle({ chat: CHAT, outcomes, now: 2 });
}

const tell = (outbox: Outbox, stream: Told[]): void => {
  const untold = outbox.replication.untold(CHAT, 100);
  for (const { id: _, ...shown } of untold) stream.push({ ...shown, at: 2, by: outbox });
  outbox.replication.told(untold.map(({ id }) => id));
};

/** What a reader that stands there is given. */
function newsFor(outbox: Outbox, stream: readonly Told[], from: string): News {
  const entries = stream.slice(Number(from.split('-')[0])).filter(({ by }) => by !== outbox);
  return { from, position: `${stream.length}-0`, entries, isComplete: true };
}

const read = (outbox: Outbox, stream: readonly Told[]): void =>
  outbox.replication.takeOver(CHAT, newsFor(outbox, stream, outbox.replication.position(CHAT)), 3);

const timesShown = (bridges: readonly Outbox[], id: string): number =>
  bridges.filter((one) => one.signals({ id, limit: 1 })[0]?.outcome === 'delivered').length;

const step = fc.record({
  bridge: fc.integer({ min: 0, max: 1 }),
  what: fc.oneof(
    fc.record({ accept: fc.constantFrom(...SIGNALS) }),
    fc.constant('turn' as const),
    fc.constant('alone' as const),
    fc.constant('read' as const),
  ),
});

describe('what two bridges are told, in whatever order they hear and show it', () => {
  it.each([
    ['is shown once by one of them when each takes its turn', false],
    ['is shown by one of them at least when they work alone at times', true],
  ])('%s', (_, isAloneAllowed) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const bridges = [open(), open()] as const;
        const stream: Told[] = [];
        const lease = (bridge: Outbox): void => {
          read(bridge, stream);
          show(bridge);
          tell(bridge, stream);
        };
        for (const { bridge: index, what } of steps) {
          const bridge = index === 0 ? bridges[0] : bridges[1];
          if (typeof what === 'object') accept(bridge, what.accept);
          else if (what === 'turn') lease(bridge);
          else if (what === 'read') read(bridge, stream);
          else if (isAloneAllowed) show(bridge);
        }
        for (const bridge of bridges) for (const id of SIGNALS) accept(bridge, id);
        for (const bridge of bridges) lease(bridge);
        for (const bridge of bridges) read(bridge, stream);
        for (const bridge of bridges) expect(bridge.ledger()).toMatchObject({ accepted: 4, pending: 0 });
        for (const id of SIGNALS) {
          expect(timesShown(bridges, id)).toBeGreaterThan(0);
          if (!isAloneAllowed) expect([id, timesShown(bridges, id)]).toEqual([id, 1]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is taken over once, even when two readings are under way', () => {
    const [first, second] = [open(), open()];
    const stream: Told[] = [];
    accept(first, 'a');
    show(first);
    tell(first, stream);
    const news = newsFor(second, stream, second.replication.position(CHAT));
    second.replication.takeOver(CHAT, news, 3);
    accept(first, 'b');
    show(first);
    tell(first, stream);
    read(second, stream);
    // The one that was under way all the time comes last: it takes nothing back.
    second.replication.takeOver(CHAT, news, 3);
    expect(second.replication.position(CHAT)).toBe('2-0');
  });

  it('may have been shown when some of it was lost', () => {
    const outbox = open();
    accept(outbox, 'a');
    const from = outbox.replication.position(CHAT);
    outbox.replication.takeOver(CHAT, { from, position: from, entries: [], isComplete: true }, 3);
    expect(outbox.waiting(CHAT, 1)).toMatchObject([{ mayBeShown: false }]);
    outbox.replication.takeOver(CHAT, { from, position: from, entries: [], isComplete: false }, 3);
    expect(outbox.waiting(CHAT, 1)).toMatchObject([{ mayBeShown: true }]);
  });

  it('is told in entries of fifty at most', () => {
    const outbox = open();
    for (let n = 0; n < 120; n += 1) accept(outbox, `e${n}`);
    const outcomes = outbox
      .waiting(CHAT, 200)
      .map(({ seq }) => ({ seq, outcome: 'delivered', reason: 'shown' }) as const);
    outbox.settle({ chat: CHAT, outcomes, now: 2 });
    expect(outbox.replication.untold(CHAT, 10).map(({ identities }) => identities.length)).toEqual([
      50, 50, 20,
    ]);
  });
});
