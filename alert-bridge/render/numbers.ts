/** Figures in the specification's form, the same in every language: `1,234`, `98.5`, `1,234₽`. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tiny = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
/** Digits of a figure this long are of use to nobody. */
const huge = new Intl.NumberFormat('en-US', { notation: 'scientific', maximumFractionDigits: 3 });

export function formatNumber(figure: number): string {
  if (!Number.isFinite(figure)) return '—';
  const magnitude = Math.abs(figure);
  if (magnitude >= 1e15) return huge.format(figure);
  if (Number.isInteger(figure)) return whole.format(figure);
  return magnitude < 0.01 ? tiny.format(figure) : cents.format(figure);
}

const percent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

/** A ratio as `98.5%` or `65%`. */
export function formatPercent(ratio: number): string {
  return percent.format(ratio);
}

/** `$12.34` */
export function formatUsd(amount: number): string {
  return `$${cents.format(amount)}`;
}

/** An amount with its currency: XTR (Telegram Stars) as ⭐, RUB as ₽, any other code as it is. */
export function formatMoney(amount: number, currency: string): string {
  if (currency === 'RUB') return `${formatNumber(amount)}₽`;
  return `${formatNumber(amount)} ${currency === 'XTR' ? '⭐' : currency}`;
}
