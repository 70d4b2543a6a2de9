/**
 * True when any text in it, whether key or value, names the id as a whole: 123 is neither in 1234 nor in 0123.
 * Numbers are times and amounts, and not looked at.
 */
export function mentions(content: unknown, id: string): boolean {
  const digits = /^\d+$/.test(id);
  const inside = digits ? '\\d' : '[\\p{L}\\p{N}_]';
  const whole = new RegExp(`(?<!${inside})${escapeRegExp(id)}(?!${inside})`, 'u');
  const search = (value: unknown): boolean => {
    if (typeof value === 'string') return whole.test(value);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([key, child]) => whole.test(key) || search(child));
  };
  return search(content);
}

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
