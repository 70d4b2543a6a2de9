/**
 * Finds the secrets we know by value, in every form a library may print them: as they are, URL-encoded once or twice,
 * escaped for JSON and HTML, and as base64 at each of the three alignments (so also inside `Basic base64(user:password)`). Pure.
 */
const MASKS = String.raw`\[(?:token|card|email|phone|secret)\]`;

/** Shorter values ("on", "1") would blank out ordinary text; they stay masked by name and context only. */
const MIN_LITERAL_CHARS = 4;
const MIN_BASE64_BYTES = 6;
/** Below this length a value must stand alone, or a password "post" would cut words in two. */
const STANDALONE_BELOW_CHARS = 8;

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  if (bytes.length < MIN_BASE64_BYTES) return [];
  const forms: string[] = [];
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last characters also carry bits of the neighbours: only the middle is certain.
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    const middle = encoded.slice(first, last);
    forms.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** As a field, as a field of JSON that is itself a field, and in ASCII, as Python writes it. */
function jsonForms(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const ascii = escaped.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [escaped, ascii, JSON.stringify(escaped).slice(1, -1)];
}

/** As pages and Telegram's messages escape it. */
function htmlForms(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = text.replaceAll('"', '&quot;');
  return [text, quoted, quoted.replaceAll("'", '&#39;'), quoted.replaceAll("'", '&#x27;')];
}

function formsOf(secret: string): string[] {
  // encodeURIComponent throws on a lone surrogate; a round through UTF-8 replaces it.
  const wellFormed = Buffer.from(secret, 'utf8').toString('utf8');
  const encoded = encodeURIComponent(wellFormed);
  return [
    secret,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    encodeURIComponent(encoded),
    encodeURI(wellFormed),
    ...jsonForms(secret),
    ...htmlForms(secret),
    ...base64Forms(secret),
  ];
}

/** One regular expression of all forms; a mask already there is matched first and so never cut. */
export function literalPattern(secrets: Iterable<string>): RegExp | undefined {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_LITERAL_CHARS) continue;
    for (const form of formsOf(secret)) if (form.length >= MIN_LITERAL_CHARS) forms.add(form);
  }
  if (forms.size === 0) return undefined;
  const alternatives = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) =>
      form.length < STANDALONE_BELOW_CHARS
        ? `(?<![A-Za-z0-9])${escapeRegExp(form)}(?![A-Za-z0-9])`
        : escapeRegExp(form),
    );
  return new RegExp(`${MASKS}|${alternatives.join('|')}`, 'g');
}

/** Ids known by value (the configured administrators), standing alone as numbers, with or without a sign. */
export function idPattern(ids: Iterable<string>): RegExp | undefined {
  const known = [...new Set(ids)].filter((id) => /^-?\d{5,}$/.test(id));
  if (known.length === 0) return undefined;
  return new RegExp(
    `(?<![\\w.])(?:${known.sort((a, b) => b.length - a.length).join('|')})(?![\\w]|\\.\\d)`,
    'g',
  );
}
