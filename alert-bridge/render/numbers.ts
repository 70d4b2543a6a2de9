/** Figures: of the daily report in the specification's form, `1,234` or `98.5%`; everywhere else as the reader writes them. */
import type { Locale } from './locale/phrases.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tiny = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
/** Digits of a figure this long are of use to nobody. */
const huge = new Intl.NumberFormat('en-US', { notation: 'scientific', maximumFractionDigits: 3 });

/** `1,234`, `12.34`: the form of the daily report. */
export function formatNumber(figure: number): string {
  if (!Number.isFinite(figure)) return '—';
  const magnitude = Math.abs(figure);
  if (magnitude >= 1e15) return huge.format(figure);
  if (Number.isInteger(figure)) return whole.format(figure);
  return magnitude < 0.01 ? tiny.format(figure) : cents.format(figure);
}

/** Two places after the point, and of what is smaller than that the first two digits that say something. */
const FIGURE = {
  maximumFractionDigits: 2,
  maximumSignificantDigits: 2,
  roundingPriority: 'morePrecision',
} as const;
const figures: Readonly<Record<Locale, Intl.NumberFormat>> = {
  ru: new Intl.NumberFormat('ru', FIGURE),
  en: new Intl.NumberFormat('en', FIGURE),
};

/** A figure as its reader writes it: `1 234,5`, in English `1,234.5`. */
export function numberIn(figure: number, locale: Locale): string {
  if (!Number.isFinite(figure)) return '—';
  return Math.abs(figure) >= 1e15 ? huge.format(figure) : figures[locale].format(figure);
}

const percent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

/** A ratio as `98.5%` or `65%`: the form of the daily report. */
export function formatPercent(ratio: number): string {
  return percent.format(ratio);
}

const PERCENT = { style: 'percent', ...FIGURE } as const;
const percents: Readonly<Record<Locale, Intl.NumberFormat>> = {
  ru: new Intl.NumberFormat('ru', PERCENT),
  en: new Intl.NumberFormat('en', PERCENT),
};

/** A ratio as its reader writes it: `0,65 %`, in English `0.65%`. */
export const percentIn = (ratio: number, locale: Locale): string => percents[locale].format(ratio);

/** A figure and its sign; none within a word, an address (`%20`) or a figure that is written in another way (`1,234.5%`). */
const PERCENTAGE = /(?<![\p{L}\d.,%_/=-])([-+]?)(\d{1,9}(?:\.\d{1,20})?)[ \u00a0\u202f]?%(?![\p{L}\d%_])/gu;

/** The text with its percentages as its reader writes them. Commands between backticks stay as they are. */
export const percentagesIn = (text: string, locale: Locale): string =>
  text
    .split(/(`[^`\n]*`)/)
    .map((piece, index) =>
      index % 2 === 1
        ? piece
        : piece.replaceAll(
            PERCENTAGE,
            (_, sign: string, figure: string) => sign + percentIn(Number(figure) / 100, locale),
          ),
    )
    .join('');

/** `$12.34` */
export function formatUsd(amount: number): string {
  return `$${cents.format(amount)}`;
}

const signOf = (currency: string): string => ({ XTR: '⭐', RUB: '₽' })[currency] ?? currency;

/** An amount with its currency, in the form of the daily report: `1,234₽`, any other than RUB as `1,234 USD`. */
export const formatMoney = (amount: number, currency: string): string =>
  `${formatNumber(amount)}${currency === 'RUB' ? '' : ' '}${signOf(currency)}`;

/** An amount with its currency as its reader writes it: XTR (Telegram Stars) as `1 050 ⭐`, RUB as `22 221 ₽`. */
export const moneyIn = (amount: number, currency: string, locale: Locale): string =>
  `${numberIn(amount, locale)} ${signOf(currency)}`;
