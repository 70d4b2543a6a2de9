/** `/status` and `/health`. Pure. */
import { componentName, OVERALL } from '../../../common/health-words.ts';
import { say } from '../../../common/reasons/reason.ts';
import { MESSAGE_UNITS } from '../../render/context.ts';
import {
  bold,
  line,
  lines,
  markedTextWithin,
  paragraphs,
  type Fragment,
  type Inline,
} from '../../render/html.ts';
import type { Silence } from '../alertmanager.ts';
import type { Health } from '../exporter-health.ts';
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
const COMPONENT_EMOJI = { healthy: '🟢', unhealthy: '🔴', unknown: '⚪', disabled: '▫️' } as const;
const NAME_UNITS = 60;
const REASON_UNITS = 200;
/** In a summary: the rest is counted, and named by /health. */
const MAX_BAD = 10;

export function statusScreen({ health, firing, silences, pending }: StatusFacts, screen: Screen): Fragment {
  const { bot, times } = screen;
  const { alerts } = firing;
  const muted = alerts.filter(({ isMuted }) => isMuted).length;
  const critical = alerts.filter(({ severity }) => severity === 'critical').length;
  const firingLine = bot.status.alerts(alerts.length, critical, muted, firing.source === 'last_known');
  const queueLine = bot.status.queue(pending);
  const [first] = silences ?? [];
  return paragraphs(
    health === undefined ? silentExporter(screen) : summaryOf(health, screen),
    lines(
      silences === undefined ? `⚠️ ${bot.alertmanagerSilent}` : undefined,
      ...(alerts.length === 0 && pending === 0 && first === undefined
        ? [`${firingLine}. ${queueLine}.`]
        : [
            alerts.length === 0 ? firingLine : `${firingLine} · /alerts`,
            first && `${bot.status.silences(silences?.length ?? 0, times.show(first.endsAt))} · /silences`,
            queueLine,
          ]),
    ),
  );
}

/** What is not well by name, the rest by its number. */
function summaryOf(health: Health, screen: Screen): Fragment {
  const rows = sorted(health).filter(([, { status }]) => status !== 'disabled');
  const bad = rows.filter(([, { status }]) => status !== 'healthy');
  const good = rows.length - bad.length;
  const { status, andMore } = screen.bot;
  const goodOf = status.of(good, rows.length);
  if (bad.length === 0) return line(overall(health, screen), ` · ${goodOf}`);
  return lines(
    overall(health, screen),
    ...bad.slice(0, MAX_BAD).map(([name, component]) => componentRow(name, component, screen)),
    bad.length > MAX_BAD ? `${andMore(bad.length - MAX_BAD)} · /health` : undefined,
    `${COMPONENT_EMOJI.healthy} ${status.good} ${goodOf}`,
  );
}

export function healthScreen(health: Health | undefined, screen: Screen): Fragment {
  if (health === undefined) return silentExporter(screen);
  const rows = sorted(health).map(([name, component]) => componentRow(name, component, screen));
  return list(overall(health, screen), rows, screen);
}

const overall = ({ status }: Health, { locale }: Screen): Inline =>
  line(`${OVERALL_EMOJI[status]} `, bold(OVERALL[locale][status]));

const ORDER: readonly Component['status'][] = ['unhealthy', 'unknown', 'healthy', 'disabled'];
const sorted = ({ components }: Health): [string, Component][] =>
  Object.entries(components).toSorted(([, a], [, b]) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));

/** `🔴 Redis — 5 min: nothing listens at redis:6379` */
function componentRow(name: string, component: Component, screen: Screen): Fragment {
  const { words, locale, times, now } = screen;
  const { status, since } = component;
  const told = [
    status === 'unhealthy' && since !== null ? times.duration(now - Date.parse(since)) : '',
    detailOf(component, screen),
  ].filter((part) => part !== '');
  return line(
    `${COMPONENT_EMOJI[status]} `,
    words(componentName(name, locale), NAME_UNITS),
    ...(told.length === 0 ? [] : [' — ', words(told.join(': '), REASON_UNITS)]),
  );
}

function detailOf({ status, ...component }: Component, { bot, phrases, locale }: Screen): string {
  const { response_time_ms: tookMs, blocked_by: blockedBy, reasons, error = '' } = component;
  const why = reasons === undefined ? error : say(reasons, locale);
  switch (status) {
    case 'healthy':
      return tookMs === null ? '' : `${phrases.number(tookMs)} ${phrases.units.ms}`;
    case 'unhealthy':
      return why;
    case 'unknown':
      if (blockedBy !== undefined) return bot.status.blocked(componentName(blockedBy, locale));
      return why === '' ? bot.status.unknown : `${bot.status.unknown}: ${why}`;
    case 'disabled':
      return why === '' ? bot.status.disabled : `${bot.status.disabled}: ${why}`;
  }
}

const silentExporter = ({ bot, commands }: Screen): Fragment =>
  line('⚠️ ', markedTextWithin(commands(bot.exporterSilent), MESSAGE_UNITS));
