import type { Severity } from '../model/signal.ts';
import { clip, isolate, oneLine } from '../../common/text/clean.ts';
import { phrasesOf, SEVERITY_EMOJI } from './context.ts';
import type { Locale } from './locale/phrases.ts';

const TYPE_UNITS = 300;
const ID_UNITS = 200;

export interface FallbackSignal {
  readonly id: string;
  readonly type: string;
  readonly severity: Severity;
  /** Unix ms. */
  readonly occurredAt: number;
}

/**
 * What is sent when rendering threw: plain text (no `parse_mode`) that names the signal. It shares as little as
 * possible with what has just failed: no layout, no time zones, and a redactor that throws costs only the type.
 */
export function renderPlainFallback(
  { id, type, severity, occurredAt }: FallbackSignal,
  options: { readonly locale: Locale; readonly redact: (text: string) => string },
): string {
  const phrases = phrasesOf(options.locale);
  return [
    `${SEVERITY_EMOJI[severity]} ${attempt(() => short(options.redact(oneLine(type)), TYPE_UNITS), severity)}`,
    attempt(() => utc(occurredAt), phrases.unknownTime),
    `${phrases.notRendered} ${short(id, ID_UNITS)}`,
  ].join('\n');
}

/**
 * What is sent when Telegram takes neither form of a message: not a word of it is foreign, so that nothing in it can be
 * what Telegram dislikes.
 */
export function renderBrief(
  { severity, occurredAt }: Pick<FallbackSignal, 'severity' | 'occurredAt'>,
  { locale }: { readonly locale: Locale },
): string {
  const phrases = phrasesOf(locale);
  return [
    `${SEVERITY_EMOJI[severity]} ${phrases.notTaken}`,
    attempt(() => utc(occurredAt), phrases.unknownTime),
  ].join('\n');
}

/** `2024-09-21 14:02 UTC` */
const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const short = (raw: string, maxUnits: number): string => isolate(clip(oneLine(raw), maxUnits));

function attempt(make: () => string, otherwise: string): string {
  try {
    return make();
  } catch {
    return otherwise;
  }
}
