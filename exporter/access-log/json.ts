/** One JSON object per line, as a `log_format … escape=json` writes it. Pure. */
import { parseWithinBounds } from '../../common/text/json.ts';
import { FIRST_STATUS, LAST_STATUS, methodAt, setPath, type ParseLine } from './request.ts';

/** Under which keys the variables of nginx are found. */
export interface JsonKeys {
  readonly method: string;
  /** `$request_uri` or `$uri`. */
  readonly uri: string;
  readonly status: string;
  /** `$request_time`; a line may lack it. */
  readonly requestTime: string;
  /** `$time_iso8601`, or `$msec`. */
  readonly time: string;
}

/** A number may be written as one or as text: nginx puts quotes nowhere by itself. */
export function jsonParser(keys: JsonKeys): ParseLine {
  const timeOf = createTimeReader();
  return (bytes, start, end, request) => {
    const line = parseObject(bytes.toString('utf8', start, end));
    if (line === undefined) return false;
    const status = numberOf(line[keys.status]);
    const second = timeOf(line[keys.time]);
    if (!Number.isInteger(status) || status < FIRST_STATUS || status > LAST_STATUS) return false;
    if (Number.isNaN(second)) return false;
    const method = Buffer.from(textOf(line[keys.method]));
    const uri = Buffer.from(textOf(line[keys.uri]));
    const seconds = numberOf(line[keys.requestTime]);
    request.status = status;
    request.second = second;
    request.seconds = seconds >= 0 ? seconds : Number.NaN;
    request.method = methodAt(method, 0, method.length);
    setPath(request.path, uri, 0, uri.length);
    return true;
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseWithinBounds(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const numberOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
};

/** Unix seconds; most lines have the text of the line before. */
function createTimeReader(): (value: unknown) => number {
  let last: unknown;
  let second = Number.NaN;
  return (value) => {
    if (value === last) return second;
    last = value;
    const seconds = numberOf(value);
    second = Math.floor(Number.isNaN(seconds) ? Date.parse(textOf(value)) / 1000 : seconds);
    return second;
  };
}
