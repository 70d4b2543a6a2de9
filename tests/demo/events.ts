/** Plays the application's part towards the bridge: tells of registrations and payments as the database gets them. */
import pg from 'pg';
import type { Clock } from '../../common/time/clock.ts';

export interface ApplicationOptions {
  readonly databaseUrl: string;
  /** `http://127.0.0.1:9848`. */
  readonly bridgeUrl: string;
  readonly webhookToken: string;
  readonly clock: Clock;
}

export interface Application {
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 2000;
const DATABASE_TIMEOUT_MS = 1500;
const POST_TIMEOUT_MS = 2000;

type Event = Readonly<Record<string, string | number>> & { readonly id: string };

interface Source {
  /** $1 is the highest id that is already told. */
  readonly sql: string;
  readonly highest: string;
  readonly toEvent: (row: Readonly<Record<string, unknown>>) => Event;
}

/** Telegram ids of the demo are made up; the bridge shows them, as the specification's notifications do. */
const SOURCES: readonly Source[] = [
  {
    highest: 'SELECT coalesce(max(id), 0) AS id FROM users_profile',
    sql: 'SELECT id, telegram_id, acquisition_source, created_at FROM users_profile WHERE id > $1 ORDER BY id',
    toEvent: (row) => ({
      type: 'new_user',
      id: `new_user-${String(row['id'])}`,
      user_id: String(row['telegram_id']),
      source: String(row['acquisition_source']),
      occurred_at: (row['created_at'] as Date).toISOString(),
    }),
  },
  {
    highest: 'SELECT coalesce(max(id), 0) AS id FROM subscriptions',
    sql: `SELECT s.id, s.type, s.amount, s.created_at, p.telegram_id FROM subscriptions AS s
      JOIN users_profile AS p ON p.id = s.profile_id WHERE s.id > $1 AND s.payment_method = 'stars' ORDER BY s.id`,
    toEvent: (row) => ({
      type: 'payment_received',
      id: `payment-${String(row['id'])}`,
      user_id: String(row['telegram_id']),
      amount: Number(row['amount']),
      payment_type: String(row['type']),
      occurred_at: (row['created_at'] as Date).toISOString(),
    }),
  },
];

/** Tells that the bot has started, then everything new. What cannot be told is told later, once, in order. */
export function startApplication({
  databaseUrl,
  bridgeUrl,
  webhookToken,
  clock,
}: ApplicationOptions): Application {
  const stopping = new AbortController();
  const waiting: Event[] = [
    {
      type: 'bot_started',
      id: `bot_started-${clock.now()}`,
      version: '2.14.0',
      environment: 'demo',
      occurred_at: new Date(clock.now()).toISOString(),
    },
  ];
  const told = new Map<Source, string>();

  const look = () =>
    withDatabase(databaseUrl, async (client) => {
      for (const source of SOURCES) {
        const highest = told.get(source);
        if (highest === undefined) {
          const { rows } = await client.query<{ id: string }>(source.highest);
          told.set(source, rows[0]?.id ?? '0');
          continue;
        }
        const { rows } = await client.query<{ id: string }>(source.sql, [highest]);
        waiting.push(...rows.map(source.toEvent));
        const last = rows.at(-1);
        if (last !== undefined) told.set(source, last.id);
      }
    });
  const post = async () => {
    for (let event = waiting[0]; event !== undefined; event = waiting[0]) {
      const response = await fetch(`${bridgeUrl}/api/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(event),
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      if (!response.ok) return;
      waiting.shift();
    }
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      // Database and bridge are what people break here: the next look finds what this one missed.
      await look().catch(() => undefined);
      await post().catch(() => undefined);
      await clock.sleep(LOOK_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function withDatabase(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: DATABASE_TIMEOUT_MS,
    query_timeout: DATABASE_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    // A frozen server never says goodbye.
    void client.end().catch(() => undefined);
  }
}
