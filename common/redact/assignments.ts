/**
 * `password=…`, `"token": "…"`, `Authorization: Bearer …`, `?key=…`, `user_id=…` in running text. Pure.
 *
 * A hand-written scanner instead of one regular expression: whatever was looked at is consumed, so the time is linear
 * in the text however many opening quotes a hostile text has.
 */
const NAMES = [
  String.raw`(?<secret>passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|hash[_-]?key|state[_-]?key|dsn|credentials?|sessionid)`,
  String.raw`(?<line>authorization|(?:set-)?cookie)`,
  String.raw`(?<=[?&])(?<param>key|sig|signature|auth|session)`,
  String.raw`(?<![A-Za-z])(?<id>(?:telegram|user|chat|profile)[_-]?id)`,
];
const ASSIGNMENT = new RegExp(
  String.raw`(?:${NAMES.join('|')})(?<close>\d?\\{0,3}["']?)(?<sep>\s{0,4}(?:=(?!=)|:(?!//|:)|%3D)\s{0,4})`,
  'giu',
);
const MASK = /\[(?:token|card|email|phone|secret)\]/y;
/** "WEBHOOK_TOKEN: required unless …" is a sentence; what follows a colon and a space must look like a value. */
const PLAIN_WORD = /^\p{L}{1,16}[.!?]?$/u;

interface Value {
  readonly open: string;
  readonly body: string;
  readonly end: number;
}

function quotedValue(text: string, from: number): Value | undefined {
  const opening = /\\{0,3}["']/y;
  opening.lastIndex = from;
  const open = opening.exec(text)?.[0];
  if (open === undefined) return undefined;
  const start = from + open.length;
  const quote = open.slice(-1);
  const escapes = open.length - 1;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (char === '\n') return { open, body: text.slice(start, i), end: i };
    if (char === quote && escapes === 0) return { open, body: text.slice(start, i), end: i };
    if (char !== '\\') continue;
    let run = 1;
    while (text[i + run] === '\\') run++;
    // Inside \"…\" the closing quote carries as many backslashes as the opening one; more of them escape it.
    if (text[i + run] === quote && run === escapes) return { open, body: text.slice(start, i), end: i };
    i += escapes === 0 ? (run % 2 === 1 ? run : run - 1) : run;
  }
  return { open, body: text.slice(start), end: text.length };
}

function bareValue(text: string, from: number, stop: RegExp): Value {
  let start = from;
  MASK.lastIndex = start;
  if (MASK.test(text)) start = MASK.lastIndex;
  stop.lastIndex = start;
  const end = stop.exec(text)?.index ?? text.length;
  return { open: '', body: text.slice(from, end), end };
}

const stopAfterEquals = /[\s"'&`]/g;
const stopAfterColon = /[\s"'&`,;)}\]]/g;
const stopAtLineEnd = /[\r\n"']/g;

function hashIds(body: string, hashId: (id: string) => string): string {
  return body.replaceAll(/(?<![\w.])-?\d+(?![\w.])/g, (id) => hashId(id));
}

export function maskAssignments(text: string, hashId: ((id: string) => string) | undefined): string {
  let out = '';
  let copied = 0;
  ASSIGNMENT.lastIndex = 0;
  for (let m = ASSIGNMENT.exec(text); m !== null; m = ASSIGNMENT.exec(text)) {
    const groups = m.groups ?? {};
    const from = m.index + m[0].length;
    const separator = groups['sep'] ?? '';
    const colon = separator.includes(':');
    const stop = groups['line'] !== undefined ? stopAtLineEnd : colon ? stopAfterColon : stopAfterEquals;
    const value = quotedValue(text, from) ?? bareValue(text, from, stop);
    const prose = value.open === '' && colon && separator.endsWith(' ') && PLAIN_WORD.test(value.body);
    let masked = '[secret]';
    if (groups['id'] !== undefined) masked = hashId === undefined ? value.body : hashIds(value.body, hashId);
    else if (prose || value.body === '') masked = value.body;
    out += text.slice(copied, from) + value.open + masked;
    copied = value.end;
    ASSIGNMENT.lastIndex = Math.max(value.end, from);
  }
  return copied === 0 ? text : out + text.slice(copied);
}
