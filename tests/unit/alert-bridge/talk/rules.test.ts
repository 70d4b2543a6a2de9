import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAction, encodeAction, MUTE_LENGTHS, typeKey } from '../../../../alert-bridge/talk/actions.ts';
import { parseUpdate } from '../../../../alert-bridge/talk/incoming.ts';
import { blastRadius, endOf, MATCH_ALL, matches } from '../../../../alert-bridge/talk/mute.ts';
import { renderRunbook } from '../../../../alert-bridge/talk/runbook.ts';

const from = { id: 7, is_bot: false, first_name: 'Ann', username: 'ann' };
const said = (text: string, more: object = {}, chat: object = { id: 7, type: 'private' }) =>
  parseUpdate({ update_id: 1, message: { message_id: 2, from, chat, text, ...more } }, 'our_bot')?.incoming;

describe('what is said', () => {
  it('is a command with its arguments, for us or for nobody', () => {
    expect(said('/Mute@Our_Bot 1h  ComponentDown')).toEqual({
      kind: 'command',
      place: { id: 7 },
      from: { id: 7, name: '@ann' },
      name: 'mute',
      args: ['1h', 'ComponentDown'],
    });
    expect(said('/status@other_bot')).toEqual({ kind: 'other' });
  });

  it('has a person as its sender, or is nobody in particular', () => {
    const group = { id: -5, type: 'supergroup' };
    expect(said('/status', { sender_chat: { id: -5 } }, group)).toEqual({ kind: 'other' });
    expect(said('/status', { from: { ...from, is_bot: true } }, group)).toEqual({ kind: 'other' });
    expect(said('/status', { from: undefined }, group)).toEqual({ kind: 'other' });
    expect(said('hello', {}, group)).toEqual({ kind: 'other' });
    expect(said('hello')?.kind).toBe('chatter');
  });

  it('belongs to its topic', () => {
    const topic = { is_topic_message: true, message_thread_id: 42 };
    expect(said('/status', topic)).toMatchObject({ place: { id: 7, threadId: 42 } });
    expect(said('/status', { message_thread_id: 42 })).toMatchObject({ place: { id: 7 } });
  });

  it('may be anything at all', () => {
    fc.assert(
      fc.property(fc.integer(), fc.anything(), fc.anything(), (id, message, press) => {
        const update = parseUpdate({ update_id: id, message, callback_query: press }, 'our_bot');
        expect(update?.id).toBe(id);
      }),
    );
    expect(parseUpdate('nothing', 'our_bot')).toBeUndefined();
  });
});

describe('buttons', () => {
  it('fit into 64 bytes, and say what they said before a restart', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...MUTE_LENGTHS), (type, length) => {
        const action = { kind: 'mute', length, key: typeKey(type) } as const;
        const data = encodeAction(action);
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
        expect(decodeAction(data)).toEqual(action);
      }),
    );
    const silenceId = '5b1a77c3-4a0e-4d0b-9a44-0f2d6f3f1c11';
    expect(decodeAction(encodeAction({ kind: 'expire', silenceId }))).toEqual({ kind: 'expire', silenceId });
  });

  it.each(['', 'a', 'a:', 'm:2h:abc', 'm:1h', 'z:1'])('of nobody: "%s"', (data) => {
    expect(decodeAction(data)).toBeUndefined();
  });
});

describe('mutes', () => {
  it('of everything leave the Watchdog out', () => {
    expect(matches(MATCH_ALL, { alertname: 'Down' })).toBe(true);
    expect(matches(MATCH_ALL, { alertname: 'Watchdog' })).toBe(false);
    expect(matches(MATCH_ALL, {})).toBe(false);
  });

  it('count what they hit', () => {
    const labels = { alertname: 'Down', component: 'redis' };
    const alerts = [
      { labels, severity: 'critical' as const },
      { labels, severity: 'warning' as const },
      { labels: { ...labels, component: 'database' }, severity: 'critical' as const },
    ];
    const matcher = { name: 'component', value: 'redis', isRegex: false, isEqual: true };
    expect(blastRadius([matcher], alerts)).toEqual({ alerts: 2, critical: 1 });
  });

  it.each([
    ['2024-09-22T05:59:00Z', '2024-09-22T06:00:00Z'],
    ['2024-09-22T06:00:00Z', '2024-09-23T06:00:00Z'],
    ['2024-09-22T20:00:00Z', '2024-09-23T06:00:00Z'],
  ])('until morning, from %s, end at %s', (start, end) => {
    const at = { morning: '09:00', timezone: 'Europe/Moscow' };
    expect(new Date(endOf('morning', Date.parse(start), at)).toISOString()).toBe(end.replace('Z', '.000Z'));
  });
});

it('a runbook of any length is one message', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 9_000, unit: 'grapheme' }), (markdown) => {
      const { length, plain } = renderRunbook(`# Title\n\n${markdown}\n`.repeat(3));
      expect(Math.max(length, plain.length)).toBeLessThanOrEqual(4_096);
    }),
    { numRuns: 20 },
  );
});
