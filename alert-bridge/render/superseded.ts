import type { AlertIncident, DigestIncident, Draft } from '../model/incident.ts';
import { summary } from './alert.ts';
import type { Context } from './context.ts';
import { titleOf } from './digest.ts';
import { lines, struck, type Fragment } from './html.ts';
import { membersOf } from './members.ts';

/** What is left of a message when a newer one stands for the same: what it was about, and that it goes on below. */
export function renderSuperseded(incident: Draft<AlertIncident | DigestIncident>, ctx: Context): Fragment {
  const title =
    incident.kind === 'alerts'
      ? summary(incident, membersOf(incident), ctx)
      : titleOf(incident, { members: incident.count, firing: 0 }, ctx);
  return lines(struck(title), `⤵️ ${ctx.phrases.goesOn}`);
}
