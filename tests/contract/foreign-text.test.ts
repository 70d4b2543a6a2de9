/** Whatever text a sender posts, what comes after it is delivered: the bridge's own parts against the strict Telegram. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { createChatSender, restoreBudget } from '../../alert-bridge/telegram/sender.ts';
import { alone } from '../../alert-bridge/peers/peers.ts';
import { startPipeline } from '../../alert-bridge/notify/pipeline.ts';
import { createReceive } from '../../alert-bridge/ingest/receive.ts';
import { openOutbox } from '../../alert-bridge/outbox/sqlite.ts';
import { createRenderer } from '../../alert-bridge/notify/render.ts';
import { createTelegramClient } from '../../alert-bridge/telegram/client.ts';
import { HttpError } from '../../common/http/errors.ts';
import { createRedactor } from '../../common/redact/redact.ts';
import { BOT_TOKEN, CHAT_ID, startTelegram } from '../support/bridge/bridge.ts';
import { FakeClock } from '../support/machine/fake-clock.ts';
import { foreignText, foreignValue } from '../support/robustness/foreign-text.ts';
import { routeAll } from '../support/bridge/routing.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

/** Always as many, however busy the machine is; one bridge for several posts, because a bridge is what takes the time. */
const RUNS = process.env['TEST_LONG'] === '1' ? 2_500 : 125;
const POSTS = { minLength: 4, maxLength: 8 };
const T0 = Date.parse('2024-09-22T10:00:00Z');
const chat = { id: CHAT_ID, key: String(CHAT_ID) };

let telegram: TelegramFake;
beforeAll(async () => {
  // How fast it may be told is not what this is about.
  telegram = await startTelegram({ perChatPerSecond: 1e6, chatBurst: 1e6, overallPerSecond: 1e6 });
});
afterAll(() => telegram.close());

/** One bridge with an outbox of its own. */
function startParts() {
  const clock = new FakeClock(T0);
  const outbox = openOutbox(connectSqlite(':memory:'));
  const routing = routeAll([chat.key]);
  const unexpected: unknown[] = [];
  const onUnexpected = (error: unknown): void => void unexpected.push(error);
  const redactor = createRedactor({ secrets: [BOT_TOKEN] });
  const client = createTelegramClient({ token: BOT_TOKEN, apiRoot: telegram.apiRoot, clock });
  const budget = restoreBudget(outbox.state);
  const delivery = startPipeline({
    outbox,
    sender: createChatSender(chat, {
      client,
      budget,
      sharedBudget: alone.budget,
      clock,
      state: outbox.state,
    }),
    lease: alone.lease(chat.key),
    routing,
    render: createRenderer({
      locale: 'en',
      timezone: 'Europe/Moscow',
      links: {},
      redact: (text) => redactor.text(text),
      onFailure: onUnexpected,
    }),
    muted: () => new Set(),
    pictures: { follow: () => undefined, areReady: () => false, sendOne: () => Promise.resolve() },
    clock,
    random: () => 1,
    observer: {
      decided: () => undefined,
      channelChanged: () => undefined,
      retrying: (_chat, reason) => onUnexpected(new Error(reason)),
      delivered: () => undefined,
      unexpected: onUnexpected,
    },
    downtime: undefined,
  });
  let ids = 0;
  const receive = createReceive({
    outbox,
    sharedState: outbox.state,
    routing,
    duplicateWindowMs: 3_600_000,
    now: () => clock.now(),
    newId: () => `id-${(ids += 1)}`,
    onUser: () => undefined,
    onAccepted: () => delivery.wake(),
    onStorageError: onUnexpected,
  });
  return { clock, outbox, delivery, receive, unexpected, close: () => client.close() };
}
type Parts = ReturnType<typeof startParts>;

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const labels = fc.dictionary(foreignText, foreignValue, { maxKeys: 4 });
const named = fc
  .tuple(
    labels,
    fc.record(
      { alertname: foreignValue, component: foreignValue, severity: foreignValue },
      { requiredKeys: [] },
    ),
  )
  .map(([others, own]) => ({ ...others, ...own }));
const annotations = fc
  .tuple(
    labels,
    fc.record(
      { summary: foreignValue, description: foreignValue, pending_for: foreignValue, value: foreignValue },
      { requiredKeys: [] },
    ),
  )
  .map(([others, own]) => ({ ...others, ...own }));
