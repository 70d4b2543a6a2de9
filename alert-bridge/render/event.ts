import type {
  BotStartedBody,
  BridgeCrashedBody,
  BridgeStartedBody,
  BridgeStateLostBody,
  BridgeStoppedBody,
  CriticalErrorBody,
  CustomBody,
  EventBody,
  NewUserBody,
  PaymentReceivedBody,
} from '../signal.ts';
import type { Draft, EventThread, RosterEntry } from '../thread.ts';
import { fact, heading, lateLine, SEVERITY_EMOJI, paymentType, type Context } from './context.ts';
import {
  bold,
  code,
  join,
  line,
  lines,
  paragraphs,
  quote,
  text,
  type Fragment,
  type Inline,
  type Part,
} from './html.ts';
import { formatMoney, formatNumber } from './numbers.ts';

const TITLE_UNITS = 300;
const DETAILS_UNITS = 2_800;
const FACT_UNITS = 200;
const NAME_UNITS = 80;
/** Foreign text of more than this is folded until it is tapped. */
const FOLD_ABOVE_UNITS = 400;
const FOLD_ABOVE_LINES = 6;

export const EVENT_EMOJI: Readonly<Record<Exclude<EventBody['kind'], 'custom'>, string>> = {
  critical_error: '🚨',
  bot_started: '✅',
  bot_stopped: '🛑',
  bridge_started: '✅',
  bridge_stopped: '🛑',
  bridge_crashed: '⚠️',
  bridge_gap: '🔎',
  bridge_state_lost: '🚨',
  bridge_topic_gone: '⚠️',
  alerts_truncated: '✂️',
  new_user: '🎉',
  payment_received: '💳',
};

type Event = Draft<EventThread>;
type BridgeBody = BridgeStartedBody | BridgeStoppedBody | BridgeCrashedBody;

/** The living message of an event: its newest body and how often it happened. */
export function renderEvent(thread: Event, ctx: Context): Fragment {
  const { body } = thread;
  const [title, content, facts] = parts(body, thread, ctx);
  return paragraphs(lines(title, lateLine(thread.late, ctx)), content, lines(...facts, when(thread, ctx)));
}

/** A payment or a new user alone in its message. */
export function renderEntry(entry: RosterEntry, late: Event['late'], ctx: Context): Fragment {
  const { body, occurredAt } = entry;
  return paragraphs(
    lines(heading(EVENT_EMOJI[body.kind], ctx.phrases.headings[body.kind]), lateLine(late, ctx)),
    lines(
      ...entryFacts(body, ctx),
      late === undefined ? fact(ctx.phrases.facts.time, ctx.times.show(occurredAt)) : undefined,
    ),
  );
}

type Facts = readonly (Inline | undefined)[];

/** Heading, free text and facts of each kind of event. */
function parts(body: EventBody, thread: Event, ctx: Context): [Inline, Fragment | undefined, Facts] {
  const { headings, facts } = ctx.phrases;
  switch (body.kind) {
    case 'critical_error':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind], times(thread)),
        errorText(body, ctx),
        [fact(facts.user, body.userId === undefined ? undefined : userCode(body.userId, ctx))],
      ];
    case 'bot_started':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind], times(thread)),
        undefined,
        started(body, ctx),
      ];
    case 'bridge_started':
    case 'bridge_stopped':
    case 'bridge_crashed':
      return [
        heading(EVENT_EMOJI[body.kind], bridgeTitle(body, ctx), times(thread)),
        undefined,
        bridgeFacts(body, thread, ctx),
      ];
    case 'bridge_gap':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind]),
        undefined,
        [
          fact(facts.down, ctx.times.span(body.from, body.to)),
          names(ctx.phrases.stillFiring, body.firing, ctx),
          names(ctx.phrases.closedUnseen, body.closed, ctx),
        ],
      ];
    case 'bridge_state_lost':
      return [
        heading(EVENT_EMOJI[body.kind], bridgeTitle(body, ctx)),
        text(ctx.phrases.stateLost[body.cause]),
        [
          fact(ctx.phrases.facts.file, code(ctx.verbatim(body.file, FACT_UNITS))),
          body.found === undefined
            ? undefined
            : fact(ctx.phrases.facts.schema, code(`${body.found} > ${body.known ?? 0}`)),
        ],
      ];
    case 'bridge_topic_gone':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind]),
        text(ctx.phrases.topicGone),
        [fact(ctx.phrases.facts.chat, code(ctx.verbatim(body.chat, FACT_UNITS)))],
      ];
    case 'alerts_truncated':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind], times(thread)),
        text(ctx.phrases.truncated(body.hidden)),
        [fact(facts.receiver, code(ctx.words(body.receiver, FACT_UNITS)))],
      ];
    case 'bot_stopped':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind], times(thread)),
        undefined,
        [fact(facts.reason, ctx.prose(body.reason ?? '', DETAILS_UNITS))],
      ];
    case 'custom':
      return [customTitle(body, thread, ctx), ctx.prose(body.text, DETAILS_UNITS), []];
    case 'new_user':
    case 'payment_received':
      return [
        heading(EVENT_EMOJI[body.kind], headings[body.kind], times(thread)),
        undefined,
        entryFacts(body, ctx),
      ];
  }
}

