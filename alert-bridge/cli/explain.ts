/** What would happen to a payload that came now, and why. */
import { DateTime } from 'luxon';
import { formatDurationMs } from '../../common/time/duration.ts';
import type { Escalation } from '../notify/escalate.ts';
import { createNotificationQueue, type Item } from '../notify/queue.ts';
import { isCooldownOver, isNeverDropped, suppressAtOnce, type Decision } from '../notify/decide.ts';
import { parseAlertmanager } from '../ingest/alertmanager.ts';
import { parseEvent } from '../ingest/events.ts';
import { parseGrafana } from '../ingest/grafana.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { quietUntil } from '../notify/quiet-hours.ts';
import type { Route, Routing } from '../notify/routing.ts';
import type { Renderer } from '../notify/render.ts';
import type { NewSignal } from '../model/signal.ts';
import type { Budget } from '../telegram/budget.ts';
import type { ChatTarget } from '../telegram/chats.ts';
import type { Incident } from '../model/incident.ts';

export interface ExplainDependencies {
  /** What the chats were told so far, and what waits; changed, and thrown away afterwards. */
  readonly outbox: Outbox;
  readonly chats: readonly ChatTarget[];
  readonly budget: Budget;
  readonly routing: Routing;
  readonly render: Renderer;
  /** IANA name. */
  readonly timezone: string;
  /** Unix ms. */
  readonly now: number;
}

interface Told {
  readonly item: Item;
  readonly text: string | undefined;
}

/** What a chat is told, and what it was told before that. */
interface Play {
  readonly told: readonly Told[];
  readonly before: (type: string) => Incident | undefined;
  /** When the next of what waits may be told, Unix ms. */
  readonly until: number | undefined;
}

/**
 * Parsed, routed and decided by the very code that would. Nothing is sent.
 * @param payload a notification of Alertmanager or Grafana, or an event of the application.
 * @throws HttpError with what is wrong with the payload.
 */
