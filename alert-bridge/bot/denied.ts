/** Who was not answered, for the security log. */
import { elapsedSince } from '../../common/time/elapsed.ts';
import type { Person, Place } from './updates.ts';

export interface Refusal {
  readonly by: Person;
  readonly what: string;
  readonly place: Place;
  /** How often this person has tried since the line before. */
  readonly attempts: number;
}

/** Whoever keeps trying is a line so often, not one for every try: anybody can write to a bot, and fill a disk. */
export const SAME_PERSON_EVERY_MS = 10 * 60_000;
const PEOPLE = 1_000;

export function createDeniedLog(
  log: (refusal: Refusal) => void,
  now: () => number,
): (by: Person, what: string, place: Place) => void {
  const known = new Map<number, { readonly loggedAt: number; unsaid: number }>();
  return (by, what, place) => {
    const before = known.get(by.id);
    if (before !== undefined && elapsedSince(before.loggedAt, now()) < SAME_PERSON_EVERY_MS) {
      before.unsaid += 1;
      return;
    }
    known.delete(by.id);
    known.set(by.id, { loggedAt: now(), unsaid: 0 });
    const [longestAgo] = known.keys();
    if (known.size > PEOPLE && longestAgo !== undefined) known.delete(longestAgo);
    log({ by, what, place, attempts: (before?.unsaid ?? 0) + 1 });
  };
}
