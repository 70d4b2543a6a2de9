import type {
  BridgeCrashedBody,
  BridgeStartedBody,
  BridgeStateLostBody,
  BridgeStoppedBody,
  CriticalErrorBody,
  EventBody,
  NewUserBody,
  PaymentReceivedBody,
  SecretsOldBody,
} from '../model/signal.ts';
import type { Draft, EventIncident, ListedEvent } from '../model/incident.ts';
import { fact, footer, heading, lateLine, SEVERITY_EMOJI, paymentType, type Context } from './context.ts';
import {
  bold,
  code,
  join,
  line,
  lines,
  link,
  markedTextWithin,
  paragraphs,
  quote,
  text,
  type Fragment,
  type Inline,
  type Part,
} from './html.ts';
import type { Marked } from './locale/phrases.ts';
import { moneyIn } from './numbers.ts';

const TITLE_UNITS = 300;
const DETAILS_UNITS = 2_800;
const FACT_UNITS = 200;
const NAME_UNITS = 80;
/** Foreign text of more than this is folded until it is tapped. */
const FOLD_ABOVE_UNITS = 400;
const FOLD_ABOVE_LINES = 6;

export const EVENT_EMOJI: Readonly<Record<Exclude<EventBody['kind'], 'custom'>, string>> = {
  critical_error: '🚨',
  bot_started: '▶️',
  bot_stopped: '🛑',
  bridge_started: '▶️',
  bridge_stopped: '🛑',
  bridge_crashed: '⚠️',
  bridge_gap: '🔎',
  bridge_state_lost: '🚨',
  bridge_topic_gone: '⚠️',
  alerts_truncated: '✂️',
  secrets_old: '🔑',
  new_user: '🎉',
  payment_received: '💳',
};

type Event = Draft<EventIncident>;
type BridgeBody = BridgeStartedBody | BridgeStoppedBody | BridgeCrashedBody;

/** The living message of an event: its newest body and how often it happened. */
export function renderEvent(incident: Event, ctx: Context): Fragment {
  const { title, content, facts = [], last = [] } = parts(incident, ctx);
  return paragraphs(
    lines(title, lateLine(incident.late, 'event', ctx)),
    content,
    lines(...facts, footer(...last, when(incident, ctx))),
  );
}

/** A payment or a new user alone in its message. */
export function renderEntry(entry: ListedEvent, late: Event['late'], ctx: Context): Fragment {
  const { body, occurredAt } = entry;
  return paragraphs(
    lines(heading(EVENT_EMOJI[body.kind], ctx.phrases.headings[body.kind]), lateLine(late, 'event', ctx)),
    lines(...entryFacts(body, ctx), late === undefined ? ctx.times.show(occurredAt) : undefined),
  );
}

type Facts = readonly (Inline | undefined)[];

interface Parts {
  readonly title: Inline;
  readonly content?: Fragment | undefined;
  /** Each on a line of its own. */
  readonly facts?: Facts;
  /** On one line, before the time. */
  readonly last?: Facts;
}

function parts(incident: Event, ctx: Context): Parts {
  const { body } = incident;
  const { phrases } = ctx;
  switch (body.kind) {
    case 'critical_error':
      return {
        title: titled(incident, errorTitle(body, ctx), ctx),
        content: errorText(body, ctx),
        last: [userOf(body.userId, ctx)],
      };
    case 'bot_started':
      return {
        title: titled(incident, phrases.headings[body.kind], ctx),
        last: [
          code(ctx.words(body.version ?? '', FACT_UNITS)),
          ctx.words(body.environment ?? '', FACT_UNITS),
        ],
      };
    case 'bot_stopped':
      return {
        title: titled(incident, phrases.headings[body.kind], ctx),
        content: lines(
          fact(phrases.facts.reason, ctx.prose(body.reason ?? '', DETAILS_UNITS)),
          marked(phrases.botStopped, ctx),
        ),
      };
    case 'bridge_started':
    case 'bridge_stopped':
    case 'bridge_crashed':
      return bridgeParts(body, incident, ctx);
    case 'bridge_gap':
      return {
        title: line(
          titled(incident, phrases.headings[body.kind], ctx),
          ` ${phrases.gap(ctx.times.duration(body.to - body.from), ctx.times.span(body.from, body.to))}`,
        ),
        facts: [names(phrases.stillFiring, body.firing, ctx), names(phrases.closedUnseen, body.closed, ctx)],
      };
    case 'bridge_state_lost':
      return {
        title: titled(incident, stateLostTitle(body, ctx), ctx),
        content: marked(phrases.stateLost[body.cause].text, ctx),
        facts: [
          body.found === undefined
            ? undefined
            : fact(phrases.facts.schema, code(`${body.found} > ${body.known ?? 0}`)),
        ],
        last: [fact(phrases.facts.file, code(ctx.verbatim(body.file, FACT_UNITS)))],
      };
    case 'bridge_topic_gone':
      return {
        title: titled(incident, phrases.headings[body.kind], ctx),
        content: marked(phrases.topicGone, ctx),
        last: [fact(phrases.facts.chat, code(ctx.verbatim(body.chat, FACT_UNITS)))],
      };
    case 'alerts_truncated':
      return {
        title: titled(incident, phrases.headings[body.kind], ctx),
        content: marked(phrases.truncated(body.hidden), ctx),
        last: [fact(phrases.facts.receiver, code(ctx.words(body.receiver, FACT_UNITS)))],
      };
    case 'secrets_old':
      return {
        title: titled(incident, phrases.headings[body.kind], ctx),
        content: secretList(body, ctx),
        facts: [
          line(`${phrases.changeSecrets}: `, link(pageUrl(SECURITY_PAGE, ctx) ?? '', SECURITY_PAGE)),
          marked(phrases.remindedWeekly, ctx),
        ],
      };
    case 'custom': {
      const title = ctx.title(body.title, TITLE_UNITS);
      return {
        title: titled(incident, title.length === 0 ? '—' : title, ctx),
        content: ctx.prose(body.text, DETAILS_UNITS),
      };
    }
    case 'new_user':
    case 'payment_received':
      return { title: titled(incident, phrases.headings[body.kind], ctx), facts: entryFacts(body, ctx) };
  }
}

