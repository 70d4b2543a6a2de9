/** JSON that somebody else wrote. Pure. */
import { wellFormed } from './well-formed.ts';

/**
 * What no real sender comes near, and what bounds the time and the memory that parsing can take: 20,000 alerts with 40
 * labels each are 800,000 values, an event of Sentry is nested some 15 deep.
 */
const MOST_DEPTH = 64;
const MOST_VALUES = 1_000_000;
/** Alerts have the same few names again and again; V8 takes microseconds for each that it has not seen before. */
const MOST_NAMES = 2_000;
const MOST_TEXT_CHARS = 1024 * 1024;

/** JSON beyond those bounds; the message says which, and nothing of the content. */
export class JsonBoundsError extends Error {
  override readonly name = 'JsonBoundsError';
}

/**
 * The value of a JSON text, every text in it well-formed.
 * @throws SyntaxError when it is no JSON, JsonBoundsError when it is too deep or too much to be what anybody sends.
 */
export function parseJson(text: string): unknown {
  return wellFormed(parseWithinBounds(text));
}

/**
 * The same as it stands, for who looks at single fields of very many texts.
 * @throws SyntaxError, JsonBoundsError
 */
export function parseWithinBounds(text: string): unknown {
  const excess = findExcess(text);
  if (excess !== undefined) throw new JsonBoundsError(excess);
  return JSON.parse(text);
}

/**
 * What this service itself has written, sealed where others could write too: an incident has as many names as alerts.
 * @throws SyntaxError
 */
export const parseOwnJson = (text: string): unknown => wellFormed(JSON.parse(text));

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** One pass that builds nothing: JSON.parse itself holds every level and every value before anybody can count them. */
function findExcess(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  let colons = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfText(text, at);
        if (end - at > MOST_TEXT_CHARS) return `A text in it is longer than ${MOST_TEXT_CHARS} characters.`;
        at = end;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        values += 1;
        if (depth > MOST_DEPTH) return `It is nested more than ${MOST_DEPTH} deep.`;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      case COLON:
        colons += 1;
        continue;
      default:
        continue;
    }
    if (values > MOST_VALUES) return `It holds more than ${MOST_VALUES} values.`;
  }
  return colons > MOST_NAMES && hasTooManyNames(text)
    ? `It has more than ${MOST_NAMES} different names.`
    : undefined;
}

/** By a hash of each, so that nothing is kept: two names that have the same count once. */
function hasTooManyNames(text: string): boolean {
  const seen = new Uint8Array(2 ** 20);
  let names = 0;
  let start = 0;
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      start = at + 1;
      end = endOfText(text, at);
      at = end;
    } else if (code === COLON) {
      const place = hashOf(text, start, end) % seen.length;
      names += seen[place] === 0 ? 1 : 0;
      seen[place] = 1;
      if (names > MOST_NAMES) return true;
    }
  }
  return false;
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Where the quoted text ends that begins here. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
