/** HTML that is valid by construction: whatever is put into a template is cleaned and escaped, unless it is a template. */
import { clean } from '../../common/text/clean.ts';

/** Text that is markup already. Made by {@link html}; by hand only of what is written in this program. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** Nothing is written for `undefined` and `false`. */
export type Content = Html | string | number | undefined | false | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Values may stand between tags and in quoted attributes, nowhere else. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.reduce((text, part, index) => text + markupOf(values[index - 1]) + part));
}

function markupOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return value.map(markupOf).join('');
  return clean(value).replaceAll(/[&<>"']/g, (found) => ESCAPES[found] ?? '');
}

/** A name that may be broken after its dots and underscores, not in the middle of a word. */
export const breakable = (name: string): Html =>
  html`${name.split(/(?<=[._@/])/).map((part, index) => [index > 0 && html`<wbr />`, part])}`;
