import type { AlertIncident, Draft } from '../model/incident.ts';
import { descriptionOf, identifyingLabels, resolvedTitleOf, summaryOf, titleOf } from './annotation.ts';
import {
  fact,
  footer,
  heading,
  lateLine,
  linkLine,
  MESSAGE_UNITS,
  RESOLVED_EMOJI,
  SEVERITY_EMOJI,
  type Context,
} from './context.ts';
import {
  bold,
  code,
  line,
  lines,
  paragraphs,
  quote,
  size,
  text,
  type Fragment,
  type Inline,
} from './html.ts';
import { flappingLine } from './flapping.ts';
import { memberList } from './member-list.ts';
import { differingLabels, membersOf, type Members } from './members.ts';
import { measuredOf, valueOf } from './value.ts';

const SUMMARY_UNITS = 300;
const DESCRIPTION_UNITS = 1_300;
const FACT_UNITS = 120;
const NAME_UNITS = 64;
/** Labels that say which alert it is, where no text of its rule does. */
const MAX_LABELS = 8;
/** Kept for the list of members when the description is long. */
const LIST_UNITS = 700;
/** A message about an incident so young says when it started, and no more. */
const NEW_MS = 60_000;
/** Line ends between the paragraphs. */
const GAPS_UNITS = 12;

type Incident = Draft<AlertIncident>;

/** The living message of an incident: what is wrong now, or that it is over. */
export function renderIncident(incident: Incident, ctx: Context): Fragment {
  const members = membersOf(incident);
  const { phrases } = ctx;
  const over = isOver(members);
  const several = members.all.length > 1;

  const head = over ? overHead(incident, members, ctx) : burningHead(incident, members, ctx);
  const facts = lines(
    ...labels(members, ctx),
    over ? undefined : value(members, ctx),
    footer(over ? undefined : since(incident, members, ctx), component(members, ctx)),
    repeats(incident, members, ctx),
    acknowledged(incident, ctx),
  );
  const count = several ? text(phrases.members(members.firing, members.resolved)) : text('');
  const links = linkLine(members.lead, ctx) ?? text('');

  const taken = [head, facts, count, links].reduce((sum, piece) => sum + size(piece), GAPS_UNITS);
  const room = MESSAGE_UNITS - taken;
  const description = ctx.ofRule.instructions(
    descriptionOf(members.lead, ctx),
    Math.min(DESCRIPTION_UNITS, several ? room - LIST_UNITS : room),
  );
  const list = several ? memberList(members.all, room - description.length, ctx) : undefined;

  // What it was stays readable when it is over, out of the way.
  const body = over ? quote(description, { expandable: true }) : description;
  return paragraphs(head, body, facts, lines(count, list), links);
}

/** The short reply when an incident is over, because an edit of the living message notifies nobody. */
export function renderResolution(incident: Incident, ctx: Context): Fragment {
  const members = membersOf(incident);
  const { phrases } = ctx;
  return lines(
    overTitle(incident, members, ctx),
    lasted(incident, members, ctx),
    members.firing > 0 ? phrases.members(members.firing, members.resolved) : undefined,
  );
}

/** The short reply that rings again: what burns, for how long, and that nobody has taken it. */
export function renderRing(incident: Incident, ctx: Context): Fragment {
  const members = membersOf(incident);
  const { phrases, times, now } = ctx;
  return lines(
    heading(SEVERITY_EMOJI.critical, summary(incident, members, ctx), others(members.firing, ctx)),
    `📣 ${phrases.untaken(times.duration(now - members.startedAt))}`,
  );
}

const isOver = ({ all, firing }: Members): boolean => all.length > 0 && firing === 0;

function burningHead(incident: Incident, members: Members, ctx: Context): Fragment {
  const measured = members.all.length > 1 ? undefined : measuredOf(members.lead, ctx);
  const named = summary(incident, members, ctx);
  const title =
    measured === undefined || measured === ''
      ? named
      : line(named, ' — ', ctx.ofRule.words(measured, FACT_UNITS));
  return lines(
    heading(SEVERITY_EMOJI[incident.severity], title, others(members.firing, ctx)),
    lateLine(incident.late, 'firing', ctx),
    flappingLine(incident, true, ctx),
    reminder(incident, members, ctx),
    passedOn(incident, members, ctx),
  );
}

/** Why a chat is told that is not of its route. */
function passedOn(
  { passedOnAt, acknowledged: taken }: Incident,
  { startedAt }: Members,
  { phrases, times }: Context,
): string | undefined {
  return passedOnAt === undefined || taken !== undefined
    ? undefined
    : `📣 ${phrases.passedOn(times.duration(passedOnAt - startedAt))}`;
}

