/** Which of a bounded list of routes a path belongs to: a path itself would be a new series for every user. Pure. */
import { isAt } from './request.ts';

export interface Route {
  readonly name: string;
  /** A path and everything below it: `/admin` is `/admin` and `/admin/…`, `/admin/` only the latter. */
  readonly prefix: string;
}

export const OTHER_ROUTE = 'other';

/** The path is not counted at all. */
export const IGNORED = -1;

/** Index of a route's name, or {@link IGNORED}. */
export type Classify = (bytes: Buffer, start: number, end: number) => number;

/** What names are counted: those of the list and `other`, each once. */
export const routeNames = (routes: readonly Route[]): readonly string[] => [
  ...new Set([...routes.map(({ name }) => name), OTHER_ROUTE]),
];

/** What is ignored comes first, then the first route that fits. */
export function createClassify(routes: readonly Route[], ignore: readonly string[]): Classify {
  const names = routeNames(routes);
  const rules = [
    ...ignore.map((prefix) => ({ prefix: Buffer.from(prefix), index: IGNORED })),
    ...routes.map(({ name, prefix }) => ({ prefix: Buffer.from(prefix), index: names.indexOf(name) })),
  ];
  const other = names.length - 1;
  return (bytes, start, end) => {
    for (const { prefix, index } of rules) if (isBelow(bytes, start, end, prefix)) return index;
    return other;
  };
}

const SLASH = 0x2f;

function isBelow(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  const { length } = prefix;
  if (end - start < length || !isAt(bytes, start, prefix)) return false;
  return prefix[length - 1] === SLASH || end - start === length || bytes[start + length] === SLASH;
}
