import { readFileSync } from 'node:fs';
import { systemClock } from '../common/clock.ts';
import { OperatorError } from '../common/operator-error.ts';
import { createRedactor } from '../common/redact.ts';
import { createAgenda, type Item } from './agenda.ts';
import type { BridgeConfig } from './config.ts';
import { parseAlertmanager } from './ingest/alertmanager.ts';
import { parseEvent } from './ingest/events.ts';
import { suppressAtOnce } from './decide.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Routing } from './policy/routing.ts';
import { createRenderer, type Renderer } from './renderer.ts';
import type { NewSignal } from './signal.ts';
import { createBudget } from './telegram/budget.ts';
import type { ChatTarget } from './telegram/chats.ts';
import type { Thread } from './thread.ts';

export interface ExplainDependencies {
  /** Empty, and thrown away afterwards. */
  readonly outbox: Outbox;
  readonly chats: readonly ChatTarget[];
  readonly routing: Routing;
  readonly render: Renderer;
  /** Unix ms. */
  readonly now: number;
}

interface Told {
  readonly chat: string;
  readonly item: Item;
  readonly text: string | undefined;
}

/**
 * What would happen to a payload that came now, and why: parsed, routed and decided by the very code that would, for
 * chats that have been told nothing yet and are within their budget. Nothing is sent.
 * @param payload a notification of Alertmanager or an event of the application.
 * @throws HttpError with what is wrong with the payload.
 */
export function explain(
  payload: unknown,
  { outbox, chats, routing, render, now }: ExplainDependencies,
): string {
  let ids = 0;
  const context = { now, newId: () => `#${(ids += 1)}` };
  const parsed = isNotification(payload)
    ? parseAlertmanager(payload, context).signals
    : [parseEvent(payload, context)];
  const signals = parsed.map((signal) => routing.withType(signal));
  const chatsOf = (signal: NewSignal): readonly string[] => routing.routeOf(signal).chats;
  const [accepted] = outbox.accept([{ signals, chatsOf, suppress: suppressAtOnce, now }]);
  if (accepted instanceof Error) throw accepted;
  const told = chats.flatMap((chat) => play(chat, outbox, routing, render, now));
  return signals.map((signal) => describe(signal, routing, told)).join('\n\n');
}

const isNotification = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'alerts' in payload;

/** Carries out what the chat's agenda says, as if every message arrived at once. */
function play(chat: ChatTarget, outbox: Outbox, routing: Routing, render: Renderer, now: number): Told[] {
  const budget = createBudget();
  const drainMs = (requests: number): number => budget.drainMs(chat.id, requests, now);
  const agenda = createAgenda({ outbox, channel: { chat, drainMs }, routing });
  const told: Told[] = [];
  for (;;) {
    const next = agenda.next({ now, lateCause: () => 'backlog' });
    if (next.kind === 'nothing') return told;
    if (next.kind === 'again') continue;
    const { item } = next;
    const { decision, signals } = item;
    const text =
      decision.action === 'suppress' ? undefined : render(decision.content, item.subject, now).plain;
    told.push({ chat: chat.key, item, text });
    const state =
      decision.action !== 'suppress' && decision.thread !== undefined
        ? {
            thread: {
              state: { ...decision.thread, messageId: told.length, rangAt: now } as Thread,
              stale: false,
            },
          }
        : {};
    const outcomes = signals.map(
      ({ seq }) => ({ seq, outcome: 'delivered', reason: decision.reason }) as const,
    );
    outbox.settle({ chat: chat.key, outcomes, ...state, now });
  }
}

function describe(signal: NewSignal, routing: Routing, told: readonly Told[]): string {
  const { body, severity, type, id } = signal;
  const route = routing.routeOf(signal);
  const what = body.kind === 'alert' ? `alert, ${body.status}` : `event ${body.kind}`;
  const dropped = suppressAtOnce(signal);
  const chats = route.chats.map((chat) => {
    if (dropped !== undefined) return `  ${chat}: left out: ${dropped}`;
    const found = told.find((one) => one.chat === chat && one.item.signals.some((shown) => shown.id === id));
    return found === undefined ? `  ${chat}: held until the quiet hours are over` : decided(found, id);
  });
  return [`${id} ${what}, ${severity}, type ${type}`, `  route: ${route.name}`, ...chats].join('\n');
}

function decided({ chat, item, text }: Told, id: string): string {
  const { decision, signals } = item;
  const loud = 'silent' in decision ? (decision.silent ? ', silent' : ', with sound') : '';
  const head = `  ${chat}: ${decision.action}${loud}: ${decision.reason}`;
  const first = signals[0]?.id;
  if (first !== undefined && first !== id) return `${head}, in the message of ${first}`;
  return [head, ...(text ?? '').split('\n').map((line) => `    | ${line}`)].join('\n');
}

/** `npm run check-config -- --explain payload.json`: says on stdout what would happen to the payload. */
export function explainIfAsked(config: BridgeConfig, openEmptyOutbox: () => Outbox): void {
  const payload = payloadToExplain(process.argv);
  if (payload === undefined) return;
  const redactor = createRedactor({ secrets: config.secrets });
  const explanation = explain(payload, {
    ...config,
    chats: config.telegram.chats,
    outbox: openEmptyOutbox(),
    render: createRenderer({
      ...config,
      redact: (text) => redactor.text(text),
      onFailure: (error) => {
        throw error;
      },
      buttonsOf: () => undefined,
    }),
    now: systemClock.now(),
  });
  process.stdout.write(`${explanation}\n`);
}

/** The payload of `--explain <file>`; undefined when nothing is to be explained. */
function payloadToExplain(args: readonly string[]): unknown {
  const at = args.indexOf('--explain');
  if (at < 0) return undefined;
  const path = args[at + 1];
  if (path === undefined) throw new OperatorError('--explain: name a file that holds a payload in JSON.');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new OperatorError(`${path} cannot be read as JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
