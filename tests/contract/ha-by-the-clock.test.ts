/** What two deliveries do when its time has come, and one of them does: by clocks that are set, through a real Redis. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChatSender, OutgoingText } from '../../alert-bridge/telegram/sender.ts';
import { startPipeline, type Pipeline } from '../../alert-bridge/notify/pipeline.ts';
import type { Policy } from '../../alert-bridge/notify/decide.ts';
import type { NewSignal } from '../../alert-bridge/model/signal.ts';
import { systemClock } from '../../common/time/clock.ts';
import { alert, CHAT, startCoordinated, type Coordinated } from '../support/bridge/peers.ts';
import { everySeverity, POLICY, routeAll } from '../support/bridge/routing.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';
import { draw, noPictures } from '../unit/alert-bridge/notify/scripted-chat.ts';
import { observer } from '../support/bridge/observer.ts';

const HOUR = 3_600_000;

let server: Server;
let bridges: Coordinated[];
let deliveries: Pipeline[];
let sent: string[];
let errors: unknown[];
beforeEach(async () => {
  server = await startRedis();
  [sent, errors] = [[], []];
});
afterEach(async () => {
  await Promise.all(deliveries.map((delivery) => delivery.stop(0)));
  await Promise.all(bridges.map((bridge) => bridge.close()));
  await server.close();
  expect(errors).toEqual([]);
});

function startTwo(policy: Policy): void {
  const shown = ({ plain }: OutgoingText) => ({ status: 'shown', messageId: sent.push(plain) }) as const;
  const channel: ChatSender = {
    chat: { id: Number(CHAT), key: CHAT },
    readyAt: () => 0,
    drainMs: () => 0,
    ready: () => Promise.resolve(),
    send: (message) => Promise.resolve(shown(message)),
    sendPicture: () => Promise.resolve({ status: 'gone' }),
    edit: ({ messageId }) => Promise.resolve({ status: 'shown', messageId }),
  };
  bridges = [startCoordinated({ url: server.url }), startCoordinated({ url: server.url })];
  deliveries = bridges.map((bridge) =>
    startPipeline({
      lease: bridge.lease,
      pictures: noPictures,
      outbox: bridge.outbox,
      sender: channel,
      muted: () => new Set(),
      clock: { ...systemClock, now: () => bridge.now() },
      routing: routeAll([CHAT], policy),
      downtime: undefined,
      render: (content) => ({ plain: draw(content) }),
      random: () => 1,
      observer: observer((error) => errors.push(error)),
    }),
  );
}

const wake = () => deliveries.forEach((delivery) => delivery.wake());
function tellBoth(signal: NewSignal): void {
  for (const bridge of bridges) bridge.accept([signal]);
  wake();
}
function setClocks(aheadMs: number): void {
  for (const bridge of bridges) bridge.setClock(aheadMs);
  wake();
}
/** Shown last, so whatever was to be shown before it has been. */
async function shownLast(name: string): Promise<void> {
  tellBoth(alert(name, bridges[0]?.now() ?? 0));
  for (const bridge of bridges) await bridge.hearsOfAll();
}

it('what quiet hours held is told in one summary', async () => {
  const at = new Date();
  const minute = at.getUTCHours() * 60 + at.getUTCMinutes();
  const quietHours = { from: (minute + 1_380) % 1_440, to: (minute + 120) % 1_440, timezone: 'UTC' };
  startTwo({ ...POLICY, quietHours });
  tellBoth({ ...alert('Held', Date.now()), severity: 'warning' });
  await until(
    () => bridges.map(({ outbox }) => outbox.digests.unshown(CHAT).length),
    (held) => held.every((count) => count === 1),
  );
  setClocks(3 * HOUR);
  for (const bridge of bridges) await bridge.hearsOfAll();
  await shownLast('Last');
  expect(sent).toHaveLength(2);
});

it('what still burns is reminded of once', async () => {
  startTwo({ ...POLICY, remindAfterMs: everySeverity(4 * HOUR) });
  await shownLast('Burning');
  setClocks(5 * HOUR);
  await until(
    () => sent.length,
    (count) => count > 1,
  );
  // What has just come goes before reminders: one that is wrong would be between the two.
  await shownLast('Last');
  await shownLast('AfterIt');
  expect(sent).toHaveLength(4);
});
