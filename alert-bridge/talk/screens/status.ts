/** `/status` and `/health`. Pure. */
import {
  bold,
  code,
  line,
  lines,
  markedTextWithin,
  paragraphs,
  text,
  type Fragment,
  type Inline,
} from '../../render/html.ts';
import { formatNumber } from '../../render/numbers.ts';
import type { Silence } from '../alertmanager.ts';
import type { Health } from '../exporter.ts';
import type { Firing } from './alerts.ts';
import { list, type Screen } from './screen.ts';

export interface StatusFacts {
  /** Undefined: the exporter did not answer. */
  readonly health: Health | undefined;
  readonly firing: Firing;
  /** Undefined: Alertmanager did not answer. */
  readonly silences: readonly Silence[] | undefined;
  /** Signals that wait to be shown. */
  readonly pending: number;
}

type Component = Health['components'][string];
const OVERALL_EMOJI = { healthy: '✅', degraded: '⚠️', unhealthy: '🚨' } as const;
const COMPONENT_EMOJI = { healthy: '✅', unhealthy: '🚨', unknown: '❔', disabled: '▫️' } as const;
const NAME_UNITS = 60;
const ERROR_UNITS = 200;
const NAMES_UNITS = 600;

export function statusScreen({ health, firing, silences, pending }: StatusFacts, screen: Screen): Fragment {
  const { talk, times } = screen;
  const muted = firing.alerts.filter(({ isMuted }) => isMuted).length;
  const critical = firing.alerts.filter(({ severity }) => severity === 'critical').length;
  const firingLine = talk.status.alerts(firing.alerts.length, critical, muted);
  const [first] = silences ?? [];
  return paragraphs(
    health === undefined
      ? lines(bold(talk.status.title), line('⚠️ ', markedTextWithin(talk.exporterSilent, NAMES_UNITS)))
      : lines(
          line(
            `${OVERALL_EMOJI[health.status]} `,
            bold(talk.status.title),
            `: ${talk.status.overall[health.status]}`,
          ),
          ...componentLines(health, screen),
        ),
    lines(
      silences === undefined ? `⚠️ ${talk.alertmanagerSilent}` : undefined,
      firing.source === 'last_known' ? `${talk.lastKnown}: ${firingLine.toLowerCase()}` : firingLine,
      silences === undefined
        ? undefined
        : talk.status.silences(silences.length, first && times.show(first.endsAt)),
      talk.status.queue(pending),
    ),
  );
}

function componentLines({ components }: Health, screen: Screen): (Inline | undefined)[] {
  const { status } = screen.talk;
  const all = Object.entries(components);
  const named = (wanted: Component['status']): string =>
    all
      .filter(([, component]) => component.status === wanted)
      .map(([name]) => name)
      .join(', ');
  const watched = all.filter(([, component]) => component.status !== 'disabled').length;
  const good = all.filter(([, component]) => component.status === 'healthy').length;
  const row = (title: string, names: string): Inline | undefined =>
    names === '' ? undefined : line(`${title}: `, screen.words(names, NAMES_UNITS));
  return [
    text(status.checks(good, watched)),
    row(`🚨 ${status.failing}`, named('unhealthy')),
    row(`❔ ${status.unknown}`, named('unknown')),
  ];
}

const ORDER: readonly Component['status'][] = ['unhealthy', 'unknown', 'healthy', 'disabled'];

export function healthScreen(health: Health | undefined, screen: Screen): Fragment {
  const { talk } = screen;
  if (health === undefined) return line('⚠️ ', markedTextWithin(talk.exporterSilent, NAMES_UNITS));
  const rows = Object.entries(health.components)
    .toSorted(([, a], [, b]) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))
    .map(([name, component]) => componentRow(name, component, screen));
  return list(
    line(
      `${OVERALL_EMOJI[health.status]} `,
      bold(talk.healthTitle),
      `: ${talk.status.overall[health.status]}`,
    ),
    rows,
    screen,
  );
}

function componentRow(name: string, component: Component, screen: Screen): Fragment {
  const { talk, words, times, now } = screen;
  const { status, since, error, response_time_ms: tookMs } = component;
  const start = line(`${COMPONENT_EMOJI[status]} `, code(words(name, NAME_UNITS)));
  if (status === 'healthy')
    return tookMs === null ? start : line(start, ` — ${formatNumber(tookMs)} ${talk.milliseconds}`);
  if (status === 'disabled') return line(start, ` — ${talk.status.disabled.toLowerCase()}`);
  const at = since === null ? undefined : Date.parse(since);
  return line(
    start,
    ` — ${(status === 'unhealthy' ? talk.status.failing : talk.status.unknown).toLowerCase()}`,
    ...(at === undefined ? [] : [` ${times.duration(now - at)}`]),
    ...(error === undefined ? [] : [': ', words(error, ERROR_UNITS)]),
  );
}