/** The user's id is shown: the administrator needs it to help that user. */
function userCode(userId: string, ctx: Context): Inline {
  return code(ctx.verbatim(userId, FACT_UNITS));
}

function entryFacts(body: PaymentReceivedBody | NewUserBody, ctx: Context): Facts {
  const { facts } = ctx.phrases;
  const user = fact(facts.user, userCode(body.userId, ctx));
  if (body.kind === 'new_user') return [user, fact(facts.source, ctx.words(body.source ?? '', FACT_UNITS))];
  return [
    fact(facts.amount, bold(ctx.verbatim(formatMoney(body.amount, body.currency), FACT_UNITS))),
    fact(facts.paymentType, ctx.words(paymentType(body.paymentType, ctx), FACT_UNITS)),
    user,
  ];
}

function errorText(body: CriticalErrorBody, ctx: Context): Fragment {
  const details = ctx.trace(body.details, DETAILS_UNITS);
  const long = details.length > FOLD_ABOVE_UNITS || details.plain.split('\n').length > FOLD_ABOVE_LINES;
  return lines(
    bold(ctx.title(body.errorType, TITLE_UNITS)),
    details.length === 0 ? undefined : quote(details, { expandable: long }),
  );
}

function started(body: BotStartedBody, ctx: Context): Facts {
  const { facts } = ctx.phrases;
  return [
    fact(facts.version, code(ctx.words(body.version ?? '', FACT_UNITS))),
    fact(facts.environment, ctx.words(body.environment ?? '', FACT_UNITS)),
  ];
}

function bridgeTitle(body: BridgeBody | BridgeStateLostBody, { phrases, words }: Context): Part {
  if (body.bridge === undefined) return phrases.headings[body.kind];
  return line(`${phrases.oneOfSeveral[body.kind]}: `, words(body.bridge, NAME_UNITS));
}

function bridgeFacts(body: BridgeBody, { lastAt }: Event, ctx: Context): Facts {
  const { facts } = ctx.phrases;
  if (body.kind === 'bridge_stopped') return [];
  const version = fact(facts.version, code(ctx.words(body.version, FACT_UNITS)));
  if (body.kind === 'bridge_started') return [version];
  return [fact(facts.down, ctx.times.span(body.lastAliveAt, lastAt)), version];
}

const NAMES_SHOWN = 20;

function names(title: (count: string) => string, all: readonly string[], ctx: Context): Inline | undefined {
  if (all.length === 0) return undefined;
  const shown = all.slice(0, NAMES_SHOWN);
  const rest = all.length - shown.length;
  const more = rest > 0 ? ` ${ctx.phrases.andMore(formatNumber(rest))}` : '';
  const list = shown.map((name) => ctx.words(name, NAME_UNITS));
  return fact(title(formatNumber(all.length)), line(join(', ', list), more));
}

function customTitle(body: CustomBody, thread: Event, ctx: Context): Inline {
  const title = ctx.title(body.title, TITLE_UNITS);
  return heading(SEVERITY_EMOJI[thread.severity], title.length === 0 ? '—' : title, times(thread));
}

const times = ({ count }: Event): string => (count > 1 ? ` ×${formatNumber(count)}` : '');

/** When it happened; when counted, from the first to the last. A late message, a crash and a gap have said it already. */
function when(thread: Event, { phrases, times: shown }: Context): Inline | undefined {
  const { body, count, firstAt, lastAt, late } = thread;
  if (count > 1) return fact(phrases.facts.time, shown.span(firstAt, lastAt));
  return late === undefined && body.kind !== 'bridge_crashed' && body.kind !== 'bridge_gap'
    ? fact(phrases.facts.time, shown.show(lastAt))
    : undefined;
}
