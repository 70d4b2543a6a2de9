/** What administrators may write. Pure. */
import { DateTime } from 'luxon';
import type { SilenceLength } from './actions.ts';

export const COMMANDS = [
  'status',
  'health',
  'celery',
  'alerts',
  'silences',
  'report',
  'kpi',
  'mute',
  'help',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** `/start` is what Telegram sends when a chat with a bot is opened for the first time. */
export const commandOf = (name: string): CommandName | undefined =>
  name === 'start' ? 'help' : COMMANDS.find((known) => known === name);

const LENGTHS: Readonly<Record<string, SilenceLength>> = {
  '1h': '1h',
  '1ч': '1h',
  '4h': '4h',
  '4ч': '4h',
  morning: 'morning',
  утро: 'morning',
};

/**
 * `[1h|4h|morning] [alert name]`: an hour unless said, everything unless named.
 * @returns undefined for another length of time.
 */
export function muteArguments(
  args: readonly string[],
): { readonly length: SilenceLength; readonly name: string | undefined } | undefined {
  const [first = '', ...rest] = args;
  const length = LENGTHS[first.toLowerCase()];
  if (length === undefined && /^\d/.test(first)) return undefined;
  const name = (length === undefined ? args : rest).join(' ');
  return { length: length ?? '1h', name: name === '' ? undefined : name };
}

/** YYYY-MM-DD of a day written so, or as messages in Russian show it; undefined for anything else. */
export function dayOf(written: string): string | undefined {
  const formats = ['yyyy-MM-dd', 'dd.MM.yyyy'];
  const day = formats.map((format) => DateTime.fromFormat(written, format)).find(({ isValid }) => isValid);
  return day?.toFormat('yyyy-MM-dd');
}