export function explain(payload: unknown, dependencies: ExplainDependencies): string {
  const { outbox, chats, routing, timezone, now } = dependencies;
  const signals = parse(payload, now).map((signal) => routing.classify(signal));
  const before = new Map(
    chats.map(({ key }) => [key, new Map(signals.map(({ type }) => [type, outbox.incident(key, type)]))]),
  );
  const chatsOf = (signal: NewSignal): readonly string[] => routing.routeOf(signal).chats;
  const [accepted] = outbox.accept([{ signals, chatsOf, suppress: suppressAtOnce, now }]);
  if (accepted instanceof Error) throw accepted;
  if (accepted?.status === 'duplicate')
    return `${signals[0]?.id ?? ''}: an event with this id was accepted before; it would be answered "duplicate", and nothing would be told.`;
  const plays = new Map(
    chats.map((chat) => [
      chat.key,
      { ...play(chat, dependencies), before: (type: string) => before.get(chat.key)?.get(type) },
    ]),
  );
  const time: Clock = (at) => DateTime.fromMillis(at, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm:ss');
  const described = signals.map((signal) => {
    const route = routing.routeOf(signal);
    const told = route.chats.flatMap((chat) => {
      const played = plays.get(chat);
      return played === undefined ? [] : tellOf(chat, signal, played, { route, time, now });
    });
    return [...describe(signal, route), ...told].join('\n');
  });
  return [circumstances(dependencies, time), ...described].join('\n\n');
}

function parse(payload: unknown, now: number): readonly NewSignal[] {
  let ids = 0;
  const context = { now, newId: () => `#${(ids += 1)}` };
  const has = (key: string): boolean => typeof payload === 'object' && payload !== null && key in payload;
  if (!has('alerts')) return [parseEvent(payload, context)];
  return (has('orgId') ? parseGrafana : parseAlertmanager)(payload, context).signals;
}

/** Carries out what the chat's queue says, as if every message arrived at once. */
function play(
  chat: ChatTarget,
  { outbox, budget, routing, render, now }: ExplainDependencies,
): Omit<Play, 'before'> {
  const drainMs = (requests: number): number => budget.drainMs(chat.id, requests, now);
  const queue = createNotificationQueue({
    outbox,
    sender: { chat, drainMs },
    routing,
    muted: () => undefined,
  });
  const told: Told[] = [];
  for (;;) {
    const next = queue.next({ now, lateCause: () => 'backlog', downtime: undefined });
    if (next.kind === 'nothing') return { told, until: next.until };
    if (next.kind === 'again') continue;
    const { item } = next;
    const { decision, signals } = item;
    const text =
      decision.action === 'suppress' ? undefined : render(decision.content, item.subject, now).plain;
    told.push({ item, text });
    const incident = incidentAfter(decision, told.length, now);
    const outcomes = signals.map(
      ({ seq }) => ({ seq, outcome: 'delivered', reason: decision.reason }) as const,
    );
    outbox.settle({
      chat: chat.key,
      outcomes,
      ...(incident === undefined ? {} : { incident: { state: incident, stale: false } }),
      now,
    });
  }
}

function incidentAfter(decision: Decision, messageId: number, rangAt: number): Incident | undefined {
  if (decision.action === 'suppress') return undefined;
  if (decision.action !== 'send') return decision.incident;
  return decision.incident && { ...decision.incident, messageId, rangAt };
}

type Clock = (at: number) => string;

/** The time, quiet hours, and what Telegram's limits leave. */
function circumstances({ chats, budget, routing, timezone, now }: ExplainDependencies, time: Clock): string {
  const { quietHours } = routing.fallback.policy;
  const end = quietHours && quietUntil(quietHours, now);
  const quiet = quietHours === undefined ? 'none' : end === undefined ? 'not now' : `until ${time(end)}`;
  const room = chats.map(({ key, id }) => {
    const readyAt = budget.readyAt(id, now);
    return `${key}: ${readyAt > now ? `Telegram's limits hold messages until ${time(readyAt)}` : "within Telegram's limits"}`;
  });
  return [`${time(now)} ${timezone}, quiet hours: ${quiet}`, ...room].join('\n');
}

/** What it is, and the rules that its route has for it. */
function describe({ id, body, severity, type }: NewSignal, { name, policy }: Route): readonly string[] {
  const { sound, remindAfterMs, cooldownMs, escalation } = policy;
  const what = body.kind === 'alert' ? `alert, ${body.status}` : `event ${body.kind}`;
  const remindAfter = remindAfterMs?.[severity];
  const reminded = remindAfter === undefined ? 'never' : `after ${formatDurationMs(remindAfter)}`;
  const loudness = sound.includes(severity) ? 'rings' : 'is silent';
  return [
    `${id} ${what}, ${severity}, type ${type}`,
    `  route: ${name}`,
    `  rules: ${severity} ${loudness}, cooldown ${formatDurationMs(cooldownMs)}, reminded of: ${reminded}`,
    ...(escalation === undefined || severity !== 'critical'
      ? []
      : [`  until it is taken: ${stepsOf(escalation)}`]),
  ];
}

function stepsOf({ ringAfterMs, next, fallbackAfterMs, webhookAfterMs }: Escalation): string {
  const after = (what: string, ms: number | undefined): string[] =>
    ms === undefined ? [] : [`${what} after ${formatDurationMs(ms)}`];
  return [
    ...ringAfterMs.flatMap((ms) => after('rings', ms)),
    ...next.flatMap(({ chat, afterMs }) => after(`tells ${chat}`, afterMs)),
    ...after('mail and ntfy', fallbackAfterMs),
    ...after('webhook', webhookAfterMs),
  ].join(', ');
}

interface At {
  readonly route: Route;
  readonly time: Clock;
  readonly now: number;
}

/** What a chat is told of a signal, what it was told before, and why. */
function tellOf(chat: string, signal: NewSignal, play: Play, { route, time, now }: At): readonly string[] {
  const { id, type, body } = signal;
  const dropped = suppressAtOnce(signal);
  if (dropped !== undefined) return [`  ${chat}: left out: ${dropped}`];
  const incident = play.before(type);
  const told = isNeverDropped(body) ? [] : [`    ${standing(incident, route, time, now)}`];
  const found = play.told.find(({ item }) => item.signals.some((shown) => shown.id === id));
  if (found !== undefined) return [`  ${chat}: ${decisionOf(found.item)}`, ...told, ...textOf(found, id)];
  const until = play.until === undefined ? '' : ` until ${time(play.until)}`;
  return [`  ${chat}: held${until}`, ...told];
}

/** Whether a message of its type stands, and for how long what follows is counted into it. */
function standing(incident: Incident | undefined, { policy }: Route, time: Clock, now: number): string {
  if (incident === undefined) return 'no message of this type so far';
  const over = time(incident.rangAt + policy.cooldownMs);
  const cooldown = isCooldownOver(incident, { now, policy }) ? `over since ${over}` : `until ${over}`;
  return `message ${incident.messageId} of ${time(incident.rangAt)} stands for this type: cooldown ${cooldown}`;
}

function decisionOf({ decision }: Item): string {
  const loud = 'silent' in decision ? (decision.silent ? ', silent' : ', with sound') : '';
  return `${decision.action}${loud}: ${decision.reason}`;
}

function textOf({ item, text }: Told, id: string): readonly string[] {
  const first = item.signals[0]?.id;
  if (first !== undefined && first !== id) return [`    in the message of ${first}`];
  return text === undefined ? [] : text.split('\n').map((line) => `    | ${line}`);
}
