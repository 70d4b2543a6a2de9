/** What the screens share. Pure. */
import { createContext, MESSAGE_UNITS, type Context, type RenderOptions } from '../../render/context.ts';
import { lines, size, text, type Fragment } from '../../render/html.ts';
import { en } from '../locale/en.ts';
import type { BotPhrases } from '../locale/phrases.ts';
import { ru } from '../locale/ru.ts';

export interface Screen extends Context {
  readonly bot: BotPhrases;
}

const TALK_PHRASES: Readonly<Record<RenderOptions['locale'], BotPhrases>> = { ru, en };

export const botPhrasesOf = (locale: RenderOptions['locale']): BotPhrases => TALK_PHRASES[locale];

export function createScreen(options: RenderOptions): Screen {
  return { ...createContext(options), bot: botPhrasesOf(options.locale) };
}

export function messageOf({ html, plain }: Fragment): { readonly html: string; readonly plain: string } {
  return { html, plain };
}

/** Kept for the number of the page, or the line that counts what is left out. */
const MORE_UNITS = 40;

/** A heading and as many rows as a message holds; the rest is counted. */
export function list(head: Fragment, rows: readonly Fragment[], { bot }: Screen): Fragment {
  const [shown = []] = pagesOf(rows, MESSAGE_UNITS - size(head) - MORE_UNITS);
  const left = rows.length - shown.length;
  return lines(head, ...shown, left > 0 ? text(bot.andMore(left)) : undefined);
}

/** One page of a list, from 0 on. */
export interface Page extends Fragment {
  readonly page: number;
  readonly pages: number;
}

/** A heading and the rows of that page, or of the last one when there are fewer by now. */
export function pageOf(
  head: Fragment,
  rows: readonly Fragment[],
  { page: wanted, maxRows }: { readonly page: number; readonly maxRows: number },
): Page {
  const all = pagesOf(rows, MESSAGE_UNITS - size(head) - MORE_UNITS, maxRows);
  const page = Math.min(wanted, all.length - 1);
  const number = all.length > 1 ? text(`— ${page + 1} / ${all.length} —`) : undefined;
  return { ...lines(head, ...(all[page] ?? []), number), page, pages: all.length };
}

function pagesOf(
  rows: readonly Fragment[],
  units: number,
  maxRows = Infinity,
): readonly (readonly Fragment[])[] {
  const pages: Fragment[][] = [];
  let used = Infinity;
  for (const row of rows) {
    const last = pages.at(-1);
    used += size(row) + 1;
    if (last !== undefined && used <= units && last.length < maxRows) {
      last.push(row);
      continue;
    }
    pages.push([row]);
    used = size(row) + 1;
  }
  return pages;
}
