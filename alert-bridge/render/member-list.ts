import { severityOf, type AlertBody } from '../model/signal.ts';
import { RESOLVED_EMOJI, SEVERITY_EMOJI, type Context } from './context.ts';
import { code, join, line, quote, size, text, type Fragment, type Inline } from './html.ts';
import { differingLabels, labelOf } from './members.ts';
import { valueOf } from './value.ts';

/** More would be scrolled past. */
const MAX_ROWS = 50;
const MAX_LABELS = 4;
const NAME_UNITS = 40;
const VALUE_UNITS = 60;
/** A list this long is folded until it is tapped. */
const FOLD_ABOVE_ROWS = 5;
/** Telegram ignores entities after the hundredth. */
const MAX_CODES = 40;
/** For the row that says how many more there are. */
const MORE_UNITS = 40;

/** The alerts of an incident by the labels they differ in, as many as fit in `maxUnits`, in a quotation. */
export function memberList(
  alerts: readonly AlertBody[],
  maxUnits: number,
  ctx: Context,
): Fragment | undefined {
  const names = differingLabels(alerts).slice(0, MAX_LABELS);
  const asCode = names.length * Math.min(alerts.length, MAX_ROWS) <= MAX_CODES;
  const alike = new Set(alerts.map(marker)).size === 1;
  const rows: Inline[] = [];
  let left = maxUnits - MORE_UNITS;
  for (const alert of alerts.slice(0, MAX_ROWS)) {
    const row = line(`${alike ? '•' : marker(alert)} `, describe(alert, names, asCode, ctx));
    left -= size(row) + 1;
    if (left < 0) break;
    rows.push(row);
  }
  const hidden = alerts.length - rows.length;
  if (hidden > 0) rows.push(text(ctx.phrases.andMore(hidden)));
  return quote(join('\n', rows), { expandable: rows.length > FOLD_ABOVE_ROWS });
}

function marker(alert: AlertBody): string {
  if (alert.status === 'resolved') return RESOLVED_EMOJI;
  return SEVERITY_EMOJI[severityOf(alert)];
}

/**
 * `/data — 98 %`, with the names of labels where several tell the alerts apart; the alert name where none does. As code
 * `/data` is no command that a tap sends, and `example.com` no link.
 */
function describe(alert: AlertBody, names: readonly string[], asCode: boolean, ctx: Context): Inline {
  const labels = names.flatMap((name) => {
    const shown = ctx.words(labelOf(alert, name), VALUE_UNITS);
    if (shown.length === 0) return [];
    const marked = asCode ? code(shown) : shown;
    return [names.length === 1 ? line(marked) : line(ctx.words(name, NAME_UNITS), ': ', marked)];
  });
  // What an alert measured last says nothing once it is over.
  const measured = alert.status === 'firing' ? valueOf(alert, ctx) : undefined;
  const value = ctx.ofRule.words(measured ?? '', VALUE_UNITS);
  const parts = labels.length === 0 ? [ctx.words(alert.labels['alertname'] ?? '—', VALUE_UNITS)] : labels;
  return value.length === 0 ? join(', ', parts) : line(join(', ', parts), ' — ', value);
}
