/**
 * What is wrong, as a code with parameters: whoever tells it says it in the language of the reader. Pure.
 *
 * Words of others (what Telegram answers, what PostgreSQL says) are parameters, and stand in quotation marks in the
 * Russian sentence. Parameters never hold a secret.
 */
import { en, type Sentences } from './en.ts';
import { ru } from './ru.ts';

export type ReasonCode = keyof typeof en;

/** Numbers are written as the reader writes them, names of a list with "or" between. */
export type Parameter = string | number | readonly string[];

type NamesIn<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

type NamesOf<C extends ReasonCode> = NamesIn<(typeof en)[C]>;

/** Codes of the reasons that have these parameters and no others. */
export type CodeWith<Names extends string> = {
  [C in ReasonCode]: [Names, NamesOf<C>] extends [NamesOf<C>, Names] ? C : never;
}[ReasonCode];

/** `{ code, …parameters }`, in JSON too. */
export type Reason = {
  readonly [C in ReasonCode]: { readonly code: CodeWith<NamesOf<C>> } & Readonly<
    Record<NamesOf<C>, Parameter>
  >;
}[ReasonCode];

const LANGUAGES = {
  en: { sentences: en as Sentences, intl: 'en' },
  ru: { sentences: ru, intl: 'ru' },
} as const;
export type ReasonLocale = keyof typeof LANGUAGES;

/** One sentence without a full stop. */
export function say(reasons: readonly Reason[], locale: ReasonLocale): string {
  return reasons.map((reason) => sayOne(reason, locale)).join('; ');
}

const PLACE = /\{(\w+)\}/g;

/** Names of the parameters of a sentence. */
export const placesIn = (sentence: string): readonly string[] =>
  [...sentence.matchAll(PLACE)].map(([, name = '']) => name);

function sayOne(reason: Reason, locale: ReasonLocale): string {
  const parameters: Readonly<Record<string, Parameter>> = reason;
  return LANGUAGES[locale].sentences[reason.code].replaceAll(PLACE, (_, name: string) =>
    shown(name, parameters[name] ?? '', LANGUAGES[locale].intl),
  );
}

function shown(name: string, value: Parameter, locale: ReasonLocale): string {
  if (typeof value === 'number')
    return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
  if (typeof value !== 'string') return new Intl.ListFormat(locale, { type: 'disjunction' }).format(value);
  return name === 'day' && locale === 'ru' ? value.split('-').toReversed().join('.') : value;
}

/** The same reason with its texts changed. */
export function mapTexts(reason: Reason, change: (text: string) => string): Reason {
  const changed = Object.entries<Parameter>(reason).map(([name, value]) => {
    if (name === 'code' || typeof value === 'number') return [name, value];
    return [name, typeof value === 'string' ? change(value) : value.map(change)];
  });
  return Object.fromEntries(changed) as Reason;
}

/** What another release may have sent. @returns undefined when any of it cannot be said here */
export function readReasons(received: unknown): readonly Reason[] | undefined {
  return Array.isArray(received) && received.length > 0 && received.every(isReason) ? received : undefined;
}

function isReason(value: unknown): value is Reason {
  if (typeof value !== 'object' || value === null || !('code' in value)) return false;
  const { code } = value;
  if (typeof code !== 'string' || !Object.hasOwn(en, code)) return false;
  return placesIn(en[code as ReasonCode]).every(
    (name) => Object.hasOwn(value, name) && isParameter((value as Record<string, unknown>)[name]),
  );
}

const isParameter = (value: unknown): boolean =>
  typeof value === 'string' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (Array.isArray(value) && value.every((one) => typeof one === 'string'));
