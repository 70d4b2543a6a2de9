/** What administrators may write. Pure. */
import { DateTime } from 'luxon';
import { parseDurationMs } from '../../common/time/duration.ts';
import { LONGEST_MAINTENANCE_MS } from '../notify/maintenance.ts';
import { parseMatcher, type Matcher } from '../notify/matchers.ts';
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
  'maintenance',
  'help',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** `/start` is what Telegram sends when a chat with a bot is opened for the first time. */
export const commandOf = (name: string): CommandName | undefined =>
  name === 'start' ? 'help' : COMMANDS.find((known) => known === name);

const LENGTHS: ReadonlyMap<string, SilenceLength> = new Map([
  ['1h', '1h'],
  ['1ч', '1h'],
  ['4h', '4h'],
  ['4ч', '4h'],
  ['morning', 'morning'],
  ['утро', 'morning'],
  ['until-over', 'over'],
  ['до-конца', 'over'],
]);

/** What the first word says, or else the last, and the other words: people write the time on either side of the name. */
function firstOrLast<T>(
  words: readonly string[],
  read: (word: string) => T | undefined,
): { readonly said: T | undefined; readonly others: readonly string[] } {
  const first = read(words[0] ?? '');
  if (first !== undefined) return { said: first, others: words.slice(1) };
  const last = read(words.at(-1) ?? '');
  return { said: last, others: last === undefined ? words : words.slice(0, -1) };
}

/**
 * `[1h|4h|morning|until-over] [alert name]`, in either order: an hour unless said, everything unless named; until it is
 * over, the one incident that burns.
 * @returns undefined for another length of time.
 */
export function muteArguments(
  args: readonly string[],
): { readonly length: SilenceLength; readonly name: string | undefined } | undefined {
  const { said, others } = firstOrLast(args, (word) => LENGTHS.get(word.toLowerCase()));
  if (said === undefined && [args[0], args.at(-1)].some((word = '') => /^\d/.test(word))) return undefined;
  const name = others.join(' ');
  return { length: said ?? '1h', name: name === '' ? undefined : name };
}

const UNITS_RU: Readonly<Record<string, string>> = { м: 'm', ч: 'h', д: 'd' };

/**
 * `30m [matcher]`, in either order, or `off`.
 * @returns undefined for what is neither
 */
export function maintenanceArguments(
  args: readonly string[],
): { readonly forMs: number; readonly matchers: readonly Matcher[] } | 'off' | undefined {
  if (['off', 'стоп'].includes((args[0] ?? '').toLowerCase())) return 'off';
  const { said: forMs, others: rest } = firstOrLast(args, (word) =>
    parseDurationMs(word.toLowerCase().replace(/[мчд]$/, (unit) => UNITS_RU[unit] ?? unit)),
  );
  const matcher = rest.length === 0 ? undefined : parseMatcher(rest.join(' '));
  if (forMs === undefined || forMs === 0 || forMs > LONGEST_MAINTENANCE_MS) return undefined;
  if (rest.length > 0 && matcher === undefined) return undefined;
  return { forMs, matchers: matcher === undefined ? [] : [matcher] };
}

/** YYYY-MM-DD of a day written so, or as messages in Russian show it; undefined for anything else. */
export function dayOf(written: string): string | undefined {
  const formats = ['yyyy-MM-dd', 'dd.MM.yyyy'];
  const day = formats.map((format) => DateTime.fromFormat(written, format)).find(({ isValid }) => isValid);
  return day?.toFormat('yyyy-MM-dd');
}
