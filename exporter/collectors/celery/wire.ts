/**
 * What Celery and kombu write into Redis, as far as it is read or written here. Pure.
 *
 * A queue is one LIST per priority step, with the oldest message at its end; a queue that is empty has no key. An
 * exchange is a SET of bindings. Workers listen to broadcasts on a channel, and answer into a list that the asker
 * has bound: https://github.com/celery/kombu/blob/main/kombu/transport/redis.py, kombu/pidbox.py.
 */

import { field, isRecord, parseJson } from './json.ts';
import { INSPECT_ARGUMENTS, toldIn, type InspectMethod, type Told } from './inspection.ts';

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

/** Bindings of the lists by which workers hear broadcasts. */
export const WORKER_BINDINGS_KEY = `${BINDING_PREFIX}celery.pidbox`;

/** The name of the worker that such a binding is of, `celery@host`; undefined for what is none. */
export const boundWorker = (binding: string): string | undefined =>
  /^(.+)\.celery\.pidbox$/s.exec(boundQueue(binding) ?? '')?.[1];

export type ControlMethod = 'ping' | InspectMethod;

export interface ControlCall {
  readonly method: ControlMethod;
  /** Names of the workers that shall reply; undefined: all. */
  readonly destination?: readonly string[];
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
export function controlMessage(call: ControlCall): string {
  const { method, destination, ticket, deliveryTag, replyTo, expires } = call;
  const body = {
    method,
    arguments: INSPECT_ARGUMENTS[method] ?? {},
    destination: destination ?? null,
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
  /** By the name of the node, such as `celery@host`; one, in practice. */
  readonly answers: readonly { readonly worker: string; readonly told: Told }[];
}

/**
 * Undefined for what is no reply of a worker to one of the calls.
 * @param calls by ticket
 */
export function parseReply(text: string, calls: ReadonlyMap<string, ControlMethod>): Reply | undefined {
  const message = parseJson(text);
  const ticket = field(field(message, 'headers'), 'ticket');
  const body = field(message, 'body');
  if (typeof ticket !== 'string' || typeof body !== 'string') return undefined;
  const method = calls.get(ticket);
  if (method === undefined) return undefined;
  const isBase64 = field(field(message, 'properties'), 'body_encoding') === 'base64';
  const answers = parseJson(isBase64 ? Buffer.from(body, 'base64').toString('utf8') : body);
  if (!isRecord(answers)) return undefined;
  return {
    ticket,
    answers: Object.entries(answers).map(([worker, answer]) => ({ worker, told: toldIn(method, answer) })),
  };
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
