import { describe, expect, test } from 'vitest';
import { defaultAdminUserIds, parseChats } from '../../../../alert-bridge/telegram/chats.ts';

const ids = 'Write ids of chats such as 123456789 or, for a forum topic, -1001234567890:42, comma-separated.';

describe('parseChats', () => {
  test('people, groups and topics, in the order written', () => {
    expect(parseChats(' 123, -100987:42 ,-5 , -100987 ,')).toEqual({
      targets: [
        { id: 123, key: '123' },
        { id: -100987, topicId: 42, key: '-100987:42' },
        { id: -5, key: '-5' },
        { id: -100987, key: '-100987' },
      ],
      problems: [],
    });
  });

  test.each(['', ' ', ',', ' , ,'])('nothing in %j', (text) => {
    expect(parseChats(text)).toEqual({ targets: [], problems: [] });
  });

  test('the General topic is the forum itself, which Telegram takes only without the number', () => {
    expect(parseChats('-100987:1').targets).toEqual([{ id: -100987, key: '-100987' }]);
    expect(parseChats('-100987:1,-100987').problems).toHaveLength(1);
  });

  test.each<[string, string | undefined, string]>([
    ['0', '0', 'Write the id of a chat: a whole number other than 0, at most 16 digits long.'],
    [
      '9007199254740993',
      '9007199254740993',
      'Write the id of a chat: a whole number other than 0, at most 16 digits long.',
    ],
    ['-100:0', '-100:0', 'Write the number of a topic after the colon, as in -1001234567890:42.'],
    ['-100:-2', '-100:-2', ids],
    ['1.5', '1.5', ids],
    ['1e3', '1e3', ids],
    ['12 34', '12 34', ids],
    ['@admins', '@admins', 'Write the numeric id instead of the name: @userinfobot tells a person theirs.'],
    ['7,007', '007', 'Remove it: the chat 7 is listed twice.'],
    [
      '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
      undefined,
      `${ids} What stands there looks like a secret.`,
    ],
  ])('%j is a problem', (text, received, fix) => {
    expect(parseChats(text).problems).toEqual([{ received, fix }]);
  });

  test('a bad item costs no good one', () => {
    const { targets, problems } = parseChats('1,x,2');
    expect([targets.map(({ id }) => id), problems.length]).toEqual([[1, 2], 1]);
  });
});

test('people may command by default, groups may not', () => {
  expect(defaultAdminUserIds(parseChats('5,-100987,6,6:3').targets)).toEqual([5, 6]);
});
