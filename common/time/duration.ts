import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration written as Prometheus writes them (`500ms`, `15s`, `30m`, `4h`, `7d`); undefined if it is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  const [, amount, unit] = match;
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The same written back, in the largest unit that divides it. */
export function formatDurationMs(ms: number): string {
  const [unit, size] = Object.entries(UNIT_MS).findLast(([, unitMs]) => ms % unitMs === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** A duration key of a YAML file; its value is milliseconds. */
export const duration = (bounds: { minMs: number; maxMs: number }): z.ZodType<number> =>
  z.string('Write a duration such as 15s, 30m or 4h').transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms >= bounds.minMs && ms <= bounds.maxMs) return ms;
    context.addIssue({
      code: 'custom',
      message: `Write a duration such as 15s, 30m or 4h, from ${bounds.minMs} ms to ${bounds.maxMs} ms`,
      input: text,
    });
    return z.NEVER;
  });
