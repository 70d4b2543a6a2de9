/**
 * What Celery and kombu write into Redis, as far as it is read or written here. Pure.
 *
 * A queue is one LIST per priority step, with the oldest message at its end; a queue that is empty has no key. An
 * exchange is a SET of bindings. Workers listen to broadcasts on a channel, and answer into a list that the asker
 * has bound: https://github.com/celery/kombu/blob/main/kombu/transport/redis.py, kombu/pidbox.py.
 */

const SEPARATOR = '\x06\x16';

/** kombu rounds a priority down to one of these; more are possible by an option that hardly anybody sets. */
export const PRIORITY_STEPS: readonly number[] = [0, 3, 6, 9];

/** The bare name is step 0. */
export const queueKey = (queue: string, step: number): string =>
  step === 0 ? queue : `${queue}${SEPARATOR}${step}`;

const BINDING_PREFIX = '_kombu.binding.';

/** Glob of the keys that hold bindings. */
export const BINDING_PATTERN = `${BINDING_PREFIX}*`;

/** Exchanges of broadcasts, replies and events: their queues hold no tasks. */
const INTERNAL_EXCHANGE = /(?:^|\.)(?:pidbox|celeryev)$/;

export const holdsTasks = (bindingKey: string): boolean =>
  !INTERNAL_EXCHANGE.test(bindingKey.slice(BINDING_PREFIX.length));

/** The queue of one binding, `routing_key pattern queue`; undefined for what is none. */
export function boundQueue(binding: string): string | undefined {
  const parts = binding.split(SEPARATOR);
  return parts.length === 3 && parts[2] !== '' ? parts[2] : undefined;
}

export interface ControlCall {
  readonly method: 'ping';
  /** Of this call; a reply repeats it. */
  readonly ticket: string;
  readonly deliveryTag: string;
  /** Of the asker: names the list that takes the replies. */
  readonly replyTo: string;
  /** Unix seconds after which a worker leaves the call unanswered. */
  readonly expires: number;
}

const REPLY_EXCHANGE = 'reply.celery.pidbox';

export const controlChannel = (database: number): string => `/${database}.celery.pidbox`;
export const replyKey = (replyTo: string): string => `${replyTo}.${REPLY_EXCHANGE}`;
export const REPLY_BINDINGS_KEY = `${BINDING_PREFIX}${REPLY_EXCHANGE}`;
export const replyBinding = (replyTo: string): string => [replyTo, '', replyKey(replyTo)].join(SEPARATOR);

/** A broadcast to every worker, as PUBLISH takes it. */
export function controlMessage({ method, ticket, deliveryTag, replyTo, expires }: ControlCall): string {
  const body = {
    method,
    arguments: {},
    destination: null,
    pattern: null,
    matcher: null,
    ticket,
    reply_to: { exchange: REPLY_EXCHANGE, routing_key: replyTo },
  };
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { clock: 1, expires },
    properties: {
      delivery_mode: 2,
      delivery_info: { exchange: 'celery.pidbox', routing_key: '' },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: deliveryTag,
    },
  });
}

export interface Reply {
  readonly ticket: string;
  /** Names of nodes, such as `celery@host`; one, in practice. */
  readonly workers: readonly string[];
}

/** Undefined for what is no reply of a worker. */
export function parseReply(text: string): Reply | undefined {
  const message = parseJson(text);
  const ticket = field(field(message, 'headers'), 'ticket');
  const body = field(message, 'body');
  if (typeof ticket !== 'string' || typeof body !== 'string') return undefined;
  const isBase64 = field(field(message, 'properties'), 'body_encoding') === 'base64';
  const answers = parseJson(isBase64 ? Buffer.from(body, 'base64').toString('utf8') : body);
  if (!isRecord(answers)) return undefined;
  return { ticket, workers: Object.keys(answers) };
}

/** What tells one message of a queue from another; its body and arguments are never looked at. */
export function messageId(text: string): string | undefined {
  const message = parseJson(text);
  const candidates = [
    field(field(message, 'properties'), 'delivery_tag'),
    field(field(message, 'headers'), 'id'),
  ];
  return candidates.find((one) => typeof one === 'string');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const field = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
