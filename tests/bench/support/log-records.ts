/** Log records as the services write them, with secrets and people where they slip in. Pure. */

export interface LogRecord {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const BENCH_SECRETS: readonly string[] = [
  '7000000001:AAbenchTokenOfTheMonitoringBot01234',
  'bench-webhook-token-0123456789',
  'pa55word/of:the@database',
  'redis password of the bench',
  'sk-benchbenchbenchbenchbench',
  'c0ffee00c0ffee00c0ffee00c0ffee00',
];
export const BENCH_IDS: readonly string[] = ['4242000001', '-1001234567890'];

/** Most lines of a healthy day are the first three; the others are what redaction is for. */
const KINDS: readonly ((n: number) => LogRecord)[] = [
  (n) => ({
    message: 'Decided what a chat is shown',
    fields: {
      chat_id: 4_242_000_001,
      type: `HighErrorRate/component-${n % 13}`,
      ids: [`0f8fad5b-d9cb-469f-a165-${String(n).padStart(12, '0')}`],
      action: 'edit',
      reason: 'the incident goes on',
    },
  }),
  (n) => ({
    message: `The check celery_workers succeeded in ${n % 900} ms.`,
    fields: { component: 'celery_workers', durationMs: n % 900, observedAt: 1_795_392_000_000 + n },
  }),
  (n) => ({
    message: 'Telegram did not take a message; it is tried again',
    fields: { chat_id: '4242000001', reason: 'rate_limited', delayMs: 1_000 + (n % 29_000) },
  }),
  (n) => ({
    message: `The check database failed: connect ECONNREFUSED 10.0.3.${n % 250}:5432 (postgresql://expense_user:pa55word%2Fof%3Athe%40database@db:5432/expense_bot).`,
    fields: { component: 'database', attempt: n % 5, nextAt: new Date(1_795_392_000_000 + n).toISOString() },
  }),
  (n) => ({
    message: 'Unexpected error',
    fields: {
      error: {
        name: 'FetchError',
        message: `request to https://api.telegram.org/bot${BENCH_SECRETS[0] ?? ''}/sendMessage failed, reason: connect ETIMEDOUT 149.154.167.220:443`,
        stack: `FetchError: request failed\n${STACK}`,
      },
      retry: n % 7,
    },
  }),
  (n) => ({
    message: `Платёж пользователя user_id=${5_512_345_678 + n} принят: 150 XTR, карта 4111 1111 1111 1111, тел. +7 916 123-45-67`,
    fields: {
      user_id: 5_512_345_678 + n,
      email: `user${n}@example.org`,
      amount: 150,
      category: '🛒 Продукты',
    },
  }),
];

const STACK = ['Client.request', 'TelegramClient.call', 'persist', 'carryOut', 'step', 'loop']
  .map(
    (name, line) => `    at ${name} (file:///app/dist/alert-bridge/telegram/client.js:${line * 17 + 3}:15)`,
  )
  .join('\n');

/** Out of twenty lines: how many are of each kind, in the order above. */
const SHARES = [7, 6, 4, 1, 1, 1] as const;
const DECK = SHARES.flatMap((share, kind) => Array.from({ length: share }, () => kind));

export function logRecords(count: number): readonly LogRecord[] {
  return Array.from({ length: count }, (_, n) => {
    // Seven shares no factor with the length of the deck: the kinds alternate instead of coming in blocks.
    const kind = KINDS[DECK[(n * 7) % DECK.length] ?? 0];
    if (kind === undefined) throw new Error('A share without a kind');
    return kind(n);
  });
}
