import type { OpenAlert } from '../../outbox/open-alerts.ts';
import type { AlertBody } from '../../model/signal.ts';

/** What Alertmanager says fires now. */
export interface CurrentAlert {
  readonly body: AlertBody;
  /** Silenced or inhibited: it is not told, and its end is not either. */
  readonly isMuted: boolean;
  /** Names of the receivers that its routes lead to, and that are told of it now. */
  readonly receivers: readonly string[];
  /** Names of those that a time interval keeps silent. */
  readonly mutedFor: readonly string[];
}

/** Whether Alertmanager keeps it from us. @param receivers those that have posted here */
export const isKeptSilent = (
  { isMuted, receivers: told, mutedFor }: CurrentAlert,
  receivers: readonly string[],
): boolean =>
  isMuted ||
  (mutedFor.some((name) => receivers.includes(name)) && !told.some((name) => receivers.includes(name)));

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
 * @param receivers those that have posted here
 */
export function unmuted(
  open: readonly OpenAlert[],
  current: readonly CurrentAlert[],
  before: ReadonlySet<string>,
  receivers: readonly string[],
): readonly CurrentAlert[] {
  const known = new Set(open.map(({ body }) => body.fingerprint));
  return current.filter((alert) => {
    const { fingerprint } = alert.body;
    return before.has(fingerprint) && known.has(fingerprint) && !isKeptSilent(alert, receivers);
  });
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
