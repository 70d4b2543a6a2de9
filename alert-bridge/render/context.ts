import type { AlertBody, Severity } from '../model/signal.ts';
import type { Lateness } from '../model/incident.ts';
import { clean, clipMiddle, oneLine } from '../../common/text/clean.ts';
import { parseDurationMs } from '../../common/time/duration.ts';
import {
  bold,
  join,
  line,
  link,
  text,
  markedTextWithin,
  textWithin,
  type Inline,
  type Part,
  type Text,
} from './html.ts';
import { en } from './locale/en.ts';
import type { Locale, Phrases } from './locale/phrases.ts';
import { ru } from './locale/ru.ts';
import { percentagesIn } from './numbers.ts';
import { createTimes, type Times } from './times.ts';

/** Bases of links; one that a phone cannot open is left out. */
export interface LinkBases {
  readonly grafana?: string;
  readonly status?: string;
  /** Folder of the runbooks: `<runbooks>/<name>.md`. */
  readonly runbooks?: string;
}

export interface RenderOptions {
  readonly locale: Locale;
  /** IANA name. */
  readonly timezone: string;
  /** Unix ms: decides which day is today. */
  readonly now: number;
  readonly links: LinkBases;
  /** Takes secrets and personal data out of free text; called before anything is shortened. */
  readonly redact: (text: string) => string;
  /** Makes the commands in a text those of the installation; default: Docker's, as they are written. */
  readonly commands?: (text: string) => string;
}

/** Texts of others, made fit for a message. */
export interface Texts {
  /** Foreign text of several lines, redacted, cleaned and at most `maxUnits` long. */
  readonly prose: (raw: string, maxUnits: number) => Text;
  /** The same, its commands between backticks shown as code. */
  readonly instructions: (raw: string, maxUnits: number) => Inline;
  /** The same, shortened in the middle. */
  readonly trace: (raw: string, maxUnits: number) => Text;
  /** The same on one line. */
  readonly words: (raw: string, maxUnits: number) => Text;
  /** The same of what stands behind a sign of ours: without the signs that its sender has put before it. */
  readonly title: (raw: string, maxUnits: number) => Text;
  /** One line that is not redacted: ids and amounts, which the administrator needs as they are. */
  readonly verbatim: (raw: string, maxUnits: number) => Text;
}

/** What every message needs while it is drawn. */
export interface Context extends Texts {
  readonly locale: Locale;
  /** Unix ms. */
  readonly now: number;
  readonly phrases: Phrases;
  readonly times: Times;
  readonly links: LinkBases;
  readonly commands: (text: string) => string;
  /** The same of what a rule says: percentages in it are written as the reader writes them. */
  readonly ofRule: Texts;
}

/** Telegram's limit after entity parsing (https://core.telegram.org/bots/api#sendmessage). */
export const MESSAGE_UNITS = 4096;

export const SEVERITY_EMOJI: Readonly<Record<Severity, string>> = {
  critical: '🚨',
  warning: '⚠️',
  info: 'ℹ️',
};
export const RESOLVED_EMOJI = '✅';

const PHRASES: Readonly<Record<Locale, Phrases>> = { ru, en };

export function phrasesOf(locale: Locale): Phrases {
  return PHRASES[locale];
}

/**
 * Longer text is cut before it is redacted too, so that an annotation of megabytes cannot hold up the process. Far more
 * than a message can show: a secret that the cut halves stays out of sight.
 */
const MAX_RAW_UNITS = 65_536;

export function createContext(options: RenderOptions): Context {
  const phrases = phrasesOf(options.locale);
  const commands = options.commands ?? ((text: string) => text);
  return {
    locale: options.locale,
    now: options.now,
    phrases,
    times: createTimes(options.timezone, options.now, phrases),
    links: options.links,
    commands,
    ...textsOf(options.redact),
    // Redacted first: a secret with a percentage in it would not be known any more.
    ofRule: textsOf((text) => percentagesIn(commands(options.redact(text)), options.locale)),
  };
}

function textsOf(redact: (text: string) => string): Texts {
  // Cleaned first: a control character inside a secret must not hide it from the redactor.
  const redacted = (raw: string, tidy: (raw: string) => string): string =>
    redact(tidy(raw.slice(0, MAX_RAW_UNITS)));
  return {
    prose: (raw, maxUnits) => textWithin(redacted(raw, clean), maxUnits),
    instructions: (raw, maxUnits) => markedTextWithin(redacted(raw, clean), maxUnits),
    trace: (raw, maxUnits) => textWithin(redacted(raw, clean), maxUnits, clipMiddle),
    words: (raw, maxUnits) => textWithin(oneLine(redacted(raw, oneLine)), maxUnits),
    title: (raw, maxUnits) => textWithin(withoutSigns(oneLine(redacted(raw, oneLine))), maxUnits),
    verbatim: (raw, maxUnits) => textWithin(oneLine(raw.slice(0, MAX_RAW_UNITS)), maxUnits),
  };
}

