/**
 * What Celery and kombu write into Redis, as far as it is read or written here. Pure.
 *
 * A queue is one LIST per priority step, with the oldest message at its end; a queue that is empty has no key. An
 * exchange is a SET of bindings. Workers listen to broadcasts on a channel, and answer into a list that the asker
 * has bound: https://github.com/celery/kombu/blob/main/kombu/transport/redis.py, kombu/pidbox.py.
 */

import { field, isRecord, parseJson } from './json.ts';
import { INSPECT_ARGUMENTS, toldIn, type InspectMethod, type Told } from './inspection.ts';

/** Settings of the application that change names in the broker: broker_transport_options, and control_exchange. */
export interface Naming {
  readonly globalKeyprefix: string;
  readonly sep: string;
  /** Ascending; kombu rounds a priority down to one of these. */
  readonly prioritySteps: readonly number[];
  readonly unackedKey: string;
  readonly unackedIndexKey: string;
  /** A prefix, in which `{db}` stands for the number of the database; empty: none. */
  readonly fanoutPrefix: string;
  readonly controlExchange: string;
}

export const DEFAULT_NAMING: Naming = {
  globalKeyprefix: '',
  sep: '\x06\x16',
  prioritySteps: [0, 3, 6, 9],
  unackedKey: 'unacked',
  unackedIndexKey: 'unacked_index',
  fanoutPrefix: '/{db}.',
  controlExchange: 'celery',
};

/** All names of one broker. Keys and channels carry the prefix, names within a binding do not. */
export interface Names {
  readonly unacked: string;
  readonly unackedIndex: string;
  /** Glob of the keys that hold bindings. */
  readonly bindingPattern: string;
  readonly replyBindings: string;
  /** Bindings of the lists by which workers hear broadcasts. */
  readonly workerBindings: string;
  readonly replyExchange: string;
  readonly controlExchange: string;
  /** The bare name is step 0. */
  queueKey(queue: string, step: number): string;
  /** False for exchanges of broadcasts, replies and events: their queues hold no tasks. */
  holdsTasks(bindingKey: string): boolean;
  /** The queue of one binding, `routing_key pattern queue`; undefined for what is none. */
  boundQueue(binding: string): string | undefined;
  /** The name of the worker that such a binding is of, `celery@host`; undefined for what is none. */
  boundWorker(binding: string): string | undefined;
  controlChannel(database: number): string;
  replyKey(replyTo: string): string;
  replyBinding(replyTo: string): string;
}

export function namesIn(naming: Naming): Names {
  const { globalKeyprefix: prefix, sep } = naming;
  const bindings = `${prefix}_kombu.binding.`;
  const pidbox = `${naming.controlExchange}.pidbox`;
  const replyExchange = `reply.${pidbox}`;
  const boundQueue = (binding: string): string | undefined => {
    const parts = binding.split(sep);
    return parts.length === 3 && parts[2] !== '' ? parts[2] : undefined;
  };
  return {
    unacked: prefix + naming.unackedKey,
    unackedIndex: prefix + naming.unackedIndexKey,
    bindingPattern: `${bindings.replaceAll(/[\\*?[\]]/g, '\\$&')}*`,
    replyBindings: bindings + replyExchange,
    workerBindings: bindings + pidbox,
    replyExchange,
    controlExchange: pidbox,
    queueKey: (queue, step) => prefix + (step === 0 ? queue : `${queue}${sep}${step}`),
    holdsTasks: (key) => !/(?:^|\.)(?:pidbox|celeryev)$/.test(key.slice(bindings.length)),
    boundQueue,
    boundWorker: (binding) => {
      const queue = boundQueue(binding);
      return queue?.endsWith(`.${pidbox}`) === true ? queue.slice(0, -pidbox.length - 1) : undefined;
    },
    controlChannel: (database) => prefix + naming.fanoutPrefix.replaceAll('{db}', String(database)) + pidbox,
    replyKey: (replyTo) => `${prefix}${replyTo}.${replyExchange}`,
    replyBinding: (replyTo) => [replyTo, '', `${replyTo}.${replyExchange}`].join(sep),
  };
}

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

/** A broadcast to every worker, as PUBLISH takes it. */
export function controlMessage(call: ControlCall, names: Names): string {
  const { method, destination, ticket, deliveryTag, replyTo, expires } = call;
  const body = {
    method,
    arguments: INSPECT_ARGUMENTS[method] ?? {},
    destination: destination ?? null,
    pattern: null,
    matcher: null,
    ticket,
    reply_to: { exchange: names.replyExchange, routing_key: replyTo },
  };
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { clock: 1, expires },
    properties: {
      delivery_mode: 2,
      delivery_info: { exchange: names.controlExchange, routing_key: '' },
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
