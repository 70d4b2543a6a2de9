/**
 * Text as every store and every program can hold it. JSON and YAML can say half of a surrogate pair, for which UTF-8 has no
 * bytes: what SQLite gives back is another text than what it was given, and PostgreSQL refuses it, as it refuses U+0000.
 * Both become U+FFFD. Pure.
 */
export const wellFormedText = (text: string): string => text.toWellFormed().split('\0').join('\u{FFFD}');

/** No sender nests deeper; the stack of whoever goes through it ends somewhere. */
const MAX_DEPTH = 200;

/** It is nested too deeply to be gone through. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
}

/**
 * A copy of a JSON value in which every text is well-formed, the names of fields too.
 * @throws TooDeepError
 */
export function wellFormed(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return wellFormedText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) throw new TooDeepError(`nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((item) => wellFormed(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [wellFormedText(name), wellFormed(field, depth + 1)]),
  );
}
