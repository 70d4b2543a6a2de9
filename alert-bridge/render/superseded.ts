import type { AlertThread, DigestThread, Draft } from '../model/incident.ts';
import { summary } from './alert.ts';
import type { Context } from './context.ts';
import { titleOf } from './digest.ts';
import { lines, struck, type Fragment } from './html.ts';
import { membersOf } from './members.ts';

/** What is left of a message when a newer one stands for the same: what it was about, and that it goes on below. */
export function renderSuperseded(thread: Draft<AlertThread | DigestThread>, ctx: Context): Fragment {
  const title =
    thread.kind === 'alerts'
      ? summary(thread, membersOf(thread), ctx)
      : titleOf(thread, { members: thread.count, firing: 0 }, ctx);
  return lines(struck(title), `⤵️ ${ctx.phrases.goesOn}`);
}
