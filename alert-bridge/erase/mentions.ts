/**
 * True when any text in it, whether key or value, names the id as a whole: 123 is neither in 1234 nor in 0123.
 * Numbers are times and amounts, and not looked at.
 */
export function mentions(content: unknown, id: string): boolean {
  const whole = wholeId(id, 'u');
  const search = (value: unknown): boolean => {
    if (typeof value === 'string') return whole.test(value);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([key, child]) => whole.test(key) || search(child));
  };
  return search(content);
}

/** What stands where an id stood, whatever the language. */
export const MARK = '***';

/** A copy that names the id nowhere: where `mentions` finds it, MARK stands in its place. */
export function withoutMentions<Content>(content: Content, id: string): Content {
  const whole = wholeId(id, 'gu');
  const copy = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(whole, MARK);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(copy);
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key.replaceAll(whole, MARK), copy(child)]),
    );
  };
  return copy(content) as Content;
}

/** Those of a JSON list that do not name the id. */
export const othersIn = (list: string, id: string): string =>
  JSON.stringify((JSON.parse(list) as unknown[]).filter((one) => !mentions(one, id)));

function wholeId(id: string, flags: string): RegExp {
  const inside = /^\d+$/.test(id) ? '\\d' : '[\\p{L}\\p{N}_]';
  return new RegExp(`(?<!${inside})${escapeRegExp(id)}(?!${inside})`, flags);
}

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
