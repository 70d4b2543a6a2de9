/** What a line of an access log says, whatever its format. Pure. */

/** One object, overwritten by every line: at a million lines a second a new one each would keep the garbage collector busy. */
export interface Request {
  /** Index into {@link METHODS}. */
  method: number;
  /** 100 to 599. */
  status: number;
  /** The path of the target, from `start` up to `end`, still encoded and without its query; empty when there is none. */
  path: { bytes: Buffer; start: number; end: number };
  /** Unix time of the end of the request, as nginx wrote it. */
  second: number;
  /** How long it took; NaN when the format does not tell. */
  seconds: number;
}

/**
 * Reads the bytes from `start` up to `end`, a line without its newline.
 * @returns false for what is not a line of this format; `request` is worth nothing then. Never throws.
 */
export type ParseLine = (bytes: Buffer, start: number, end: number, request: Request) => boolean;

/** RFC 9110 and RFC 5789; the last stands for whatever else a client may send. */
export const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'other',
] as const;

const OTHER_METHOD = METHODS.length - 1;

export const FIRST_STATUS = 100;
export const LAST_STATUS = 599;

export const emptyRequest = (): Request => ({
  method: OTHER_METHOD,
  status: FIRST_STATUS,
  path: { bytes: Buffer.alloc(0), start: 0, end: 0 },
  second: 0,
  seconds: Number.NaN,
});

const NAMES = METHODS.slice(0, OTHER_METHOD).map((name) => Buffer.from(name));

/** Of the bytes from `start` up to `end`; methods are case-sensitive (RFC 9110, section 9.1). */
export function methodAt(bytes: Buffer, start: number, end: number): number {
  for (let index = 0; index < NAMES.length; index += 1) {
    const name = NAMES[index];
    if (name?.length === end - start && isAt(bytes, start, name)) return index;
  }
  return OTHER_METHOD;
}

/** Whether `text` stands at `start`; what lies beyond the bytes differs from everything. */
export function isAt(bytes: Buffer, start: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text[index]) return false;
  }
  return true;
}

/** Index of the first `byte` from `start` on, or `end`: Buffer.indexOf knows no end and would look into other lines. */
export function find(bytes: Buffer, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at += 1;
  return at;
}

/** Points `path` at the target from `start` up to `end`, without its query. */
export function setPath(path: Request['path'], bytes: Buffer, start: number, end: number): void {
  path.bytes = bytes;
  path.start = start;
  path.end = find(bytes, QUESTION_MARK, start, end);
}

const QUESTION_MARK = 0x3f;
