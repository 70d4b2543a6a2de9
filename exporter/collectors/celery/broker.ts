/**
 * Celery's broker, asked natively: depths by reading, workers by a broadcast and its replies.
 *
 * A call binds a list to the exchange of replies, and always unbinds and deletes it. The list has one name for as
 * long as this program runs: what a worker that hung pushes there later is removed by the next call.
 */
import type { RedisConnection } from '../../../common/env/redis.ts';
import { ProbeError } from '../../model/collector.ts';
import { isReplyError, redisClient } from '../redis.ts';
import { dial, read, redisWork, runScript, unlessCut } from './redis-work.ts';
import { INSPECT_METHODS, shorten, type Told } from './inspection.ts';
import { HELD_SCRIPT, textsIn, timeIn } from './scripts.ts';
import type { Head, RollCall } from './state.ts';
import {
  controlMessage,
  messageId,
  parseReply,
  namesIn,
  type ControlMethod,
  type Naming,
  type Reply,
} from './wire.ts';

export interface BrokerOptions {
  readonly connection: RedisConnection;
  /** The variable that names it. */
  readonly settings: string;
  readonly naming: Naming;
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number;
  /** A new random UUID. */
  readonly newId: () => string;
}

export interface BrokerLook {
  readonly depths: readonly { readonly queue: string; readonly step: number; readonly messages: number }[];
  readonly heads: readonly Head[];
  /** Delivered and not yet acknowledged; tasks that wait for their time are among them. */
  readonly unacked: number;
  /** Unix seconds of the delivery that is longest ago. */
  readonly oldestDelivery: number | undefined;
}

/** A message that is delivered and not yet acknowledged. All times are Unix milliseconds. */
export interface HeldTask {
  readonly task: string;
  /** When it may run; undefined for one that may run at once. */
  readonly eta: number | undefined;
  readonly deliveredAt: number;
}

