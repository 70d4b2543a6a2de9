import type { AlertBody } from '../model/signal.ts';
import type { Context } from './context.ts';

type Told = Pick<AlertBody, 'labels' | 'annotations'>;

/** Rules carry their texts in Russian and, with the suffix `_en`, in English; foreign ones in whatever they have. */
export function annotationOf(
  alert: Pick<AlertBody, 'annotations'> | undefined,
  name: string,
  { locale }: Pick<Context, 'locale'>,
): string | undefined {
  const own = (key: string): string | undefined =>
    alert !== undefined && Object.hasOwn(alert.annotations, key) ? alert.annotations[key] : undefined;
  return (locale === 'en' ? own(`${name}_en`) : undefined) ?? own(name);
}

/** Labels that are shown in a way of their own, or stand for nothing that a person knows. */
const SHOWN_ELSEWHERE = /^(?:alertname|severity|component|__.*)$/;
/** Where it is comes first. */
const FIRST = ['instance', 'job'];
/** What tells an alert from its like in one line. */
const NAMED_LABELS = 2;

/** The labels that tell an alert from others of its name, as name and value, instance and job first. */
export function identifyingLabels({ labels }: Told): readonly (readonly [name: string, value: string])[] {
  const place = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(labels)
    .filter(([name, value]) => !SHOWN_ELSEWHERE.test(name) && value.trim() !== '')
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** The summary that its rule gives it; undefined where it gives none. */
export const summaryOf = (alert: Told | undefined, ctx: Pick<Context, 'locale'>): string | undefined =>
  ['summary', 'title'].map((name) => annotationOf(alert, name, ctx)).find(isWritten);

/** What an alert is about in one line: its summary, or its name and what tells it from others. Empty where it has neither. */
export function titleOf(alert: Told, ctx: Pick<Context, 'locale'>): string {
  const summary = summaryOf(alert, ctx);
  if (summary !== undefined) return summary;
  const name = alert.labels['alertname'] ?? '';
  const which = identifyingLabels(alert)
    .slice(0, NAMED_LABELS)
    .map(([, value]) => value)
    .join(', ');
  return name === '' || which === '' ? name + which : `${name} (${which})`;
}

/** What its rule says of it when it is over; undefined where it says nothing. */
export const resolvedTitleOf = (alert: Told | undefined, ctx: Pick<Context, 'locale'>): string | undefined =>
  [annotationOf(alert, 'resolved', ctx)].find(isWritten);

/** What else its rule says of it: some rules have a `message` in place of a description. */
export function descriptionOf(alert: Told | undefined, ctx: Pick<Context, 'locale'>): string {
  const texts = ['description', 'message'].map((name) => annotationOf(alert, name, ctx)).filter(isWritten);
  return [...new Set(texts)].join('\n');
}

const isWritten = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