/** Sign, title, and how often it happened. */
function titled({ body, severity, count }: Event, title: Part, { phrases }: Context): Inline {
  const emoji = body.kind === 'custom' ? SEVERITY_EMOJI[severity] : EVENT_EMOJI[body.kind];
  return heading(emoji, title, count > 1 ? ` ×${phrases.number(count)}` : '');
}

const marked = (text: Marked, { commands }: Context): Inline =>
  markedTextWithin(commands(text), DETAILS_UNITS);

/** The user's id is shown: the administrator needs it to help that user. */
const userOf = (userId: string | undefined, ctx: Context): Inline | undefined =>
  userId === undefined ? undefined : fact(ctx.phrases.facts.user, code(ctx.verbatim(userId, FACT_UNITS)));

function entryFacts(body: PaymentReceivedBody | NewUserBody, ctx: Context): Facts {
  const { facts } = ctx.phrases;
  const user = userOf(body.userId, ctx);
  if (body.kind === 'new_user') return [user, fact(facts.source, ctx.words(body.source ?? '', FACT_UNITS))];
  return [
    fact(facts.amount, bold(ctx.verbatim(moneyIn(body.amount, body.currency, ctx.locale), FACT_UNITS))),
    fact(facts.paymentType, ctx.words(paymentType(body.paymentType, ctx), FACT_UNITS)),
    user,
  ];
}

function errorTitle({ kind, errorType }: CriticalErrorBody, ctx: Context): Part {
  const heading = ctx.phrases.headings[kind];
  const type = ctx.title(errorType, TITLE_UNITS);
  return type.length === 0 ? heading : line(`${heading}: `, type);
}

function errorText(body: CriticalErrorBody, ctx: Context): Fragment | undefined {
  const details = ctx.trace(body.details, DETAILS_UNITS);
  if (details.length === 0) return undefined;
  const long = details.length > FOLD_ABOVE_UNITS || details.plain.split('\n').length > FOLD_ABOVE_LINES;
  return quote(details, { expandable: long });
}

function stateLostTitle({ bridge, cause }: BridgeStateLostBody, { phrases, words }: Context): Part {
  const { title } = phrases.stateLost[cause];
  return bridge === undefined
    ? title
    : line(`${phrases.oneOfSeveral.bridge_state_lost} `, words(bridge, NAME_UNITS), `: ${title}`);
}

function bridgeParts(body: BridgeBody, incident: Event, ctx: Context): Parts {
  const { phrases, times, words } = ctx;
  const { lastAt } = incident;
  const name =
    body.bridge === undefined
      ? phrases.headings[body.kind]
      : line(`${phrases.oneOfSeveral[body.kind]}: `, words(body.bridge, NAME_UNITS));
  const title = titled(incident, name, ctx);
  if (body.kind === 'bridge_stopped') return { title };
  const last = [code(words(body.version, FACT_UNITS))];
  if (body.kind === 'bridge_started') return { title, last };
  const downtime = times.duration(lastAt - body.lastAliveAt);
  return {
    title,
    content: marked(phrases.crashed(downtime, times.span(body.lastAliveAt, lastAt)), ctx),
    last,
  };
}

const SECURITY_PAGE = 'docs/security.md';
const RUNBOOKS = /\/docs\/runbooks$/;

/** Of a page that stands beside the runbooks as it does in the repository. */
const pageUrl = (page: string, { links }: Context): string | undefined =>
  RUNBOOKS.test(links.runbooks ?? '')
    ? links.runbooks?.replace(RUNBOOKS, `/${page}#change-secrets`)
    : undefined;

function secretList({ secrets }: SecretsOldBody, { phrases, verbatim }: Context): Fragment {
  const shown = secrets.slice(0, NAMES_SHOWN);
  const rest = secrets.length - shown.length;
  return lines(
    ...shown.map(({ name, days }) =>
      line(code(verbatim(name, NAME_UNITS)), ` — ${phrases.counted.days(days)}`),
    ),
    rest > 0 ? text(phrases.andMore(rest)) : undefined,
  );
}

const NAMES_SHOWN = 20;

function names(title: (count: number) => string, all: readonly string[], ctx: Context): Inline | undefined {
  if (all.length === 0) return undefined;
  const shown = all.slice(0, NAMES_SHOWN);
  const rest = all.length - shown.length;
  const more = rest > 0 ? ` ${ctx.phrases.andMore(rest)}` : '';
  const list = shown.map((name) => ctx.words(name, NAME_UNITS));
  return fact(title(all.length), line(join(', ', list), more));
}

/** When it happened; when counted, from the first to the last. A late message, a crash and a gap have said it already. */
function when({ body, count, firstAt, lastAt, late }: Event, { times }: Context): string | undefined {
  if (count > 1) return times.span(firstAt, lastAt);
  return late === undefined && body.kind !== 'bridge_crashed' && body.kind !== 'bridge_gap'
    ? times.show(lastAt)
    : undefined;
}