const alert = fc.record(
  {
    status: fc.oneof(fc.constantFrom('firing', 'resolved'), foreignValue),
    labels: named,
    annotations,
    startsAt: foreignValue,
    endsAt: foreignValue,
    generatorURL: foreignValue,
    fingerprint: foreignValue,
    dashboardURL: foreignValue,
    panelURL: foreignValue,
    values: labels,
  },
  { requiredKeys: ['labels'] },
);
const notification = fc.record({
  version: foreignValue,
  groupKey: foreignValue,
  receiver: foreignValue,
  status: foreignValue,
  alerts: fc.array(alert, { minLength: 1, maxLength: 3 }),
});
const line = foreignText.map((text) => text.slice(0, 1_000) || 'x');
const envelope = {
  id: optional(line.map((text) => text.slice(0, 200))),
  user_id: line.map((text) => text.slice(0, 64)),
};
const event = fc.oneof(
  fc.record({ ...envelope, type: fc.constant('critical_error'), error_type: line, details: foreignText }),
  fc.record({ ...envelope, type: fc.constant('new_user'), source: optional(line) }),
  fc.record({
    ...envelope,
    type: fc.constant('payment_received'),
    amount: fc.double({ noNaN: true, noDefaultInfinity: true }),
    currency: optional(line.map((text) => text.slice(0, 10))),
    payment_type: line,
  }),
  fc.record({
    ...envelope,
    type: fc.constant('bot_started'),
    version: optional(line),
    environment: optional(line),
  }),
  fc.record({ ...envelope, type: fc.constant('bot_stopped'), reason: optional(foreignText) }),
  fc.record({
    ...envelope,
    type: fc.constant('custom'),
    title: line,
    text: foreignText,
    severity: fc.constantFrom('critical', 'warning', 'info'),
  }),
);
const texts = (...names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, foreignValue])), { requiredKeys: [] });
const issueHook = fc.record({
  action: fc.constantFrom('created', 'resolved', 'unresolved', 'archived'),
  data: fc.record({
    issue: texts('id', 'title', 'culprit', 'level', 'firstSeen', 'web_url', 'permalink'),
  }),
});
const eventHook = fc.record({
  data: fc.record({
    event: texts('issue_id', 'title', 'culprit', 'level', 'datetime', 'web_url', 'environment'),
    triggered_rule: foreignValue,
  }),
});
const metricHook = fc.record({
  action: fc.constantFrom('critical', 'warning', 'resolved'),
  data: fc
    .tuple(
      texts('description_title', 'description_text', 'web_url'),
      texts('id', 'title', 'date_started', 'date_closed'),
    )
    .map(([told, incident]) => ({ ...told, metric_alert: incident })),
});

const post = fc.oneof(
  fc.record({ by: fc.constant('event' as const), body: event }),
  fc.record({ by: fc.constant('alertmanager' as const), body: notification }),
  fc.record({ by: fc.constant('grafana' as const), body: notification }),
  fc.record({ by: fc.constant('issue' as const), body: issueHook }),
  fc.record({ by: fc.constant('event_alert' as const), body: eventHook }),
  fc.record({ by: fc.constant('metric_alert' as const), body: metricHook }),
);
type Post = typeof post extends fc.Arbitrary<infer T> ? T : never;

/** @returns false when it was refused by a 4xx */
async function accept({ receive }: Parts, { by, body }: Post): Promise<boolean> {
  // As it comes out of the body of a request.
  const told: unknown = JSON.parse(JSON.stringify(body));
  try {
    if (by === 'event' || by === 'alertmanager' || by === 'grafana') await receive[by](told);
    else await receive.sentry(by, told);
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 400) return false;
    throw error;
  }
}

/** Until nothing waits, or four minutes are over. */
async function deliver({ clock, outbox }: Parts): Promise<void> {
  for (let step = 0; step < 120 && outbox.ledger().pending > 0; step += 1) await clock.advance(2_000);
}

const NEXT = { type: 'custom', title: 'the next one', text: 'it must arrive', severity: 'critical' };

it(
  'delivers the next alert',
  {
    timeout: RUNS * 6_000,
    meta: {
      tried: `Arbitrary text in every field of every source: halves of surrogate pairs, U+0000, U+FFFF, overlong ones`,
      held: 'told or refused with 400; the next alert is delivered; nothing fails or is lost',
    },
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(post, POSTS), async (posts) => {
        const parts = startParts();
        const { outbox, delivery, receive, unexpected } = parts;
        try {
          for (const one of posts) await accept(parts, one);
          const { id } = await receive.event(NEXT);
          await deliver(parts);
          expect(outbox.signals({ id, limit: 1 })).toMatchObject([{ id, outcome: 'delivered' }]);
          const { accepted, delivered, merged, suppressed, failed, pending } = outbox.ledger();
          const left = Object.values(suppressed).reduce((sum, count) => sum + count, 0);
          expect({ pending, failed }).toEqual({ pending: 0, failed: {} });
          expect(delivered + merged + left).toBe(accepted);
          expect(unexpected).toEqual([]);
        } finally {
          await delivery.stop(0);
          parts.close();
          outbox.close();
        }
      }),
      { numRuns: RUNS },
    );
  },
);
