/** The table `state`: what each row may hold. A row that holds anything else is set aside when the outbox is opened. */
import { z } from 'zod';
import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { budgetSnapshotSchema } from '../telegram/budget.ts';

/** What a Date can hold (https://tc39.es/ecma262/#sec-time-values-and-time-range), from 1970 on. */
const time = z.number().min(0).max(8.64e15);
const chatId = z.int().refine((id) => id !== 0);
const text = z.string();
const texts = z.array(text);

const place = z.looseObject({ id: z.int() });
const silence = z.looseObject({ since: time, annotations: z.record(text, z.unknown()) });
const mute = z.looseObject({
  id: text,
  matchers: z.array(z.looseObject({ name: text, value: text })),
  state: z.enum(['asked', 'active', 'over']),
  by: text,
  askedAt: time,
  place,
});

/** Telegram has never asked for more than a day: what lies further ahead would keep the chats silent for good. */
const LONGEST_PAUSE_MS = 7 * 24 * 3_600_000;

type Check = (value: string, now: number) => boolean;

const json =
  (schema: z.ZodType): Check =>
  (value) => {
    try {
      return schema.safeParse(JSON.parse(value)).success;
    } catch {
      return false;
    }
  };
const plainTime: Check = (value) => /^\d{1,16}$/.test(value) && time.safeParse(Number(value)).success;
const anyText: Check = (value) => value !== '';

const budget: Check = (value, now) =>
  json(
    budgetSnapshotSchema.refine(
      ({ spent, pausedUntil }) =>
        spent.every(([, times]) => times.every((at) => time.safeParse(at).success)) &&
        pausedUntil.every(([, until]) => until >= 0 && until <= now + LONGEST_PAUSE_MS),
    ),
  )(value, now);

const LATE_CAUSES: readonly string[] = [
  '',
  'sender',
  'bridge_down',
  'telegram_unreachable',
  'telegram_rate_limit',
  'telegram_refused',
  'backlog',
  'quiet_hours',
];

const CHECKS: readonly (readonly [key: RegExp, check: Check])[] = [
  [/^watchdog_last_seen(?:_anywhere)?$/, plainTime],
  [/^receivers$/, json(texts)],
  [/^telegram_budget$/, budget],
  [/^chat:.*:migrated_to$/, (value) => /^-?\d{1,16}$/.test(value) && chatId.safeParse(Number(value)).success],
  [/^chat:.*:late_cause$/, (value) => LATE_CAUSES.includes(value)],
  [/^critical_errors_counted_since$/, plainTime],
  [/^lifecycle$/, json(z.object({ aliveAt: time, stopped: z.boolean() }))],
  [/^silences$/, json(z.record(text, silence))],
  [/^maintenance$/, json(z.array(z.looseObject({ id: text, from: time, until: time, matchers: texts })))],
  [/^talk:mutes$/, json(z.array(mute))],
  [/^talk:listening$/, (value) => ['true', 'false'].includes(value)],
  [/^talk:offset:/, json(z.object({ next: z.int().min(0), at: time }))],
  [/^reconcile:muted$/, json(texts)],
  [/^shared_state_times$/, json(z.record(text, time))],
  [/^bridge_name$/, anyText],
  [/^checkin:.*:(?:known|last)$/, plainTime],
  [
    /^checkin:.*:runs$/,
    json(
      z.looseObject({
        open: z.array(z.looseObject({ id: text, at: time })),
        failingSince: time.optional(),
        succeededAt: time.optional(),
        durationMs: time.optional(),
        excusedAt: time.optional(),
      }),
    ),
  ],
  [/^job:/, json(z.object({ slot: time, lastSuccessAt: time.optional() }))],
];

const ASIDE_PREFIX = 'set_aside:';

/**
 * Renames every row that cannot be used, so that it may still be read by hand.
 * @param now Unix ms
 * @returns the keys of those rows
 */
export function setRowsAside(database: SqliteDatabase, now: number): readonly string[] {
  const rows = database.prepare('SELECT key, value FROM state').all() as { key: unknown; value: unknown }[];
  const bad = rows.flatMap(({ key, value }) => {
    if (typeof key !== 'string') return [];
    const check = CHECKS.find(([pattern]) => pattern.test(key))?.[1];
    const isGood = check === undefined || (typeof value === 'string' && check(value, now));
    return isGood ? [] : [key];
  });
  const rename = database.prepare(
    "UPDATE state SET key = ? || hex(randomblob(4)) || ':' || key WHERE key = ?",
  );
  database.transaction(() => {
    for (const key of bad) rename.run(`${ASIDE_PREFIX}${now}:`, key);
  })();
  return bad;
}
