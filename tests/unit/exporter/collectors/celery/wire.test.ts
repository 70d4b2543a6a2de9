import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  controlMessage,
  DEFAULT_NAMING,
  messageId,
  namesIn,
  parseReply,
} from '../../../../../exporter/collectors/celery/wire.ts';

const names = namesIn(DEFAULT_NAMING);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('names in Redis', () => {
  it.each([
    [0, 'reports'],
    [3, 'reports\x06\x163'],
    [9, 'reports\x06\x169'],
  ])('the list of step %i', (step, key) => {
    expect(names.queueKey('reports', step)).toBe(key);
  });

  it.each([
    ['default\x06\x16\x06\x16reports', 'reports'],
    ['\x06\x16\x06\x16celery', 'celery'],
    ['reports', undefined],
    ['a\x06\x16b', undefined],
    ['a\x06\x16b\x06\x16', undefined],
  ])('the binding %j is of %j', (binding, queue) => {
    expect(names.boundQueue(binding)).toBe(queue);
  });

  it.each([
    ['_kombu.binding.default', true],
    ['_kombu.binding.my.pidboxes', true],
    ['_kombu.binding.celery.pidbox', false],
    ['_kombu.binding.reply.celery.pidbox', false],
    ['_kombu.binding.celeryev', false],
  ])('%s holds tasks: %s', (key, holds) => {
    expect(names.holdsTasks(key)).toBe(holds);
  });

  it('the list of replies is bound as a queue', () => {
    expect(names.boundQueue(names.replyBinding('me'))).toBe(names.replyKey('me'));
    expect(names.replyKey('me')).toBe('me.reply.celery.pidbox');
    expect(names.controlChannel(2)).toBe('/2.celery.pidbox');
  });

  it('are those of the application, with its prefix before keys and channels and not within bindings', () => {
    const own = namesIn({
      ...DEFAULT_NAMING,
      globalKeyprefix: 'app[1]:',
      sep: '|',
      fanoutPrefix: '{db}-',
      controlExchange: 'ctl',
    });
    expect(own.queueKey('reports', 0)).toBe('app[1]:reports');
    expect(own.queueKey('reports', 5)).toBe('app[1]:reports|5');
    expect(own.unackedIndex).toBe('app[1]:unacked_index');
    expect(own.bindingPattern).toBe('app\\[1\\]:_kombu.binding.*');
    expect(own.holdsTasks('app[1]:_kombu.binding.ctl.pidbox')).toBe(false);
    expect(own.boundWorker('||celery@a.ctl.pidbox')).toBe('celery@a');
    expect(own.controlChannel(2)).toBe('app[1]:2-ctl.pidbox');
    expect(own.replyKey('me')).toBe('app[1]:me.reply.ctl.pidbox');
    expect(own.replyBinding('me')).toBe('me||me.reply.ctl.pidbox');
  });
});

describe('a broadcast', () => {
  it('is what kombu writes', () => {
    const call = { method: 'ping', ticket: 't', deliveryTag: 'd', replyTo: 'me', expires: 12.5 } as const;
    const message = JSON.parse(controlMessage(call, names)) as { body: string };
    expect(message).toEqual({
      body: expect.any(String) as string,
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { clock: 1, expires: 12.5 },
      properties: {
        delivery_mode: 2,
        delivery_info: { exchange: 'celery.pidbox', routing_key: '' },
        priority: 0,
        body_encoding: 'base64',
        delivery_tag: 'd',
      },
    });
    expect(JSON.parse(Buffer.from(message.body, 'base64').toString())).toEqual({
      method: 'ping',
      arguments: {},
      destination: null,
      pattern: null,
      matcher: null,
      ticket: 't',
      reply_to: { exchange: 'reply.celery.pidbox', routing_key: 'me' },
    });
  });

  it('may be for some workers alone, and asks for short arguments', () => {
    const call = { method: 'active', ticket: 't', deliveryTag: 'd', replyTo: 'me', expires: 1 } as const;
    const message = JSON.parse(controlMessage({ ...call, destination: ['a@b'] }, names)) as { body: string };
    expect(JSON.parse(Buffer.from(message.body, 'base64').toString())).toMatchObject({
      method: 'active',
      arguments: { safe: true },
      destination: ['a@b'],
    });
  });
});

const calls = new Map([['t', 'ping' as const]]);

describe('a reply', () => {
  const reply = (body: unknown, more: object = {}): string =>
    JSON.stringify({ body, headers: { ticket: 't' }, properties: { body_encoding: 'base64' }, ...more });

  it('names the worker and the call', () => {
    expect(parseReply(reply(base64({ 'celery@host': { ok: 'pong' } })), calls)).toEqual({
      ticket: 't',
      answers: [{ worker: 'celery@host', told: {} }],
    });
    const plain = reply('{"a@b":{"error":"x"}}', { properties: {} });
    expect(parseReply(plain, calls)).toEqual({ ticket: 't', answers: [{ worker: 'a@b', told: {} }] });
  });

  it('to another call is none', () => {
    expect(parseReply(reply(base64({ 'celery@host': { ok: 'pong' } })), new Map())).toBeUndefined();
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', '[]'],
    ['no ticket', reply(base64({ a: 1 }), { headers: {} })],
    ['no body', reply(undefined)],
    ['a body that is no base64 of JSON', reply('%%%')],
    ['a body that is a list', reply(base64(['a']))],
  ])('is not %s', (_what, text) => {
    expect(parseReply(text, calls)).toBeUndefined();
  });
});

describe('a message', () => {
  it.each([
    [{ headers: { id: 'task' }, properties: { delivery_tag: 'tag' } }, 'tag'],
    [{ headers: { id: 'task' }, properties: {} }, 'task'],
    [{ headers: { id: 7 } }, undefined],
    [null, undefined],
  ])('%j is %j', (message, id) => {
    expect(messageId(JSON.stringify(message))).toBe(id);
  });

  it('never throws and never quotes what is no message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect([undefined, 'string']).toContain(messageId(text) && typeof messageId(text));
        expect(parseReply(text, calls)).toBeUndefined();
      }),
    );
  });
});
