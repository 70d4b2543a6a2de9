import { beforeEach, expect, it } from 'vitest';
import { createRefusalNotices, type TellRefusal } from '../../../../alert-bridge/notify/refusal-notices.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';

const T0 = 1_700_000_000_000;
let told: { signal: NewSignal; chats: readonly string[] }[];
beforeEach(() => (told = []));

const notices = (chats: readonly string[], hasFallback = false): TellRefusal =>
  createRefusalNotices({
    chats,
    hasFallback,
    locale: 'en',
    now: () => T0 + 7 * 60_000,
    newId: () => 'id',
    tell: (signal, to) => Promise.resolve(told.push({ signal, chats: to })),
    onUnexpected: (error) => expect.unreachable(String(error)),
  });

it('tells the other chats, whatever their routes say, and its end', () => {
  const tell = notices(['-1', '-1:42', '7']);
  tell('-1:42', 'blocked', T0);
  tell('-1:42', undefined, T0);
  expect(told).toMatchObject([
    {
      chats: ['-1', '7'],
      signal: {
        type: 'bridge_chat_refuses:-1:42',
        severity: 'critical',
        body: {
          text: expect.stringContaining(
            'Chat -1:42: the bot was removed or blocked, or may not write.',
          ) as string,
        },
      },
    },
    {
      chats: ['-1', '7'],
      signal: {
        type: 'bridge_chat_takes:-1:42',
        severity: 'info',
        body: { text: expect.stringContaining('for 7 min') as string },
      },
    },
  ]);
});

it('of a single chat waits there for the second channel, and is not told without one', () => {
  const alone = notices(['7']);
  alone('7', 'blocked', T0);
  alone('7', undefined, T0);
  expect(told).toEqual([]);
  const withMail = notices(['7'], true);
  withMail('7', 'blocked', T0);
  withMail('7', undefined, T0);
  expect(told.map(({ signal, chats }) => [signal.severity, chats])).toEqual([['critical', ['7']]]);
});
