import { SEVERITIES } from '../model/severity.ts';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { duration } from '../../common/time/duration.ts';
import type { ConfigProblem } from '../../common/config/problem.ts';
import { describeReceived } from '../../common/config/received.ts';
import { timeOfDay } from '../../common/time/time-of-day.ts';
import type { Policy } from '../notify/decide.ts';
import { SEVERITY_WORDS } from '../model/signal.ts';
import type { Escalation } from '../notify/escalate.ts';
import type { MaintenanceWindow } from '../notify/maintenance.ts';
import { parseMatcher, type Matcher } from '../notify/matchers.ts';
import type { QuietHours } from '../notify/quiet-hours.ts';
import { createRouting, type Route, type Routing } from '../notify/routing.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const severity = z.enum(SEVERITIES);
const severities = z.array(severity);
const severityWords = z.record(z.string(), severity).superRefine((words, context) => {
  for (const word of Object.keys(words).filter((one) => severity.safeParse(tidy(one)).success))
    context.addIssue({ code: 'custom', path: [word], message: 'Leave it out: this word stands for itself' });
});
const tidy = (word: string): string => word.trim().toLowerCase();
const cooldown = duration({ minMs: 0, maxMs: DAY_MS });
const reminder = z.union(
  [z.literal('never').transform(() => undefined), duration({ minMs: MINUTE_MS, maxMs: 30 * DAY_MS })],
  'Write a duration such as 4h, or never',
);
/** One for all severities, or one for each; a severity that is left out is never reminded of. */
const remindAfter = z.union(
  [
    reminder.transform((after) => ({ critical: after, warning: after, info: after })),
    z.partialRecord(severity, reminder),
  ],
  'Write a duration such as 4h, or never, or one for each severity: { critical: 4h, warning: 24h }',
);
const step = duration({ minMs: 1_000, maxMs: DAY_MS });
const never = z.literal('never').transform(() => undefined);
const stepOrNever = z.union([step, never], 'Write a duration such as 7m, or never');
const escalation = z.union(
  [
    never,
    z
      .strictObject({
        ring_after: z.array(step).default([1, 3, 10].map((minutes) => minutes * MINUTE_MS)),
        next: z.array(z.strictObject({ chat: z.string(), after: step.default(5 * MINUTE_MS) })).default([]),
        fallback_after: stepOrNever.default(7 * MINUTE_MS),
        webhook_after: stepOrNever.default(9 * MINUTE_MS),
      })
      .transform((keys): Escalation => ({
        ringAfterMs: keys.ring_after.toSorted((a, b) => a - b),
        next: keys.next.map(({ chat, after }) => ({ chat, afterMs: after })),
        fallbackAfterMs: keys.fallback_after,
        webhookAfterMs: keys.webhook_after,
      })),
  ],
  'Write never, or the steps: { ring_after: [1m, 3m, 10m], fallback_after: 7m }',
);
const labels = z.array(z.string().regex(/^[A-Za-z_]\w*$/, 'Write names of labels')).min(1);

const NEEDS_MATCHERS = 'Write whom the route is for, such as match: [\'component="redis"\']';

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const matcher = z.string().transform((text, context): Matcher => {
  const parsed = parseMatcher(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'Write a matcher such as component="redis" or severity=~"critical|warning"',
    input: text,
  });
  return z.NEVER;
});

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const timezone = z
  .string()
  .refine((name) => IANAZone.isValidZone(name), 'Write an IANA time zone, such as Europe/Moscow');

/** The keys of `alert-bridge/config.yml` that say who is told what, and how. */
export const policyKeys = {
  cooldown: cooldown.default(30 * MINUTE_MS),
  group_by: labels.optional(),
  sound: severities.default(['critical']),
  severity_words: severityWords.default({}),
  late_after: duration({ minMs: 1_000, maxMs: DAY_MS }).default(2 * MINUTE_MS),
  remind_after: remindAfter.prefault({ critical: '4h', warning: '24h', info: '24h' }),
  escalation: escalation.optional(),
  quiet_hours: z
    .strictObject({
      from: timeOfDay.transform(minutesOf),
      to: timeOfDay.transform(minutesOf),
      timezone: timezone.optional(),
    })
    .refine(({ from, to }) => from !== to, 'Let them end at another time than they begin')
    .optional(),
  maintenance: z
    .array(
      z
        .strictObject({
          days: z
            .array(z.enum(DAYS))
            .min(1)
            .default([...DAYS]),
          from: timeOfDay.transform(minutesOf),
          to: timeOfDay.transform(minutesOf),
          timezone: timezone.optional(),
          match: z.array(matcher).default([]),
        })
        .refine(({ from, to }) => from !== to, 'Let it end at another time than it begins'),
    )
    .default([]),
  routes: z
    .array(
      z.strictObject({
        match: z.array(matcher, NEEDS_MATCHERS).min(1, NEEDS_MATCHERS),
        chats: z.array(z.string()).min(1).optional(),
        cooldown: cooldown.optional(),
        group_by: labels.optional(),
        sound: severities.optional(),
        remind_after: remindAfter.optional(),
        escalation: escalation.optional(),
      }),
    )
    .default([]),
};

