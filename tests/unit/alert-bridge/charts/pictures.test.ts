/** Pictures beside messages: the real delivery and the real queue; the chat and the drawing are scripted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import { startPipeline, type Pipeline } from '../../../../alert-bridge/notify/pipeline.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { Chart } from '../../../../alert-bridge/charts/chart.ts';
import { createPictures, type Pictures } from '../../../../alert-bridge/charts/pictures.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';
import { routeAll } from '../../../support/bridge/routing.ts';
import { alert, draw, refusedForGood, ScriptedChannel, T0, unreachable } from '../notify/scripted-chat.ts';
import { observer } from '../../../support/bridge/observer.ts';

const chart: Chart = {
  title: 'f',
  language: 'ru',
  axis: { kind: 'hours', timezone: 'UTC', from: 0, to: 1 },
  panels: [],
};

let clock: FakeClock;
let outbox: Outbox;
let sender: ScriptedChannel;
let delivery: Pipeline;
let pictures: Pictures;
let illustrate: () => Promise<Chart | undefined>;
let drawOne: () => Promise<Uint8Array>;
let counted: string[];

beforeEach(() => {
  clock = new FakeClock(T0);
  outbox = openOutbox(connectSqlite(':memory:'));
  sender = new ScriptedChannel(clock);
  counted = [];
  illustrate = () => Promise.resolve(chart);
  drawOne = () => Promise.resolve(new Uint8Array([1]));
  pictures = createPictures({
    illustrate: () => illustrate(),
    drawer: { draw: () => drawOne() },
    now: () => clock.now(),
    onSent: () => counted.push('sent'),
    onDropped: (reason) => counted.push(reason),
  });
  delivery = startPipeline({
    muted: () => new Set(),
    lease: alone.lease('1'),
    pictures,
    outbox,
    sender,
    clock,
    downtime: undefined,
    routing: routeAll(['1']),
    render: (content) => ({ plain: draw(content) }),
    random: () => 1,
    observer: observer((error) => counted.push(String(error))),
  });
  pictures.onReady(() => delivery.wake());
});
afterEach(async () => {
  pictures.stop();
  await delivery.stop(0);
});

let ids = 0;
async function accept(name: string): Promise<void> {
  const id = `s${(ids += 1)}`;
  const signal = { ...alert('firing', id, 'critical', name), id, occurredAt: clock.now() };
  outbox.accept([{ signals: [signal], chatsOf: () => ['1'], suppress: () => undefined, now: clock.now() }]);
  delivery.wake();
  await settle();
}
const methods = (): string[] => sender.requests.map(({ method }) => method);

describe('a picture', () => {
  it('follows its message, under it, within the budget, and is no signal', async () => {
    await accept('A');
    expect(methods()).toEqual(['send']);
    await clock.advance(1_000);
    expect(sender.requests.at(-1)).toMatchObject({ method: 'picture', text: 'under 101' });
    expect(counted).toEqual(['sent']);
    expect(outbox.ledger()).toMatchObject({ accepted: 1, delivered: 1, merged: 0, pending: 0 });
  });

  it('lets every message go first', async () => {
    await accept('A');
    await accept('B');
    await accept('C');
    await clock.advance(10_000);
    expect(methods()).toEqual(['send', 'send', 'send', 'picture', 'picture', 'picture']);
  });

  it('does not hold up the message it belongs to, nor the next, while it is drawn', async () => {
    drawOne = () => new Promise(() => undefined);
    await accept('A');
    await accept('B');
    await clock.advance(5_000);
    expect(methods()).toEqual(['send', 'send']);
  });

  it('is dropped when it could not go for two minutes', async () => {
    sender.answers.push(
      { status: 'shown', messageId: 1 },
      ...Array.from({ length: 99 }, () => unreachable(false)),
    );
    await accept('A');
    await accept('B');
    await clock.advance(180_000);
    sender.answers.length = 0;
    await clock.advance(60_000);
    expect(counted[0]).toBe('busy');
    expect(methods().filter((method) => method === 'picture')).toHaveLength(1);
  });

  it.each([
    ['no answer', unreachable(true)],
    ['a refusal', refusedForGood],
  ] as const)('is tried once: %s drops it, and messages go on', async (_what, answer) => {
    sender.answers.push({ status: 'shown', messageId: 1 }, answer);
    await accept('A');
    await clock.advance(5_000);
    expect([methods(), counted]).toEqual([['send', 'picture'], ['telegram']]);
    await accept('B');
    expect(methods()).toEqual(['send', 'picture', 'send']);
  });

  it.each([
    ['Prometheus fails', () => (illustrate = () => Promise.reject(new Error('no'))), ['no_data']],
    ['the drawing fails', () => (drawOne = () => Promise.reject(new Error('no'))), ['drawing_failed']],
    ['there is nothing to see', () => (illustrate = () => Promise.resolve(undefined)), []],
  ])('is left out when %s', async (_what, spoil, reasons) => {
    spoil();
    await accept('A');
    await clock.advance(5_000);
    expect([methods(), counted]).toEqual([['send'], reasons]);
  });

  it('is one of five at most that are under way', async () => {
    drawOne = () => new Promise(() => undefined);
    for (let i = 0; i < 7; i += 1) {
      await accept(`N${i}`);
      await clock.advance(1_000);
    }
    expect(counted).toEqual(['busy', 'busy']);
  });
});