export interface CallOptions {
  /** Unix milliseconds. */
  readonly now: number;
  /** A worker that has not replied by then counts as silent. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Every method rejects with a ProbeError when Redis does not do its part. One call at a time. */
export interface Broker {
  /** Names of the queues that workers have ever bound, sorted. */
  discover(signal: AbortSignal): Promise<readonly string[]>;
  look(queues: readonly string[], signal: AbortSignal): Promise<BrokerLook>;
  /** The 500 unacknowledged messages that were delivered first; undefined where its user may not look into them. */
  held(signal: AbortSignal): Promise<readonly HeldTask[] | undefined>;
  /** Resolves with the last reply, or at its time-out. */
  ping(options: CallOptions): Promise<RollCall>;
  /** What these workers tell of themselves, by name. Resolves with the last reply of theirs, or at its time-out. */
  inspect(workers: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, Told>>;
  /** Ends what is under way, cleans up after it, and cuts the connections. */
  close(): void;
}

const SCAN_COUNT = 1_000;
const MAX_HELD = 500;
/** For cleaning up when Redis may be frozen. */
const CLEAN_UP_MS = 500;
/** BRPOP takes 0 for "for ever". */
const SHORTEST_WAIT_SECONDS = 0.01;
/** A worker whose clock is ahead would leave a call that has just been made unanswered. */
const CLOCK_TOLERANCE_SECONDS = 60;

export function openBroker({ connection, settings, naming, elapsedMs, newId }: BrokerOptions): Broker {
  const names = namesIn(naming);
  const client = redisClient(connection);
  // A blocked connection serves nothing else.
  const reader = redisClient(connection);
  const replyTo = newId();
  const { during, cut, close } = redisWork([client, reader], {
    variables: settings,
    right: 'broker_right',
  });

  const cleanUp = async (): Promise<void> => {
    // Not a transaction: Redis refuses those while its memory is full, and lets SREM and DEL through.
    const work = read(client, [
      ['srem', names.replyBindings, names.replyBinding(replyTo)],
      ['del', names.replyKey(replyTo)],
    ]);
    try {
      await within(work, CLEAN_UP_MS);
    } catch (error) {
      if (!isReplyError(error)) cut();
      throw error;
    }
  };

  const receive = async (
    calls: ReadonlyMap<string, ControlMethod>,
    expected: number,
    deadlineMs: number,
    abort: AbortSignal,
  ): Promise<readonly Reply[]> => {
    const replies: Reply[] = [];
    while (replies.length < expected) {
      const leftMs = deadlineMs - elapsedMs();
      if (leftMs <= 0) break;
      const waitSeconds = Math.max(leftMs / 1000, SHORTEST_WAIT_SECONDS);
      const popped = await unlessCut(reader.brpop(names.replyKey(replyTo), waitSeconds), abort);
      const reply = popped === null ? undefined : parseReply(popped[1], calls);
      if (reply !== undefined) replies.push(reply);
    }
    return replies;
  };

  /** Broadcasts, and takes in the replies: as many as are `expected` when the broadcasts reached so many workers. */
  const call = (
    methods: readonly ControlMethod[],
    destination: readonly string[] | undefined,
    expected: (reached: number) => number,
    { now, timeoutMs, signal }: CallOptions,
  ): Promise<{ readonly reached: number; readonly replies: readonly Reply[] }> =>
    during(signal, async (abort) => {
      await unlessCut(Promise.all([dial(client), dial(reader)]), abort);
      const channel = names.controlChannel(client.options.db ?? 0);
      const calls = new Map(methods.map((method) => [newId(), method]));
      const expires = (now + timeoutMs) / 1000 + CLOCK_TOLERANCE_SECONDS;
      const ask = async () => {
        await unlessCut(client.sadd(names.replyBindings, names.replyBinding(replyTo)), abort);
        const deadlineMs = elapsedMs() + timeoutMs;
        const published = [...calls].map(([ticket, method]) => {
          const to = destination === undefined ? {} : { destination };
          const message = { method, ticket, deliveryTag: newId(), replyTo, expires, ...to };
          return client.publish(channel, controlMessage(message, names));
        });
        const reached = Math.max(...(await unlessCut(Promise.all(published), abort)));
        return { reached, replies: await receive(calls, expected(reached), deadlineMs, abort) };
      };
      const answered = await ask().catch(async (error: unknown) => {
        // The next call cleans up what this one cannot; why it failed matters more.
        await cleanUp().catch(() => undefined);
        throw error;
      });
      await cleanUp();
      return answered;
    });

  return {
    discover: (signal) =>
      during(signal, async (abort) => {
        await unlessCut(dial(client), abort);
        const tables = new Set<string>();
        let cursor = '0';
        do {
          const page = client.scan(cursor, 'MATCH', names.bindingPattern, 'COUNT', SCAN_COUNT);
          const [next, keys] = await unlessCut(page, abort);
          for (const key of keys.filter((key) => names.holdsTasks(key))) tables.add(key);
          cursor = next;
        } while (cursor !== '0');
        const members = await unlessCut(
          read(
            client,
            [...tables].map((key) => ['smembers', key]),
          ),
          abort,
        );
        const queues = members
          .flat()
          .flatMap((one) => (typeof one === 'string' ? (names.boundQueue(one) ?? []) : []));
        return [...new Set(queues)].toSorted();
      }),

    look: (queues, signal) =>
      during(signal, async (abort) => {
        await unlessCut(dial(client), abort);
        const lists = queues.flatMap((queue) =>
          naming.prioritySteps.map((step) => ({ queue, step, key: names.queueKey(queue, step) })),
        );
        const [unacked, index, ...lengths] = await unlessCut(
          read(client, [
            ['hlen', names.unacked],
            ['zrange', names.unackedIndex, '0', '0', 'WITHSCORES'],
            ...lists.map(({ key }) => ['llen', key]),
          ]),
          abort,
        );
        const depths = lists.flatMap((list, at) => {
          const messages = lengths[at];
          return typeof messages === 'number' ? [{ ...list, messages }] : [];
        });
        const waiting = depths.filter(({ messages }) => messages > 0);
        const oldest = await unlessCut(
          read(
            client,
            waiting.map(({ key }) => ['lindex', key, '-1']),
          ),
          abort,
        );
        return {
          depths,
          heads: waiting.flatMap(({ queue, key }, at) => {
            const text = oldest[at];
            const id = typeof text === 'string' ? messageId(text) : undefined;
            return id === undefined ? [] : [{ queue, key, id }];
          }),
          unacked: Number(unacked ?? 0),
          oldestDelivery: Array.isArray(index) && index.length === 2 ? Number(index[1]) : undefined,
        };
      }),

    held: async (signal) => {
      const keys = [names.unackedIndex, names.unacked];
      try {
        const rows = await during(signal, async (abort) => {
          await unlessCut(dial(client), abort);
          return unlessCut(runScript(client, HELD_SCRIPT, keys, [MAX_HELD]), abort);
        });
        return rows.flatMap((row) => heldIn(textsIn(row) ?? []));
      } catch (error) {
        // Nothing else depends on it.
        if (error instanceof ProbeError && isReplyError(error.cause)) return undefined;
        throw error;
      }
    },

    ping: async (options) => {
      // Before the broadcast: whoever unbinds itself meanwhile has not heard it.
      const bindings = await during(options.signal, async (abort) => {
        await unlessCut(dial(client), abort);
        return unlessCut(client.smembers(names.workerBindings), abort);
      });
      const { reached, replies } = await call(['ping'], undefined, (count) => count, options);
      const workers = replies.flatMap(({ answers }) => answers.map(({ worker }) => worker));
      const bound = bindings.flatMap((binding) => names.boundWorker(binding) ?? []);
      return { reached, replies: replies.length, workers, bound };
    },

    inspect: async (workers, options) => {
      const expected = workers.length * INSPECT_METHODS.length;
      const { replies } = await call(INSPECT_METHODS, workers, () => expected, options);
      const told = new Map<string, Told>();
      for (const { worker, told: more } of replies.flatMap(({ answers }) => answers)) {
        told.set(worker, { ...told.get(worker), ...more });
      }
      return told;
    },

    close,
  };
}

function heldIn([task = '', eta = '', delivered]: readonly string[]): readonly HeldTask[] {
  const deliveredAt = Number(delivered) * 1000;
  return Number.isFinite(deliveredAt) ? [{ task: shorten(task), eta: timeIn(eta), deliveredAt }] : [];
}

function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new ProbeError({ code: 'broker_silent' })), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
