/**
 * Takes secrets and personal data out of everything that leaves the process by a log or by Sentry. Pure.
 *
 * It errs towards masking where text looks like a credential, and towards keeping where digits may be an id, a time or
 * a figure. Time is linear in the length of the text; the result is a fixed point: redacting twice changes nothing.
 */
import { maskAssignments } from './assignments.ts';
import { idPattern, literalPattern } from './literals.ts';
import { maskCards, maskPhones } from './numbers.ts';
import { maskEmails, maskShapes } from './patterns.ts';
import { maskUrlCredentials } from './urls.ts';
import { redactValue } from './value.ts';

export interface Redactor {
  /** The text with secrets, card numbers, e-mail addresses and telephone numbers replaced by `[token]`, `[card]`, … */
  text(text: string): string;
  /** A deep copy in JSON types with the same replaced, secret-named fields masked and id fields hashed. Never throws. */
  value(value: unknown): unknown;
}

export interface RedactorOptions {
  /** Values to mask wherever they appear, also URL-encoded or in base64. Shorter than 4 characters: by context only. */
  readonly secrets: Iterable<string>;
  /** Keyed hash of a person's or chat's id (`createIdentityHasher`); without it ids stay as they are. */
  readonly hashId?: (id: string | number | bigint) => string;
  /** Ids known by value (configured chats and administrators), hashed wherever they appear. */
  readonly ids?: Iterable<string>;
}

/** A replacement can uncover a neighbour that had no boundary before; more rounds than this were never seen. */
const MAX_ROUNDS = 6;

export function createRedactor(options: RedactorOptions): Redactor {
  const literals = literalPattern(options.secrets);
  const { hashId } = options;
  const ids = hashId === undefined ? undefined : idPattern(options.ids ?? []);

  const once = (raw: string): string => {
    let text = raw;
    if (literals !== undefined)
      text = text.replaceAll(literals, (m) => (/^\[\w+\]$/.test(m) ? m : '[secret]'));
    if (text.includes('://')) text = maskUrlCredentials(text);
    text = maskAssignments(maskShapes(text), hashId);
    text = maskPhones(maskCards(maskEmails(text)));
    return ids === undefined || hashId === undefined ? text : text.replaceAll(ids, (id) => hashId(id));
  };

  const text = (raw: string): string => {
    let before = raw;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const after = once(before);
      if (after === before) return after;
      before = after;
    }
    return before;
  };

  return { text, value: (value) => redactValue(value, { text, hashId }) };
}
