import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAction,
  encodeAction,
  SILENCE_LENGTHS,
  typeKey,
} from '../../../../alert-bridge/bot/actions.ts';
import { commandOf, dayOf, muteArguments } from '../../../../alert-bridge/bot/commands.ts';
import { parseUpdate } from '../../../../alert-bridge/bot/updates.ts';
import { blastRadius, endOf, MATCH_ALL, matches } from '../../../../alert-bridge/bot/silence.ts';
import { createDeniedLog, SAME_PERSON_EVERY_MS, type Refusal } from '../../../../alert-bridge/bot/denied.ts';
import { renderRunbook } from '../../../../alert-bridge/bot/runbook.ts';
import { pageOf } from '../../../../alert-bridge/bot/screens/screen.ts';
import { text } from '../../../../alert-bridge/render/html.ts';

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

  it('has a person as its sender, or a group whose members stay unknown; other bots are nobody', () => {
    const group = { id: -5, type: 'supergroup' };
    const anonymous = { from: { ...from, is_bot: true }, sender_chat: { id: -5, title: 'Group' } };
    expect(said('/status', anonymous, group)).toMatchObject({
      name: 'status',
      from: { id: -5, name: 'Group' },
    });
    expect(said('/status', { from: { ...from, is_bot: true } }, group)).toEqual({ kind: 'other' });
    expect(said('/status', { from: undefined }, group)).toEqual({ kind: 'other' });
    expect(said('hello', {}, group)).toEqual({ kind: 'other' });
    expect(said('hello')?.kind).toBe('chatter');
  });

  it.each([
    ['', '1h', undefined],
    ['4h', '4h', undefined],
    ['1ч Down', '1h', 'Down'],
    ['Утро', 'morning', undefined],
    ['Down', '1h', 'Down'],
    ['4h High CPU', '4h', 'High CPU'],
    ['Down 4h', '4h', 'Down'],
    ['High CPU утро', 'morning', 'High CPU'],
    ['constructor', '1h', 'constructor'],
  ])('"/mute %s" is of %s and of %s', (words, length, name) => {
    expect(muteArguments(words.split(' ').filter((word) => word !== ''))).toEqual({ length, name });
  });

  it.each(['2h', '30m Down', 'Down 2h', '1'])('"/mute %s" is no length that there is', (words) => {
    expect(muteArguments(words.split(' '))).toBeUndefined();
  });

  it.each([
    ['2024-09-21', '2024-09-21'],
    ['21.09.2024', '2024-09-21'],
    ['2026-13-40', undefined],
    ['31.02.2026', undefined],
    ['yesterday', undefined],
  ])('"/report %s" is of %s', (written, day) => {
    expect(dayOf(written)).toBe(day);
  });

  it('/start is answered with help, what is no command with a list of those there are', () => {
    expect([commandOf('start'), commandOf('mute')]).toEqual(['help', 'mute']);
    expect(commandOf('reboot')).toBeUndefined();
    expect(said('/статус')).toMatchObject({ kind: 'command', name: 'статус' });
  });

  it('belongs to its topic', () => {
    const topic = { is_topic_message: true, message_thread_id: 42 };
    expect(said('/status', topic)).toMatchObject({ place: { id: 7, topicId: 42 } });
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
      fc.property(fc.string(), fc.constantFrom(...SILENCE_LENGTHS), (type, length) => {
        const action = { kind: 'mute', length, key: typeKey(type) } as const;
        const data = encodeAction(action);
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
        expect(decodeAction(data)).toEqual(action);
      }),
    );
    const silenceId = '5b1a77c3-4a0e-4d0b-9a44-0f2d6f3f1c11';
    expect(decodeAction(encodeAction({ kind: 'expire', silenceId }))).toEqual({ kind: 'expire', silenceId });
    const page = { kind: 'page', list: 'silences', page: 12 } as const;
    expect(decodeAction(encodeAction(page))).toEqual(page);
  });

  it.each(['', 'a', 'a:', 'm:2h:abc', 'm:1h', 'z:1', 'p:alerts', 'p:alerts:-1', 'p:users:1'])(
    'of nobody: "%s"',
    (data) => {
      expect(decodeAction(data)).toBeUndefined();
    },
  );
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

