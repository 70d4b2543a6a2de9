import type { OpenAlert } from '../outbox/open-alerts.ts';
import type { AlertBody } from '../signal.ts';

/** What Alertmanager says fires now. */
export interface CurrentAlert {
  readonly body: AlertBody;
  /** Silenced or inhibited: it is not told, and its end is not either. */
  readonly isMuted: boolean;
  /** Names of the receivers its routes lead to. */
  readonly receivers: readonly string[];
}

export interface Differences {
  /** Told as firing, and gone: their resolution was lost. */
  readonly closed: readonly OpenAlert[];
  /** Firing for us, and never heard of. */
  readonly unseen: readonly CurrentAlert[];
}

/**
 * What was accepted against what Alertmanager knows. Pure.
 * @param receivers those that have posted here: an alert of another one is not for us
 */
export function compare(
  open: readonly OpenAlert[],
  current: readonly CurrentAlert[],
  receivers: readonly string[],
): Differences {
  const firing = new Set(current.map(({ body }) => body.fingerprint));
  const known = new Set(open.map(({ fingerprint }) => fingerprint));
  return {
    closed: open.filter(({ fingerprint }) => !firing.has(fingerprint)),
    unseen: current.filter(
      (alert) =>
        !alert.isMuted &&
        !known.has(alert.body.fingerprint) &&
        alert.receivers.some((receiver) => receivers.includes(receiver)),
    ),
  };
}

/**
 * What was told, then muted, and still fires now that it is not: Alertmanager itself says so only when its
 * `repeat_interval` is over.
 * @param before fingerprints of what was muted at the look before
 */
export function unmuted(
  open: readonly OpenAlert[],
  current: readonly CurrentAlert[],
  before: ReadonlySet<string>,
): readonly CurrentAlert[] {
  const known = new Set(open.map(({ body }) => body.fingerprint));
  return current.filter(
    ({ isMuted, body: { fingerprint } }) => !isMuted && before.has(fingerprint) && known.has(fingerprint),
  );
}

/**
 * A difference that was there at two looks, far enough apart that no notification can be on its way between them.
 * @param before when each was first seen to differ, Unix ms, by key
 * @returns what is confirmed, and what to remember for the next look
 */
export function confirm<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  before: ReadonlyMap<string, number>,
  at: { readonly now: number; readonly afterMs: number },
): { readonly confirmed: readonly T[]; readonly since: ReadonlyMap<string, number> } {
  // Never later than now: a clock that was set back begins anew.
  const since = new Map(
    items.map((item) => [keyOf(item), Math.min(before.get(keyOf(item)) ?? at.now, at.now)]),
  );
  return {
    confirmed: items.filter((item) => at.now - (since.get(keyOf(item)) ?? at.now) >= at.afterMs),
    since,
  };
}
