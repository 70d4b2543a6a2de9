/** Mutes that last until their incident is over: prolonged while it burns, gone soon after its end. */
import type { Alertmanager, Silence } from './alertmanager.ts';
import { matches, UNTIL_OVER_MS, type ChatSilence } from './silence.ts';
import type { ChatSilenceStore } from './silence-store.ts';

/** With less than this left it is prolonged. */
const PROLONG_BELOW_MS = 10 * 60_000;
/** What fires again so soon after its end is the same trouble. */
const STAYS_AFTER_END_MS = 5 * 60_000;

export type UntilOverStep =
  /** The silence is to end then; with an id it is changed. Whether it burns is kept in the mute. */
  | { readonly do: 'put'; readonly endsAt: number; readonly mute: ChatSilence }
  | { readonly do: 'wait'; readonly mute: ChatSilence }
  /** It is over; the silence that is still there goes. */
  | { readonly do: 'end' };

/**
 * What is to be done now about a mute that lasts until its incident is over. Pure.
 * @param silence of the mute, in force; undefined: its time was up, or somebody took it away
 */
export function decideUntilOver(
  mute: ChatSilence,
  {
    isBurning,
    silence,
    now,
  }: { readonly isBurning: boolean; readonly silence: Silence | undefined; readonly now: number },
): UntilOverStep {
  const { quietSince: _, ...burning } = mute;
  const isTakenAway = silence === undefined && (mute.endsAt ?? 0) > now;
  const isPast = silence === undefined && mute.quietSince !== undefined;
  if (isTakenAway || isPast) return { do: 'end' };
  if (isBurning) {
    const isLong = silence !== undefined && silence.endsAt - now >= PROLONG_BELOW_MS;
    return isLong ? { do: 'wait', mute: burning } : { do: 'put', endsAt: now + UNTIL_OVER_MS, mute: burning };
  }
  // Never later than now: a clock that was set back begins anew.
  const quietSince = Math.min(mute.quietSince ?? now, now);
  const endsAt = quietSince + STAYS_AFTER_END_MS;
  if (silence === undefined || endsAt <= now) return { do: 'end' };
  const quiet = { ...mute, quietSince };
  return silence.endsAt === endsAt ? { do: 'wait', mute: quiet } : { do: 'put', endsAt, mute: quiet };
}

export interface UntilOverDependencies {
  readonly alertmanager: Alertmanager;
  readonly store: ChatSilenceStore;
  readonly now: () => number;
  /** A silence for a mute, to be put. */
  readonly silenceOf: (mute: ChatSilence, endsAt: number) => Omit<Silence, 'id'>;
  /** The mute is over: its message is brought up to date. */
  readonly onOver: (mute: ChatSilence) => Promise<unknown>;
}

/** Looks at each of these mutes once. Rejects when Alertmanager does not answer: then nothing has changed. */
export async function keepUntilOver(
  { alertmanager, store, now, silenceOf, onOver }: UntilOverDependencies,
  signal: AbortSignal,
): Promise<void> {
  const mutes = store.active().filter(({ length }) => length === 'over');
  if (mutes.length === 0) return;
  const alerts = await alertmanager.alerts(signal);
  const silences = await alertmanager.silences(signal);
  for (const mute of mutes) {
    const silence = silences.find(({ id }) => id === mute.silenceId);
    const isBurning = alerts.some(({ labels }) => matches(mute.matchers, labels));
    const step = decideUntilOver(mute, { isBurning, silence, now: now() });
    if (step.do === 'wait') {
      if (step.mute.quietSince !== mute.quietSince) store.put(step.mute, now());
    } else if (step.do === 'put') {
      const wanted =
        silence === undefined ? silenceOf(mute, step.endsAt) : { ...silence, endsAt: step.endsAt };
      const silenceId = await alertmanager.putSilence(wanted, signal);
      store.put({ ...step.mute, silenceId, endsAt: step.endsAt }, now());
    } else {
      if (silence !== undefined) await alertmanager.expire(silence.id, signal);
      const over = { ...mute, state: 'over' } as const;
      store.put(over, now());
      await onOver(over);
    }
  }
}
