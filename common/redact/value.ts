/**
 * Deep, bounded, redacted copy of any value, made of JSON types only. Pure. What cannot be copied is named in its place,
 * never left out silently.
 */
import { nameKind } from './keys.ts';

const MAX_DEPTH = 8;
const MAX_ENTRIES = 500;
const MAX_NODES = 20_000;
const MAX_STRING_CHARS = 32_768;
const MAX_TOTAL_CHARS = 262_144;

export interface ValueRules {
  readonly text: (text: string) => string;
  readonly hashId: ((id: string | number | bigint) => string) | undefined;
}

interface Walk extends ValueRules {
  readonly path: object[];
  nodes: number;
  chars: number;
}

function copyString(walk: Walk, raw: string): string {
  if (walk.chars > MAX_TOTAL_CHARS) return `[too large: ${raw.length} characters]`;
  const clean = walk.text(raw);
  walk.chars += Math.min(clean.length, MAX_STRING_CHARS);
  if (clean.length <= MAX_STRING_CHARS) return clean;
  return `${clean.slice(0, MAX_STRING_CHARS).toWellFormed()}…[${clean.length - MAX_STRING_CHARS} more characters]`;
}

function copyNumber(walk: Walk, raw: number | bigint): unknown {
  const printed = String(raw);
  const clean = walk.text(printed);
  if (clean !== printed) return clean;
  return typeof raw === 'number' && Number.isFinite(raw) ? raw : printed;
}

function copyId(walk: Walk, raw: unknown, depth: number): unknown {
  if (walk.hashId === undefined) return copy(walk, raw, depth);
  if (typeof raw === 'number' || typeof raw === 'bigint') return walk.hashId(raw);
  if (typeof raw === 'string') return raw === '' || /^u_[0-9a-f]{12}$/.test(raw) ? raw : walk.hashId(raw);
  if (Array.isArray(raw))
    return raw.slice(0, MAX_ENTRIES).map((item: unknown) => copyId(walk, item, depth + 1));
  return copy(walk, raw, depth);
}

function copyField(walk: Walk, name: string, raw: unknown, depth: number): unknown {
  switch (nameKind(name, raw)) {
    case 'secret':
      return '[secret]';
    case 'id':
      return copyId(walk, raw, depth);
    case 'email':
      return typeof raw === 'string' ? '[email]' : copy(walk, raw, depth);
    case 'phone':
      return typeof raw === 'string' || typeof raw === 'number' ? '[phone]' : copy(walk, raw, depth);
    case 'plain':
      return copy(walk, raw, depth);
  }
}

function copyEntries(
  walk: Walk,
  entries: Iterable<readonly [string, () => unknown]>,
  depth: number,
): unknown {
  const out = new Map<string, unknown>();
  let left = 0;
  for (const [rawName, read] of entries) {
    if (out.size >= MAX_ENTRIES) {
      left++;
      continue;
    }
    let name = walk.text(rawName);
    while (out.has(name)) name += "'";
    let field: unknown;
    try {
      field = copyField(walk, rawName, read(), depth + 1);
    } catch {
      field = '[unreadable]';
    }
    out.set(name, field);
  }
  if (left > 0) out.set('…', `[${left} more entries]`);
  return Object.fromEntries(out);
}

function copyList(walk: Walk, items: Iterable<unknown>, total: number, depth: number): unknown[] {
  const out: unknown[] = [];
  for (const item of items) {
    if (out.length >= MAX_ENTRIES) break;
    out.push(copy(walk, item, depth + 1));
  }
  if (total > out.length) out.push(`[${total - out.length} more items]`);
  return out;
}

function* ownEntries(source: object): Iterable<readonly [string, () => unknown]> {
  for (const name of Object.keys(source)) yield [name, () => Reflect.get(source, name) as unknown];
}

/** name, message, stack and cause are not enumerable, yet they are what one reads an error for. */
function* errorEntries(error: Error): Iterable<readonly [string, () => unknown]> {
  yield ['name', () => error.name];
  yield ['message', () => error.message];
  if (error.stack !== undefined) yield ['stack', () => error.stack];
  if (error.cause !== undefined) yield ['cause', () => error.cause];
  if (error instanceof AggregateError) yield ['errors', () => error.errors as unknown[]];
  for (const entry of ownEntries(error)) {
    if (!['name', 'message', 'stack', 'cause', 'errors'].includes(entry[0])) yield entry;
  }
}

function copyMap(walk: Walk, map: ReadonlyMap<unknown, unknown>, depth: number): unknown {
  const named = [...map.keys()].every((key) => typeof key === 'string' || typeof key === 'number');
  if (!named) return copyList(walk, map.entries(), map.size, depth);
  return copyEntries(
    walk,
    [...map].map(([key, field]) => [String(key), () => field] as const),
    depth,
  );
}

function copyObject(walk: Walk, raw: object, depth: number): unknown {
  if (raw instanceof Error) return copyEntries(walk, errorEntries(raw), depth);
  if (raw instanceof Date) return Number.isNaN(raw.getTime()) ? 'Invalid Date' : raw.toISOString();
  if (raw instanceof ArrayBuffer || ArrayBuffer.isView(raw)) return `[binary, ${raw.byteLength} bytes]`;
  if (raw instanceof Map) return copyMap(walk, raw, depth);
  if (raw instanceof Set) return copyList(walk, raw, raw.size, depth);
  if (raw instanceof RegExp || raw instanceof URL) return copyString(walk, String(raw));
  if (raw instanceof Promise || raw instanceof WeakMap || raw instanceof WeakSet)
    return `[${raw.constructor.name}]`;
  if (Array.isArray(raw)) return copyList(walk, raw as unknown[], raw.length, depth);
  const toJson: unknown = Reflect.get(raw, 'toJSON');
  if (typeof toJson === 'function') return copy(walk, Reflect.apply(toJson, raw, []), depth + 1);
  return copyEntries(walk, ownEntries(raw), depth);
}

function copy(walk: Walk, raw: unknown, depth: number): unknown {
  if (++walk.nodes > MAX_NODES) return '[too large]';
  switch (typeof raw) {
    case 'string':
      return copyString(walk, raw);
    case 'number':
    case 'bigint':
      return copyNumber(walk, raw);
    case 'boolean':
      return raw;
    case 'undefined':
      return null;
    case 'symbol':
      return walk.text(raw.toString());
    case 'function':
      return `[function ${walk.text(raw.name)}]`;
    case 'object':
      break;
  }
  if (raw === null) return null;
  if (walk.path.includes(raw)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  walk.path.push(raw);
  try {
    return copyObject(walk, raw, depth);
  } catch {
    return '[unreadable]';
  } finally {
    walk.path.pop();
  }
}

/** Never throws, whatever getters, proxies and `toJSON` do. `undefined` becomes null, so that JSON keeps its name. */
export function redactValue(raw: unknown, rules: ValueRules): unknown {
  return copy({ ...rules, path: [], nodes: 0, chars: 0 }, raw, 0);
}
