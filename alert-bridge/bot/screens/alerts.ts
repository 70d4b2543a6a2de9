/** `/alerts`: what fires, worst first. Pure. */
import { urgencyOf } from '../../model/severity.ts';
import { titleOf } from '../../render/annotation.ts';
import { footer, SEVERITY_EMOJI } from '../../render/context.ts';
import { measuredOf } from '../../render/value.ts';
import { bold, code, line, lines, text, type Fragment } from '../../render/html.ts';
import type { AlertIncident } from '../../model/incident.ts';
import { severityOf } from '../../model/signal.ts';
import type { ActiveAlert } from '../alertmanager.ts';
import { pageOf, type Page, type Screen } from './screen.ts';

export type FiringAlert = Pick<ActiveAlert, 'labels' | 'annotations' | 'severity' | 'startsAt' | 'isMuted'>;

/** What Alertmanager says now, or what the bridge was last told while it is away. */
export interface Firing {
  readonly alerts: readonly FiringAlert[];
  readonly source: 'alertmanager' | 'last_known';
}

/** Alerts of the living messages: known without asking anybody. Every chat has them, each is counted once. */
export function lastKnown(incidents: readonly AlertIncident[]): Firing {
  const firing = incidents
    .flatMap(({ members }) => Object.values(members))
    .filter(({ status }) => status === 'firing');
  const once = new Map(firing.map((alert) => [alert.fingerprint, alert]));
  return {
    source: 'last_known',
    alerts: [...once.values()].map((alert) => ({ ...alert, severity: severityOf(alert), isMuted: false })),
  };
}

const SUMMARY_UNITS = 200;
const NAME_UNITS = 60;
/** More of them are a long way to the buttons under a message. */
const ROWS = 10;

export function alertsScreen({ alerts, source }: Firing, page: number, screen: Screen): Page {
  const { bot } = screen;
  const silent = source === 'last_known' ? `⚠️ ${bot.alertmanagerSilent} ${bot.lastKnown}` : undefined;
  if (alerts.length === 0) return { ...lines(silent, text(`✅ ${bot.noAlerts}`)), page: 0, pages: 1 };
  const sorted = alerts.toSorted(
    (a, b) => urgencyOf(a.severity) - urgencyOf(b.severity) || a.startsAt - b.startsAt,
  );
  return pageOf(
    lines(silent, bold(bot.alertsTitle(alerts.length))),
    alike(sorted, screen).map((group) => row(group, screen)),
    { page, maxRows: ROWS },
  );
}

/** Alerts that would read the same share a row. */
function alike(sorted: readonly FiringAlert[], screen: Screen): readonly (readonly FiringAlert[])[] {
  const groups = new Map<string, FiringAlert[]>();
  for (const alert of sorted) {
    const { severity, isMuted, labels } = alert;
    const key = JSON.stringify([
      shownTitle(alert, screen),
      labels['alertname'],
      labels['component'],
      severity,
      isMuted,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.values()];
}

const shownTitle = (alert: FiringAlert, screen: Screen): string => {
  const measured = measuredOf(alert, screen) ?? '';
  const title = titleOf(alert, screen);
  return measured === '' ? title || '—' : `${title} — ${measured}`;
};

/** @param group alike, the oldest first. */
function row(group: readonly FiringAlert[], screen: Screen): Fragment {
  const [first] = group;
  if (first === undefined) return text('');
  const { words, ofRule, bot, phrases, times, now } = screen;
  const { severity, isMuted, labels, startsAt } = first;
  const summary = shownTitle(first, screen);
  const { alertname = '' } = labels;
  // By which it can be muted: a touch copies it.
  const name = alertname === summary ? undefined : code(words(alertname, NAME_UNITS));
  return lines(
    line(
      `${SEVERITY_EMOJI[severity]}${isMuted ? '🔕' : ''} `,
      ofRule.title(summary, SUMMARY_UNITS),
      group.length > 1 ? ` ×${phrases.number(group.length)}` : '',
      ` — ${times.duration(now - startsAt)}`,
    ),
    footer(name, words(labels['component'] ?? '', NAME_UNITS), bot.since(times.show(startsAt))),
  );
}
