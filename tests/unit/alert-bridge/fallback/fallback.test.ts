import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import type { Notice, FallbackSender } from '../../../../alert-bridge/fallback/fallback-sender.ts';
import { dueElsewhere, startFallback } from '../../../../alert-bridge/fallback/fallback.ts';
import { POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from '../notify/pipeline-bench.ts';
import { alert, draw, payment, unreachable } from '../notify/scripted-chat.ts';
import { silentLog } from '../../../support/machine/silent-log.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const afterMs = 10 * MINUTE;
const routing = routeAll(['1'], POLICY);

let bench: DeliveryBench;
let notices: Notice[];
let mailWorks: boolean;
let second: { stop(): Promise<void> };
let errors: unknown[];
let counted: string[];

const mail: FallbackSender = {
  name: 'e-mail',
  send: (notice) => {
    if (!mailWorks) return Promise.reject(new Error('the mail server did not take the mail (ECONNECTION)'));
    notices.push(notice);
    return Promise.resolve();
  },
};

function startSecond(): void {
  second = startFallback({
    channels: [mail],
    afterMs,
    outbox: bench.outbox,
    lease: alone.fallback,
    failingSince: () => [bench.delivery.failingSince],
    tell: (signal) => {
      const submission = { signals: [signal], chatsOf: () => ['1'], suppress: () => undefined };
      bench.outbox.accept([{ ...submission, now: bench.clock.now() }]);
      bench.delivery.wake();
      return Promise.resolve();
    },
    render: (content) => ({ plain: draw(content) }),
    routing,
    locale: 'en',
    clock: bench.clock,
    log: silentLog,
    onSent: (sender) => counted.push(`${sender} sent`),
    onFailed: (sender) => counted.push(`${sender} failed`),
    onUnexpected: (error) => errors.push(error),
  });
}

beforeEach(() => {
  bench = new DeliveryBench(routing);
  notices = [];
  mailWorks = true;
  errors = [];
  counted = [];
  startSecond();
});
afterEach(async () => {
  await second.stop();
  await bench.delivery.stop(0);
  expect([...errors, ...bench.unexpected]).toEqual([]);
});

const telegramFails = (): void => {
  bench.sender.answers.push(...Array.from({ length: 5_000 }, () => unreachable(false)));
};
const telegramWorks = (): void => {
  bench.sender.answers.length = 0;
};

describe('the second channel', () => {
  it('is silent while Telegram works, and for ten minutes when it does not', async () => {
    await bench.accept(alert('firing'));
    await bench.clock.advance(HOUR);
    telegramFails();
    await bench.accept(alert('firing', 'x', 'critical', 'Other'));
    await bench.clock.advance(9 * MINUTE);
    expect(notices).toEqual([]);
  });

  it('takes critical signals after ten minutes, each once, then new ones at once; Telegram shows all, and says which', async () => {
    telegramFails();
    await bench.accept(alert('firing'), alert('firing', 'w', 'warning', 'Disk'), payment);
    await bench.clock.advance(11 * MINUTE);
    expect(notices.map(({ title }) => title)).toEqual([
      'incident alert:Down firing 1 count 1 late: telegram_unreachable (Telegram is unreachable)',
    ]);
    expect(notices[0]?.text).toContain('incident alert:Down firing 1');
    expect(notices[0]?.text).not.toContain('Disk');

    await bench.accept(alert('firing', 'n', 'critical', 'New'));
    await bench.clock.advance(MINUTE);
    expect(notices.map(({ text }) => /incident (\S+)/.exec(text)?.[1])).toEqual(['alert:Down', 'alert:New']);
    await bench.clock.advance(3 * HOUR);
    expect(notices).toHaveLength(2);

    telegramWorks();
    await bench.clock.advance(2 * MINUTE);
    const shown = bench.texts().join('\n');
    expect(shown).toContain('send: incident alert:Down firing 1 count 1 late: telegram_unreachable');
    expect(bench.texts().filter((text) => text.includes('incident second-channel:'))).toHaveLength(2);
    expect(bench.ledger()).toMatchObject({ accepted: 6, pending: 0, failed: {} });
  });

  it('that fails too is tried again, and nothing is told of it', async () => {
    mailWorks = false;
    telegramFails();
    await bench.accept(alert('firing'));
    await bench.clock.advance(HOUR);
    expect(bench.ledger()).toMatchObject({ accepted: 1 });
    expect(new Set(counted)).toEqual(new Set(['e-mail failed']));
    mailWorks = true;
    await bench.clock.advance(MINUTE);
    expect(notices).toHaveLength(1);
    expect(counted.at(-1)).toBe('e-mail sent');
  });

  it('remembers over a restart what it has sent', async () => {
    telegramFails();
    await bench.accept(alert('firing'));
    await bench.clock.advance(11 * MINUTE);
    await second.stop();
    await bench.restart();
    telegramFails();
    startSecond();
    await bench.clock.advance(HOUR);
    expect(notices).toHaveLength(1);
  });

  it('takes what waited long for one chat when another chat works, and nothing else', () => {
    const signals = [{ acceptedAt: 0 }, { acceptedAt: 5 * MINUTE }];
    expect(dueElsewhere(signals, [undefined, 0], { now: afterMs, afterMs })).toEqual([{ acceptedAt: 0 }]);
    expect(dueElsewhere(signals, [0, 0], { now: afterMs, afterMs })).toEqual(signals);
    expect(dueElsewhere(signals, [0, 1], { now: afterMs - 1, afterMs })).toEqual([]);
  });
});
