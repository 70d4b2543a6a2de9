/** What a job has sent along with its check-in, by a button under the alert. Pure. */
import { heading, MESSAGE_UNITS } from '../render/context.ts';
import { lines, quote, type Fragment } from '../render/html.ts';
import { OWN_FINGERPRINT, type AlertBody } from '../model/signal.ts';
import type { Screen } from './screens/screen.ts';

/** The end of its log; undefined for an alert that has none. */
export const logOf = ({ fingerprint, annotations }: AlertBody): string | undefined =>
  fingerprint.startsWith(OWN_FINGERPRINT) ? annotations['log'] : undefined;

const HEADING_UNITS = 200;

/** The end of it, as much as a message holds. */
export function renderLog(name: string, log: string, ctx: Screen): Fragment {
  const end = log.slice(-(MESSAGE_UNITS - 2 * HEADING_UNITS)).toWellFormed();
  const title = ctx.words(ctx.bot.logOf(name), HEADING_UNITS);
  return lines(
    heading('📄', title),
    quote(ctx.trace(end, MESSAGE_UNITS - HEADING_UNITS), { expandable: false }),
  );
}
