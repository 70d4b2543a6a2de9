import type { DigestRow, DigestSummary, DigestIncident, Draft } from '../model/incident.ts';
import { titleOf as alertTitleOf } from './annotation.ts';
import {
  footer,
  heading,
  lateLine,
  MESSAGE_UNITS,
  RESOLVED_EMOJI,
  SEVERITY_EMOJI,
  type Context,
} from './context.ts';
import { join, line, lines, paragraphs, quote, size, text, type Fragment, type Inline } from './html.ts';
import { flappingLine } from './flapping.ts';
import type { Phrases } from './locale/phrases.ts';

const QUIET_EMOJI = '🌅';
const MAINTENANCE_EMOJI = '🛠';
const NAME_UNITS = 80;
const TEXT_UNITS = 200;
/** A list this long is folded until it is tapped. */
const FOLD_ABOVE_ROWS = 10;
/** For line ends between the paragraphs and the row that says how many more there are. */
const REST_UNITS = 60;

type Digest = Draft<DigestIncident>;

/** One message for what a storm brought: how much, of what, and how much of it is over. */
export function renderDigest(incident: Digest, summary: DigestSummary, ctx: Context): Fragment {
  const { phrases, times } = ctx;
  const over = isOver(summary);
  const title = titleOf(incident, summary, ctx);
  const head = lines(
    over
      ? heading(RESOLVED_EMOJI, phrases.digestOver(incident.severity, summary.members))
      : heading(emojiOf(incident), title),
    lateLine(incident.late, 'firing', ctx),
    flappingLine(incident, !over, ctx),
    over || incident.digest === 'quiet' ? undefined : phrases.digestNote,
  );
  const facts = over
    ? text(lasted(incident, summary, ctx))
    : footer(
        phrases.since(times.moment(summary.startedAt)),
        summary.resolved > 0 ? phrases.resolvedOf(summary.resolved, summary.members) : undefined,
      );
  const marked = incident.digest === 'quiet';
  return paragraphs(
    head,
    facts,
    names(summary, marked, MESSAGE_UNITS - size(head) - size(facts ?? text('')) - REST_UNITS, ctx),
  );
}

const emojiOf = ({ digest, severity, maintenance }: Digest): string => {
  if (digest !== 'quiet') return SEVERITY_EMOJI[severity];
  return maintenance === true ? MAINTENANCE_EMOJI : QUIET_EMOJI;
};

/** The short reply when all of it is over, because an edit notifies nobody. */
export function renderDigestResolution(incident: Digest, summary: DigestSummary, ctx: Context): Fragment {
  const title = ctx.phrases.digestOver(incident.severity, summary.members);
  return lines(heading(RESOLVED_EMOJI, title), lasted(incident, summary, ctx));
}

export const titleOf = (
  incident: Digest,
  { members, firing }: Pick<DigestSummary, 'members' | 'firing'>,
  { phrases }: Context,
): string =>
  incident.digest === 'quiet'
    ? phrases.quiet(members, firing, incident.maintenance === true)
    : phrases.digest(incident.severity, members);

const isOver = ({ firing, resolved }: DigestSummary): boolean => firing === 0 && resolved > 0;

const lasted = (
  { severity }: Digest,
  { startedAt, endedAt }: DigestSummary,
  { phrases, times }: Context,
): string => phrases.lasted(times.duration(endedAt - startedAt), times.span(startedAt, endedAt), severity);

/**
 * Every name as far as there is room, the worst first, and how many more there are. What room is left goes to what the
 * events say: one text of each name, then another.
 */
function names(
  { names: all, nameCount }: DigestSummary,
  marked: boolean,
  maxUnits: number,
  ctx: Context,
): Fragment {
  const rows: Inline[][] = [];
  let left = maxUnits;
  for (const row of all) {
    const shown = rowOf(row, marked, ctx);
    left -= size(shown) + 1;
    if (left < 0) break;
    rows.push([shown]);
  }
  const hidden = nameCount - rows.length;
  const texts = all.map((row) => textsOf(row, ctx));
  const most = Math.max(0, ...texts.map(({ length }) => length));
  for (let nth = 0; nth < most && left > 0; nth++) {
    for (const [index, row] of rows.entries()) {
      const said = texts[index]?.[nth];
      if (said === undefined) continue;
      const shown = line('– ', ctx.ofRule.words(said, TEXT_UNITS));
      left -= size(shown) + 1;
      if (left < 0) break;
      row.push(shown);
    }
  }
  const shown = rows.flat();
  if (hidden > 0) shown.push(text(ctx.phrases.andMore(hidden)));
  return quote(join('\n', shown), { expandable: shown.length > FOLD_ABOVE_ROWS });
}

/** What the alerts of a name are called, each once. */
const titlesOf = ({ alerts = [] }: DigestRow, ctx: Context): readonly string[] => [
  ...new Set(alerts.map((alert) => alertTitleOf(alert, ctx))),
];

/** What stands under a name: what events say, and what its alerts are called where that differs. */
function textsOf(row: DigestRow, ctx: Context): readonly string[] {
  const titles = titlesOf(row, ctx);
  return [...(row.texts ?? []), ...(titles.length > 1 ? titles : [])];
}

/** `• Redis не отвечает — 120 (✅ 3)`; `marked` by severity where they differ. */
function rowOf(row: DigestRow, marked: boolean, ctx: Context): Inline {
  const { name, severity, members, resolved } = row;
  const { headings, number } = ctx.phrases;
  const [title, ...others] = titlesOf(row, ctx);
  const known = isEventKind(name, headings) ? headings[name] : name;
  const shown = ctx.ofRule.title(others.length === 0 ? (title ?? known) : known, NAME_UNITS);
  return line(
    `${resolved === members ? RESOLVED_EMOJI : marked ? SEVERITY_EMOJI[severity] : '•'} `,
    shown.length === 0 ? '—' : shown,
    members > 1 ? ` — ${number(members)}` : '',
    resolved > 0 && resolved < members ? ` (${RESOLVED_EMOJI} ${number(resolved)})` : '',
  );
}

/** Events without a name of their own are folded under their kind. */
const isEventKind = (name: string, headings: Phrases['headings']): name is keyof Phrases['headings'] =>
  Object.hasOwn(headings, name);
