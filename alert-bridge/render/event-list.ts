import type { Lateness, ListedEvent } from '../model/incident.ts';
import { fact, heading, lateLine, MESSAGE_UNITS, paymentType, type Context } from './context.ts';
import { EVENT_EMOJI, renderEntry } from './event.ts';
import {
  code,
  join,
  line,
  lines,
  paragraphs,
  quote,
  size,
  text,
  type Fragment,
  type Inline,
} from './html.ts';
import { moneyIn } from './numbers.ts';

/**
 * Telegram ignores entities after the hundredth, and a row has one:
 * https://docs.python-telegram-bot.org/en/v13.2/telegram.constants.html (MAX_MESSAGE_ENTITIES).
 */
const MAX_ROWS = 90;
const FOLD_ABOVE_ROWS = 10;
const FIELD_UNITS = 64;
const TOTALS_UNITS = 300;

type Body = ListedEvent['body'];

export interface EventList {
  readonly message: Fragment;
  /** How many entries, from the first, the message shows. */
  readonly shownEntries: number;
}

/** Payments and new users, as many from the first as fit: one as a message of its own, several as a list. */
export function renderEventList(
  entries: readonly ListedEvent[],
  late: Lateness | undefined,
  ctx: Context,
): EventList {
  const [first] = entries;
  if (first === undefined) throw new RangeError('An event list needs at least one entry; there is none.');
  if (entries.length === 1) return { message: renderEntry(first, late, ctx), shownEntries: 1 };

  const rows = entries.slice(0, MAX_ROWS).map((entry) => ({ entry, row: rowOf(entry, ctx) }));
  // Headings and totals depend on what is listed: drawn anew with fewer rows until it fits.
  for (let shown = rows.length; ; shown--) {
    const message = draw(rows.slice(0, shown), entries.length - shown, late, ctx);
    if (size(message) <= MESSAGE_UNITS || shown === 1) return { message, shownEntries: shown };
  }
}

interface Row {
  readonly entry: ListedEvent;
  readonly row: Inline;
}

function draw(rows: readonly Row[], hidden: number, late: Lateness | undefined, ctx: Context): Fragment {
  const payments = rows.filter(({ entry }) => entry.body.kind === 'payment_received');
  const users = rows.filter(({ entry }) => entry.body.kind === 'new_user');
  const { phrases } = ctx;
  const lateness = lateLine(late, 'event', ctx);
  return paragraphs(
    section(EVENT_EMOJI.payment_received, phrases.payments, payments, lateness, totals(payments, ctx)),
    section(EVENT_EMOJI.new_user, phrases.newUsers, users, payments.length === 0 ? lateness : undefined),
    hidden === 0 ? undefined : phrases.moreFollows(hidden),
  );
}

function section(
  emoji: string,
  title: (count: number) => string,
  rows: readonly Row[],
  ...notes: readonly (Inline | undefined)[]
): Fragment | undefined {
  if (rows.length === 0) return undefined;
  const list = join(
    '\n',
    rows.map(({ row }) => row),
  );
  return lines(
    heading(emoji, title(rows.length)),
    ...notes,
    quote(list, { expandable: rows.length > FOLD_ABOVE_ROWS }),
  );
}

/** Per currency, never added across currencies. */
function totals(rows: readonly Row[], ctx: Context): Inline | undefined {
  const sums = new Map<string, number>();
  for (const { entry } of rows) {
    if (entry.body.kind !== 'payment_received') continue;
    const { currency, amount } = entry.body;
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  const shown = [...sums].map(([currency, sum]) => moneyIn(sum, currency, ctx.locale)).join(' · ');
  return fact(ctx.phrases.facts.total, ctx.verbatim(shown, TOTALS_UNITS));
}

/** `14:02 · 150 ⭐ · month · 123456`; what is empty leaves no gap. */
function rowOf({ body, occurredAt }: ListedEvent, ctx: Context): Inline {
  const fields = [text(ctx.times.show(occurredAt)), ...fieldsOf(body, ctx)];
  return line(
    '• ',
    join(
      ' · ',
      fields.filter(({ length }) => length > 0),
    ),
  );
}

function fieldsOf(body: Body, ctx: Context): Inline[] {
  const user = code(ctx.verbatim(body.userId, FIELD_UNITS));
  if (body.kind === 'new_user') return [user, ctx.words(body.source ?? '', FIELD_UNITS)];
  return [
    ctx.verbatim(moneyIn(body.amount, body.currency, ctx.locale), FIELD_UNITS),
    ctx.words(paymentType(body.paymentType, ctx), FIELD_UNITS),
    user,
  ];
}