it('the pages of a list show every row once, in order, each within a message', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(600), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (sizes, maxRows) => {
        const rows = sizes.map((size, index) => text(`${index}:${'<'.repeat(size)}`));
        const first = pageOf(text('head'), rows, { page: 0, maxRows });
        const pages = Array.from({ length: first.pages }, (_, page) =>
          pageOf(text('head'), rows, { page, maxRows }),
        );
        const shown = pages.flatMap(({ plain }) => plain.split('\n').filter((row) => /^\d+:/.test(row)));
        expect(shown).toEqual(rows.map(({ plain }) => plain));
        expect(Math.max(0, ...pages.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
        expect(pageOf(text('head'), rows, { page: 99, maxRows }).plain).toBe(pages.at(-1)?.plain ?? 'head');
      },
    ),
    { numRuns: 50 },
  );
});

describe('somebody who keeps trying', () => {
  let now = 0;
  let logged: Refusal[] = [];
  const place = { id: -5 };
  const mallory = { id: 666, name: 'Mallory' };
  const refuse = createDeniedLog(
    (refusal) => logged.push(refusal),
    () => now,
  );

  it('is one line in ten minutes that counts, beside those of others', () => {
    for (let attempt = 0; attempt < 500; attempt += 1) refuse(mallory, '/mute', place);
    refuse({ id: 7, name: 'Eve' }, '/status', place);
    expect(logged.map(({ by, attempts }) => [by.name, attempts])).toEqual([
      ['Mallory', 1],
      ['Eve', 1],
    ]);
    now = SAME_PERSON_EVERY_MS;
    refuse(mallory, 'press', place);
    expect(logged.at(-1)).toEqual({ by: mallory, what: 'press', place, attempts: 500 });
  });

  it('is remembered in bounded memory', () => {
    logged = [];
    for (let id = 1_000; id < 3_000; id += 1) refuse({ id, name: '' }, '/status', place);
    refuse({ id: 2_999, name: '' }, '/status', place);
    expect(logged).toHaveLength(2_000);
    refuse({ id: 1_000, name: '' }, '/status', place);
    expect(logged).toHaveLength(2_001);
  });
});

it('a runbook of any length is one message', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 9_000, unit: 'grapheme' }), (markdown) => {
      const { length, plain } = renderRunbook(`# Title\n\n${markdown}\n`.repeat(3), {
        locale: 'ru',
        component: '',
      });
      expect(Math.max(length, plain.length)).toBeLessThanOrEqual(4_096);
    }),
    { numRuns: 20 },
  );
});

describe('of a runbook the block of the component is shown', () => {
  const blocks =
    'Before.\n\n## `database`\n\nA.\n\n### Deeper\n\nB.\n\n## `web`, `http:<name>`\n\nC.\n\n## After\n\nD.';
  const rest = '\n\n## `<name>`\n\nE.';
  const shown = (markdown: string, component: string): string[] =>
    renderRunbook(markdown, { locale: 'ru', component }).plain.match(/(?<=^|\n)[A-Z]\.|web|name/g) ?? [];

  it.each([
    ['database', ['A.', 'B.', 'D.']],
    ['web', ['C.', 'D.']],
    ['http:peer', ['C.', 'D.']],
    ['http', ['D.', 'E.']],
    ['redis', ['D.', 'E.']],
    ['constructor', ['D.', 'E.']],
    ['', ['D.', 'E.']],
  ])('%s', (component, expected) => {
    expect(shown(blocks + rest, component)).toEqual(expected);
  });

  it('and all of them where none fits', () => {
    expect(shown(blocks, 'redis')).toEqual(['A.', 'B.', 'web', 'name', 'C.', 'D.']);
  });
});
