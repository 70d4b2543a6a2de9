/** A silence in Alertmanager that is asked for, confirmed and ended from a chat. Pure. */
import { DateTime } from 'luxon';
import type { SilenceMatcher } from '../../common/clients/alertmanager.ts';
import { pattern } from '../notify/matchers.ts';
import { WATCHDOG_ALERT, type AlertBody, type Severity } from '../model/signal.ts';
import type { SilenceLength } from './actions.ts';
import type { Place } from './updates.ts';

export interface ChatSilence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  /** What the alert under whose message it was asked for is called; absent where an alert was named. */
  readonly title?: string;
  readonly length: SilenceLength;
  readonly state:
    /** The preview is shown. */
    | 'asked'
    /** The silence is there. */
    | 'active'
    /** It was cancelled, ended or taken away. */
    | 'over';
  /** Who asked for it, as messages name them. */
  readonly by: string;
  /** Unix ms. */
  readonly askedAt: number;
  /** Where it was asked for: the announcement of its end goes there. */
  readonly place: Place;
  /** Of an active one. */
  readonly silenceId?: string;
  /** Unix ms. */
  readonly endsAt?: number;
  /** Who took it away before its end. */
  readonly endedBy?: string;
  readonly endedAt?: number;
  /** Its message, where it is not the one that was pressed last. */
  readonly messageId?: number;
  /** Of one until its incident is over: when that was first seen, Unix ms; absent while it burns. */
  readonly quietSince?: number;
  /** Its end was announced. */
  readonly announced?: boolean;
}

/** An unanswered preview is out of date after this long: what it counted is no longer what would be muted. */
export const PREVIEW_VALID_MS = 10 * 60_000;

const equal = (name: string, value: string): SilenceMatcher => ({
  name,
  value,
  isRegex: false,
  isEqual: true,
});

const OWN_GROUP = ['alertname', 'component'];

/**
 * The alerts of an incident: equal in the labels that its route groups by. None when it has none of those labels: such
 * a silence Alertmanager refuses.
 * @param groupBy undefined: alert name and component.
 */
export function matchersOf(
  { labels }: AlertBody,
  groupBy: readonly string[] = OWN_GROUP,
): readonly SilenceMatcher[] {
  // A label that is not there is an empty one.
  const matchers = groupBy.map((name) =>
    equal(name, Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''),
  );
  return matchers.some(({ value }) => value !== '') ? matchers : [];
}

export const matchersOfName = (alertName: string): readonly SilenceMatcher[] => [
  equal('alertname', alertName),
];

/** All but the Watchdog: without it the chain looks broken. Alertmanager wants one matcher that needs a label. */
export const MATCH_ALL: readonly SilenceMatcher[] = [
  { name: 'alertname', value: '.+', isRegex: true, isEqual: true },
  { name: 'alertname', value: WATCHDOG_ALERT, isRegex: false, isEqual: false },
];

/** True when a silence with these matchers mutes an alert with these labels: Alertmanager's own rule. */
export function matches(
  matchers: readonly SilenceMatcher[],
  labels: Readonly<Record<string, string>>,
): boolean {
  return matchers.every(({ name, value, isRegex, isEqual }) => {
    const actual = Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
    const found = isRegex ? (pattern(value)?.(actual) ?? false) : actual === value;
    return found === isEqual;
  });
}

export interface BlastRadius {
  readonly alerts: number;
  readonly critical: number;
}

export function blastRadius(
  matchers: readonly SilenceMatcher[],
  alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly severity: Severity }[],
): BlastRadius {
  const hit = alerts.filter(({ labels }) => matches(matchers, labels));
  return { alerts: hit.length, critical: hit.filter(({ severity }) => severity === 'critical').length };
}

/** In the comment of a silence that lasts until its incident is over: its end is moved, and says nothing. */
export const UNTIL_OVER = ', until it is over';

const HOUR_MS = 60 * 60_000;
/** One until its incident is over lives so long by itself: a bridge that dies mutes nothing for good. */
export const UNTIL_OVER_MS = 15 * 60_000;

/**
 * When a mute of that length ends, Unix ms.
 * @param at `morning`, HH:mm in the zone `timezone`: the next one counts.
 */
export function endOf(
  length: SilenceLength,
  from: number,
  at: { readonly morning: string; readonly timezone: string },
): number {
  if (length === 'over') return from + UNTIL_OVER_MS;
  if (length !== 'morning') return from + (length === '1h' ? 1 : 4) * HOUR_MS;
  const now = DateTime.fromMillis(from, { zone: at.timezone });
  const on = (day: DateTime): DateTime =>
    DateTime.fromISO(`${day.toFormat('yyyy-MM-dd')}T${at.morning}`, { zone: at.timezone });
  return (on(now) > now ? on(now) : on(now.plus({ days: 1 }))).toMillis();
}