/** Pictographs at the beginning, with what colours and joins them; they may be all there is. */
const SIGNS = /^(?:(?![©®™])\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{RI}|\u200d|\ufe0e|\ufe0f|\s)+/u;
const withoutSigns = (text: string): string => text.replace(SIGNS, '') || text;

/** `🚨 <b>…</b> suffix`: the first line of every message. */
export function heading(emoji: string, title: Part, suffix = ''): Inline {
  return line(`${emoji} `, bold(title), suffix);
}

/** `Name: value`, nothing when there is no value. */
export function fact(name: string, value: Part | undefined): Inline | undefined {
  const shown = typeof value === 'string' ? text(value) : value;
  return shown === undefined || shown.length === 0 ? undefined : line(`${name}: `, shown);
}

/** @param what an alert that fires, one that was over when it was told, or an event. */
export function lateLine(
  late: Lateness | undefined,
  what: 'firing' | 'over' | 'event',
  { phrases, times }: Context,
): Inline | undefined {
  if (late === undefined) return undefined;
  const { happenedAt, deliveredAt, cause } = late;
  const happened = times.moment(happenedAt);
  const sentence = {
    firing: phrases.began(happened),
    over: phrases.overBeforeDelivery,
    event: phrases.happened(happened),
  }[what];
  return text(`⏱ ${phrases.late(times.duration(deliveredAt - happenedAt), cause)}. ${sentence}`);
}

/** Facts on one line: `2.14.0 · production · 14:02`; what is empty leaves no gap. */
export function footer(...parts: readonly (Part | undefined)[]): Inline | undefined {
  const shown = parts.flatMap((part) => {
    const piece = typeof part === 'string' ? text(part) : part;
    return piece === undefined || piece.length === 0 ? [] : [piece];
  });
  return shown.length === 0 ? undefined : join(' · ', shown);
}

/** A runbook is a file's base name: anything else could lead out of its folder. */
const RUNBOOK_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** The name of an alert's runbook. */
export function runbookOf({ annotations }: AlertBody): string | undefined {
  const name = Object.hasOwn(annotations, 'runbook') ? annotations['runbook'] : undefined;
  return name !== undefined && RUNBOOK_NAME.test(name) ? name : undefined;
}

/** A panel as our rules name it, by the uid of its dashboard: anything else could lead out of Grafana. */
const PANEL = /^[\w-]{1,40}\?viewPanel=[\w-]{1,40}$/;
/** What led to it is seen as well, and what became of it. */
const BEFORE_MS = 6 * 3_600_000;
const AFTER_MS = 3_600_000;

/** The panel that shows what the alert speaks of, at its time. */
function panelUrl(
  { annotations, startsAt, endsAt }: AlertBody,
  grafana: string | undefined,
): string | undefined {
  const { dashboard = '', dashboard_before: before = '' } = annotations;
  if (grafana === undefined || !PANEL.test(dashboard)) return undefined;
  const from = startsAt - (parseDurationMs(before) ?? BEFORE_MS);
  const to = endsAt === undefined ? 'now' : endsAt + AFTER_MS;
  return `${grafana}/d/${dashboard}&from=${from}&to=${to}`;
}

/** Its own page, where a person sees more of it. */
function sourceLink({ source, generatorUrl }: AlertBody, { phrases }: Context): [string, string | undefined] {
  return [source === undefined ? phrases.links.query : SOURCE_NAMES[source], generatorUrl];
}

const SOURCE_NAMES = { grafana: 'Grafana', sentry: 'Sentry' } as const;

/** The links of an alert that a phone can open, on one line. When it is over there is nothing to do: only what it was. */
export function linkLine(alert: AlertBody | undefined, context: Context): Inline | undefined {
  const { links, phrases } = context;
  const firing = alert?.status === 'firing' ? alert : undefined;
  const runbook = firing && runbookOf(firing);
  const named: [string, string | undefined][] = [
    [
      phrases.links.runbook,
      links.runbooks !== undefined && runbook !== undefined
        ? `${links.runbooks}/${runbook}.md`
        : firing?.annotations['runbook_url'],
    ],
    ...(firing === undefined ? [] : [sourceLink(firing, context)]),
    [phrases.links.grafana, (alert && panelUrl(alert, links.grafana)) ?? links.grafana],
    [phrases.links.status, links.status],
  ];
  const shown = new Map<string, Inline>();
  for (const [label, href] of named) {
    const piece = href === undefined ? undefined : link(href, label);
    // Without the address a label alone says nothing; an alert's own page in Grafana says more than the overview.
    if (piece !== undefined && piece.level !== 'text' && !shown.has(label)) shown.set(label, piece);
  }
  return shown.size === 0 ? undefined : join(' · ', [...shown.values()]);
}

/** The payment type in words where the application's own name is known. */
export function paymentType(name: string, { phrases }: Context): string {
  return Object.hasOwn(phrases.paymentTypes, name) ? (phrases.paymentTypes[name] ?? name) : name;
}
