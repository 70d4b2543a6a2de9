import type { Policy } from '../../../alert-bridge/notify/decide.ts';
import { createRouting, type Routing } from '../../../alert-bridge/notify/routing.ts';

const MINUTE_MS = 60_000;

/** The defaults of `alert-bridge/config.yml`, without reminders. */
export const POLICY: Policy = { cooldownMs: 30 * MINUTE_MS, sound: ['critical'], lateAfterMs: 2 * MINUTE_MS };

/** `remind_after` with one time for all, ms; undefined: never. */
export const everySeverity = (afterMs: number | undefined): Policy['remindAfterMs'] => ({
  critical: afterMs,
  warning: afterMs,
  info: afterMs,
});

/** One route for everything. */
export const routeAll = (chats: readonly string[], policy: Policy = POLICY): Routing =>
  createRouting([], { name: 'default', matchers: [], chats, groupBy: undefined, policy });
