/** What the screens share. Pure. */
import { createContext, MESSAGE_UNITS, type Context, type RenderOptions } from '../../render/context.ts';
import { lines, size, text, type Fragment } from '../../render/html.ts';
import { en } from '../locale/en.ts';
import type { TalkPhrases } from '../locale/phrases.ts';
import { ru } from '../locale/ru.ts';

export interface Screen extends Context {
  readonly talk: TalkPhrases;
  /** Unix ms. */
  readonly now: number;
}

const TALK_PHRASES: Readonly<Record<RenderOptions['locale'], TalkPhrases>> = { ru, en };

export const talkPhrasesOf = (locale: RenderOptions['locale']): TalkPhrases => TALK_PHRASES[locale];

export function createScreen(options: RenderOptions): Screen {
  return { ...createContext(options), talk: talkPhrasesOf(options.locale), now: options.now };
}

export function messageOf({ html, plain }: Fragment): { readonly html: string; readonly plain: string } {
  return { html, plain };
}

/** Kept for the line that counts what is left out. */
const MORE_UNITS = 40;

/** A heading and as many rows as a message holds; the rest is counted. */
export function list(head: Fragment, rows: readonly Fragment[], { talk }: Screen): Fragment {
  let used = size(head) + MORE_UNITS;
  const shown: Fragment[] = [];
  for (const row of rows) {
    used += size(row) + 1;
    if (used > MESSAGE_UNITS) break;
    shown.push(row);
  }
  const left = rows.length - shown.length;
  return lines(head, ...shown, left > 0 ? text(talk.andMore(left)) : undefined);
}