export type PolicyFile = z.infer<z.ZodObject<typeof policyKeys>>;

export interface RoutingContext {
  /** Keys of the chats of ADMIN_TELEGRAM_ID. */
  readonly chats: readonly string[];
  /** TIMEZONE. */
  readonly timezone: string;
  /** Of the file, for problems. */
  readonly path: string;
}

/** The weekly maintenance of a file. @param timezone TIMEZONE */
export const readMaintenance = (file: PolicyFile, timezone: string): readonly MaintenanceWindow[] =>
  file.maintenance.map(({ days, match, ...window }) => ({
    ...window,
    timezone: window.timezone ?? timezone,
    days: days.map((day) => DAYS.indexOf(day) + 1),
    matchers: match,
  }));

/** The routes of a file that the schema has taken, and what only the environment shows to be wrong. */
export function readRouting(
  file: PolicyFile,
  { chats, timezone, path }: RoutingContext,
): { readonly routing: Routing; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const quiet = file.quiet_hours;
  const quietHours: { quietHours?: QuietHours } =
    quiet === undefined ? {} : { quietHours: { ...quiet, timezone: quiet.timezone ?? timezone } };
  const policy: Policy = {
    cooldownMs: file.cooldown,
    sound: file.sound,
    lateAfterMs: file.late_after,
    remindAfterMs: file.remind_after,
    ...quietHours,
  };
  /** A chat that is told from the start cannot be the next one. */
  const escalationOf = (
    own: Escalation | undefined,
    told: readonly string[],
    place: string,
  ): Partial<Policy> => {
    if (own === undefined) return {};
    for (const { chat } of own.next.filter((one) => !chats.includes(one.chat) || told.includes(one.chat))) {
      const others = chats.filter((key) => !told.includes(key));
      const fix =
        others.length === 0
          ? 'Leave it out: all chats of ADMIN_TELEGRAM_ID are told from the start; a route with `chats` leaves some for later.'
          : `Write a chat of ADMIN_TELEGRAM_ID that is not told from the start: ${others.join(', ')}.`;
      problems.push({ name: `${path}: ${place}.next`, received: describeReceived(chat), fix });
    }
    return { escalation: own };
  };
  const routes = file.routes.map((route, index): Route => {
    const unknown = route.chats?.filter((chat) => !chats.includes(chat)) ?? [];
    for (const chat of unknown) {
      const fix = `Write one of ADMIN_TELEGRAM_ID: ${chats.join(', ')}.`;
      problems.push({ name: `${path}: routes.${index}.chats`, received: describeReceived(chat), fix });
    }
    const isOwn = 'escalation' in route;
    const toldChats = route.chats ?? chats;
    return {
      name: route.match.map(({ text }) => text).join(', '),
      matchers: route.match,
      chats: toldChats,
      groupBy: route.group_by ?? file.group_by,
      policy: {
        ...policy,
        cooldownMs: route.cooldown ?? policy.cooldownMs,
        sound: route.sound ?? policy.sound,
        remindAfterMs: route.remind_after ?? policy.remindAfterMs,
        ...escalationOf(
          isOwn ? route.escalation : file.escalation,
          toldChats,
          `${isOwn ? `routes.${index}.` : ''}escalation`,
        ),
      },
    };
  });
  const fallback: Route = {
    name: 'default',
    matchers: [],
    chats,
    groupBy: file.group_by,
    policy: { ...policy, ...escalationOf(file.escalation, chats, 'escalation') },
  };
  const words = Object.entries(file.severity_words).map(([word, means]) => [tidy(word), means] as const);
  const wordsInUse = words.length === 0 ? undefined : new Map([...SEVERITY_WORDS, ...words]);
  return { routing: createRouting(routes, fallback, wordsInUse), problems };
}
