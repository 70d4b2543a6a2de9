/** Trouble that begins, ends and begins again. Pure. */
import type { PendingSignal } from '../outbox/outbox.ts';
import type { AlertIncident, Flapping } from '../model/incident.ts';

/** Trouble that begins so often within one cooldown flaps: each beginning before has a message of its own. */
export const FLAPPING_ONSETS = 3;

export interface Onsets {
  readonly onsets?: readonly number[];
  readonly flapping?: Flapping;
}

/**
 * What is to be kept of beginnings once these have joined those that were told.
 * @param begun Unix ms
 * @param stands the message that tells of the flapping is still to be edited
 */
export function joinOnsets(
  before: Onsets | undefined,
  begun: readonly number[],
  {
    now,
    cooldownMs,
    stands,
  }: { readonly now: number; readonly cooldownMs: number; readonly stands: boolean },
): Onsets {
  const recent = recentOf([...(before?.onsets ?? []), ...begun], { now, cooldownMs });
  const flaps = stands || (begun.length > 0 && recent.length >= FLAPPING_ONSETS);
  const { since, count } = before?.flapping ?? {
    since: recent[0] ?? now,
    count: recent.length - begun.length,
  };
  return {
    ...(recent.length === 0 ? {} : { onsets: recent.slice(-FLAPPING_ONSETS) }),
    ...(flaps ? { flapping: { since, count: count + begun.length } } : {}),
  };
}

/** What is left of the flapping when the cooldown of its message is over: it goes on where it began often enough since. */
export function stillFlapping(
  { onsets = [], flapping }: Onsets,
  at: { readonly now: number; readonly cooldownMs: number },
): Onsets {
  const recent = recentOf(onsets, at);
  return {
    ...(recent.length === 0 ? {} : { onsets: recent }),
    ...(flapping === undefined || recent.length < FLAPPING_ONSETS ? {} : { flapping }),
  };
}

/** What lies in the future was told by another clock: it must not make anything look like flapping. */
const recentOf = (
  onsets: readonly number[],
  { now, cooldownMs }: { readonly now: number; readonly cooldownMs: number },
): readonly number[] => onsets.filter((at) => at <= now && now - at < cooldownMs);

/**
 * When trouble began among these, Unix ms, in order of acceptance: something fires where nothing did, or a critical
 * alert that was over fires again beside others.
 */
export function onsetsAmong(
  signals: readonly PendingSignal[],
  known: AlertIncident['members'],
): readonly number[] {
  const isFiring = new Map(
    Object.values(known).map(({ fingerprint, status }) => [fingerprint, status === 'firing']),
  );
  let firing = [...isFiring.values()].filter(Boolean).length;
  const begun: number[] = [];
  for (const { body, severity, acceptedAt } of signals) {
    if (body.kind !== 'alert') continue;
    const before = isFiring.get(body.fingerprint);
    const after = body.status === 'firing';
    if (after && (firing === 0 || (severity === 'critical' && before === false))) begun.push(acceptedAt);
    firing += Number(after) - Number(before === true);
    isFiring.set(body.fingerprint, after);
  }
  return begun;
}
