/**
 * nginx's `combined` format, https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format:
 *
 *     $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"
 *
 * nginx writes a quote, a backslash and every byte that is no printable ASCII as `\xXX`: a quote always ends a field,
 * whatever a client sends. Read by bytes: a string for every line would cost more than all the rest. Pure.
 */
import { find, FIRST_STATUS, LAST_STATUS, methodAt, setPath, type ParseLine } from './request.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** `23/Nov/2026:04:00:00 +0000` */
const TIME_LENGTH = 26;
/** From `[` to the quote that follows `] `. */
const TIME_TO_QUOTE = TIME_LENGTH + 3;

/**
 * @param timed Whether `$request_time` follows: then it must. Further fields after a space are let pass, as formats that
 * extend `combined` append theirs.
 */
export function combinedParser(timed: boolean): ParseLine {
  const timeAt = createTimeReader();
  return (bytes, start, end, request) => {
    const opened = find(bytes, QUOTE, start, end);
    const bracket = opened - TIME_TO_QUOTE;
    if (bracket <= start || bytes[bracket] !== OPEN_BRACKET) return false;
    if (bytes[opened - 2] !== CLOSE_BRACKET || bytes[opened - 1] !== SPACE) return false;
    const closed = find(bytes, QUOTE, opened + 1, end);
    const status = statusAt(bytes, closed + 1);
    const agentEnd = endOfAgent(bytes, closed + 5, end);
    if (status === 0 || agentEnd === 0 || (agentEnd < end && bytes[agentEnd] !== SPACE)) return false;

    request.seconds = timed ? secondsAt(bytes, agentEnd + 1, end) : Number.NaN;
    if (timed && Number.isNaN(request.seconds)) return false;
    request.second = timeAt(bytes, bracket + 1);
    if (Number.isNaN(request.second)) return false;
    request.status = status;
    const methodEnd = find(bytes, SPACE, opened + 1, closed);
    request.method = methodAt(bytes, opened + 1, methodEnd);
    const target = Math.min(methodEnd + 1, closed);
    setPath(request.path, bytes, target, find(bytes, SPACE, target, closed));
    return true;
  };
}

/** ` 200 ` from `at` on; 0 for anything else. */
function statusAt(bytes: Buffer, at: number): number {
  if (bytes[at] !== SPACE || bytes[at + 4] !== SPACE) return 0;
  let status = 0;
  for (let index = at + 1; index < at + 4; index += 1) {
    const digit = digitAt(bytes, index);
    if (digit < 0) return 0;
    status = status * 10 + digit;
  }
  return status >= FIRST_STATUS && status <= LAST_STATUS ? status : 0;
}

/** `123 "…" "…"` after the space at `space`: index behind it, or 0. */
function endOfAgent(bytes: Buffer, space: number, end: number): number {
  let at = space + 1;
  if (bytes[at] === DASH) at += 1;
  else while (digitAt(bytes, at) >= 0) at += 1;
  if (at === space + 1) return 0;
  for (let field = 0; field < 2; field += 1) {
    if (bytes[at] !== SPACE || bytes[at + 1] !== QUOTE) return 0;
    at = find(bytes, QUOTE, at + 2, end) + 1;
    if (at > end) return 0;
  }
  return at;
}

/** `0.123` up to a space or `end`: seconds with milliseconds, as nginx writes them; NaN for anything else. */
function secondsAt(bytes: Buffer, start: number, end: number): number {
  const stop = find(bytes, SPACE, start, end);
  let value = 0;
  let scale = 0;
  for (let at = start; at < stop; at += 1) {
    const digit = digitAt(bytes, at);
    if (digit >= 0) {
      value = value * 10 + digit;
      scale *= 10;
    } else if (bytes[at] === DOT && scale === 0 && at > start && at + 1 < stop) {
      scale = 1;
    } else {
      return Number.NaN;
    }
  }
  return start < stop ? value / Math.max(scale, 1) : Number.NaN;
}

const digitAt = (bytes: Buffer, at: number): number => {
  const digit = (bytes[at] ?? 0) - ZERO;
  return digit <= 9 ? digit : -1;
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;

/** Unix seconds of a `$time_local`. Most lines have that of the line before. */
function createTimeReader(): (bytes: Buffer, at: number) => number {
  const last = Buffer.alloc(TIME_LENGTH);
  let second = Number.NaN;
  return (bytes, at) => {
    let index = TIME_LENGTH - 1;
    // From its end: seconds differ before days do, and the zone is short.
    while (index >= 0 && bytes[at + index] === last[index]) index -= 1;
    if (index < 0) return second;
    bytes.copy(last, 0, at, at + TIME_LENGTH);
    second = parseTime(last.toString('latin1'));
    return second;
  };
}

function parseTime(text: string): number {
  const match = TIME.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? '');
  if (match === null || month < 0) return Number.NaN;
  const [, day, , year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = match;
  const utcMs = Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds));
  const aheadSeconds = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60;
  return utcMs / 1000 - (sign === '+' ? aheadSeconds : -aheadSeconds);
}
