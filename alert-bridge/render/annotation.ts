import type { AlertBody } from '../signal.ts';
import type { Context } from './context.ts';

/** Rules carry their texts in Russian and, with the suffix `_en`, in English; foreign ones in whatever they have. */
export function annotationOf(
  alert: AlertBody | undefined,
  name: string,
  { locale }: Pick<Context, 'locale'>,
): string | undefined {
  const own = (key: string): string | undefined =>
    alert !== undefined && Object.hasOwn(alert.annotations, key) ? alert.annotations[key] : undefined;
  return (locale === 'en' ? own(`${name}_en`) : undefined) ?? own(name);
}
