import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import type { Policy } from '../../../../alert-bridge/notify/decide.ts';
import type { Ledger } from '../../../../alert-bridge/outbox/outbox.ts';
import type { Severity } from '../../../../alert-bridge/model/signal.ts';
import { startFallback } from '../../../../alert-bridge/fallback/fallback.ts';
import { everySeverity, POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, draw, payment, refusedForGood, unreachable } from './scripted-chat.ts';
import { silentLog } from '../../../support/machine/silent-log.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** An hour before a quiet night. */
const EVENING = Date.parse('2024-09-22T22:00:00Z');
const policy: Policy = {
  ...POLICY,
  remindAfterMs: everySeverity(4 * HOUR),
  quietHours: { from: 23 * 60, to: 8 * 60, timezone: 'UTC' },
};
const routing = routeAll(['1'], policy);

const ANSWERS = {
  retry: unreachable(false),
  'may have arrived': unreachable(true),
  'refused for good': refusedForGood,
  refused: { status: 'refused', reason: 'bad_request' },
  gone: { status: 'gone' },
} as const;

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('alerts' as const),
      /** Beyond a dozen types it is a storm. */
      types: fc.constantFrom(1, 1, 2, 14),
      first: fc.nat(20),
      severity: fc.constantFrom<Severity>('critical', 'warning', 'info'),
      status: fc.constantFrom('firing' as const, 'firing' as const, 'resolved' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('payments' as const), count: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('answers' as const),
      answers: fc.array(fc.constantFrom(...(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])), {
        maxLength: 40,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(1_000, 12_000, MINUTE, 11 * MINUTE, 31 * MINUTE, 5 * HOUR),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const sum = (byReason: Readonly<Record<string, number>>): number =>
  Object.values(byReason).reduce((total, count) => total + count, 0);
const settledOf = ({ delivered, merged, suppressed, failed }: Ledger): number =>
  delivered + merged + sum(suppressed) + sum(failed);

async function carryOut(step: Step, bench: DeliveryBench): Promise<number> {
  switch (step.do) {
    case 'alerts': {
      const told = Array.from({ length: step.types }, (_, i) => {
        const name = `a${step.first + i}`;
        return alert(step.status, name, step.severity, name);
      });
      await bench.accept(...told);
      return told.length;
    }
    case 'payments':
      await bench.accept(...Array.from({ length: step.count }, () => payment));
      return step.count;
    case 'answers':
      bench.sender.answers.push(...step.answers.map((answer) => ANSWERS[answer]));
      return 0;
    case 'time':
      await bench.clock.advance(step.ms);
      return 0;
    case 'crash':
      await bench.restart();
      return 0;
  }
}

/** The second channel beside it, which takes everything; what it tells the chat is counted. */
function startSecond(bench: DeliveryBench, onTold: () => void) {
  return startFallback({
    channels: [{ name: 'e-mail', send: () => Promise.resolve() }],
    afterMs: 10 * MINUTE,
    outbox: bench.outbox,
    lease: alone.fallback,
    failingSince: () => [bench.delivery.failingSince],
    tell: async ({ type, severity, body }) => {
      onTold();
      await bench.accept({ type, severity, body });
    },
    render: (content) => ({ plain: draw(content) }),
    routing,
    locale: 'en',
    clock: bench.clock,
    log: silentLog,
    onSent: () => undefined,
    onFailed: () => undefined,
    onUnexpected: (error) => bench.unexpected.push(error),
  });
}

it('accounts for every signal at every step, whatever Telegram answers, and leaves none waiting once it works', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const bench = new DeliveryBench(routing, EVENING);
      let accepted = 0;
      let settled = 0;
      const second = startSecond(bench, () => (accepted += 1));
      const look = (): void => {
        const ledger = bench.ledger();
        expect(ledger.accepted).toBe(accepted);
        expect(settledOf(ledger) + ledger.pending).toBe(accepted);
        // What is settled stays settled.
        expect(settledOf(ledger)).toBeGreaterThanOrEqual(settled);
        settled = settledOf(ledger);
      };
      try {
        for (const one of steps) {
          // The second channel counts its own meanwhile.
          const more = await carryOut(one, bench);
          accepted += more;
          look();
        }
        bench.sender.answers.length = 0;
        await second.stop();
        // Through the night to the morning's summary, and between two reminders.
        await bench.clock.advance(24 * HOUR + 30 * MINUTE);
        look();
        expect(bench.ledger().pending).toBe(0);
        expect(bench.outbox.nextStaleIncident('1')).toBeUndefined();
        expect(bench.outbox.nextSuperseding('1')).toBeUndefined();
      } finally {
        await second.stop();
        await bench.delivery.stop(0);
      }
      expect(bench.unexpected).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