/** Since when; in an edit, or in a newer message of it, also for how long: what is told for the first time has only begun. */
function since(
  { openedAt, remindedAt, late }: Incident,
  { startedAt }: Members,
  { now, phrases, times }: Context,
): string | undefined {
  const began = times.moment(startedAt);
  if (now - (remindedAt ?? openedAt) >= NEW_MS)
    return phrases.burningFor(times.duration(now - startedAt), began, times.moment(now));
  // The line above has said it.
  return late === undefined ? phrases.since(began) : undefined;
}

function reminder(
  { remindedAt }: Incident,
  { startedAt }: Members,
  { phrases, times }: Context,
): string | undefined {
  return remindedAt === undefined
    ? undefined
    : `🔁 ${phrases.stillBurning(times.duration(remindedAt - startedAt))}`;
}

function overHead(incident: Incident, members: Members, ctx: Context): Fragment {
  const { late } = incident;
  const beforeDelivery = late !== undefined && members.endedAt <= late.deliveredAt;
  return lines(
    overTitle(incident, members, ctx),
    flappingLine(incident, false, ctx),
    lateLine(late, beforeDelivery ? 'over' : 'firing', ctx),
    lasted(incident, members, ctx),
  );
}

/** In the words of its rule: "Resolved: the database does not answer" reads as an outage at a glance. */
function overTitle(incident: Incident, members: Members, ctx: Context): Inline {
  const written = ctx.ofRule.title(resolvedTitleOf(members.lead, ctx) ?? '', SUMMARY_UNITS);
  const title = written.length > 0 ? written : line(ctx.phrases.resolved, summary(incident, members, ctx));
  return heading(RESOLVED_EMOJI, title, others(members.resolved, ctx));
}

/** The heading speaks of one alert; a lock screen shows little more than the heading. */
const others = (count: number, { phrases }: Context): string =>
  count > 1 ? ` ${phrases.andMore(count - 1)}` : '';

const lasted = (
  { severity }: Incident,
  { startedAt, endedAt }: Members,
  { phrases, times }: Context,
): string => phrases.lasted(times.duration(endedAt - startedAt), times.span(startedAt, endedAt), severity);

export function summary(incident: Incident, members: Members, ctx: Context): Inline {
  const { lead } = members;
  const candidates = [lead && titleOf(lead, ctx), incident.type];
  for (const candidate of candidates) {
    const shown = ctx.ofRule.title(candidate ?? '', SUMMARY_UNITS);
    if (shown.length > 0) return shown;
  }
  return text('—');
}

function component({ lead }: Members, ctx: Context): Inline {
  return code(ctx.words(lead?.labels['component'] ?? '', FACT_UNITS));
}

/** Which alert it is, where its rule does not say so. What differs among several stands in their list. */
function labels({ all, lead }: Members, ctx: Context): readonly (Inline | undefined)[] {
  if (lead === undefined || summaryOf(lead, ctx) !== undefined) return [];
  const differing = differingLabels(all);
  return identifyingLabels(lead)
    .filter(([name]) => !differing.includes(name))
    .slice(0, MAX_LABELS)
    .map(([name, value]) => line(ctx.words(name, NAME_UNITS), ': ', code(ctx.words(value, FACT_UNITS))));
}

/** Of several alerts the list shows the values, and of a rule that names a unit the heading. */
function value({ all, lead }: Members, ctx: Context): Inline | undefined {
  if (all.length > 1 || measuredOf(lead, ctx) !== undefined) return undefined;
  return fact(ctx.phrases.facts.value, bold(ctx.ofRule.words(valueOf(lead, ctx) ?? '', FACT_UNITS)));
}

/** Stays when it is over: it says who has mended it. */
function acknowledged({ acknowledged: by }: Incident, ctx: Context): Inline | undefined {
  const { phrases, times } = ctx;
  return (
    by &&
    line('👀 ', phrases.taken.by, ctx.words(by.by, NAME_UNITS), phrases.taken.since(times.moment(by.at)))
  );
}

/**
 * Every member was told once, and once more when it was over: what the count holds beyond that are repeats.
 * Nothing is said of them once the incident is over, nor while it flaps: then they are beginnings and ends.
 */
function repeats(incident: Incident, members: Members, { phrases, times }: Context): string | undefined {
  const repeated = incident.count - members.all.length - members.resolved;
  if (isOver(members) || repeated < 1 || incident.flapping !== undefined) return undefined;
  return phrases.repeats(repeated, times.moment(incident.lastAt));
}
