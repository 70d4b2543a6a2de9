/** What a mute of an incident mutes: exactly its alerts. Pure. */
import type { SilenceMatcher } from '../../common/clients/alertmanager.ts';
import { isAnyFiring, type AlertIncident } from '../model/incident.ts';
import type { AlertBody, Severity } from '../model/signal.ts';
import { titleOf } from '../render/annotation.ts';
import { membersOf } from '../render/members.ts';
import type { Locale } from '../render/message.ts';
import { matchersOf } from './silence.ts';

/** The labels that the route of an alert groups by; undefined: the default ones. */
export type GroupByOf = (severity: Severity, body: AlertBody) => readonly string[] | undefined;

/** @returns undefined for what Alertmanager cannot mute */
export function muteOf(
  incident: AlertIncident,
  groupByOf: GroupByOf,
  language: { readonly locale: Locale },
): { readonly matchers: readonly SilenceMatcher[]; readonly title: string } | undefined {
  const { lead } = membersOf(incident);
  const matchers = lead === undefined ? [] : matchersOf(lead, groupByOf(incident.severity, lead));
  return lead === undefined || matchers.length === 0
    ? undefined
    : { matchers, title: titleOf(lead, language) };
}

/** The incidents that burn and have alerts of that name, or any; each once, however many chats were told of it. */
export function burningIncidents(
  incidents: readonly AlertIncident[],
  alertName: string | undefined,
): readonly AlertIncident[] {
  const named = incidents.filter((incident) => {
    const firing = Object.values(incident.members).filter(({ status }) => status === 'firing');
    return (
      isAnyFiring(incident) &&
      (alertName === undefined || firing.some(({ labels }) => labels['alertname'] === alertName))
    );
  });
  return [...new Map(named.map((incident) => [incident.type, incident])).values()];
}
