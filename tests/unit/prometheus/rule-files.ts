import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const prometheusFolder = join(import.meta.dirname, '../../../prometheus');

const ruleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type AlertRule = z.infer<typeof ruleSchema>;

const fileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema) })),
});

export function parseRules(yamlText: string): AlertRule[] {
  return fileSchema.parse(parse(yamlText)).groups.flatMap((group) => group.rules);
}

/** Every alert of prometheus/rules, in the order of the files. */
export function allRules(): AlertRule[] {
  const folder = join(prometheusFolder, 'rules');
  return readdirSync(folder).flatMap((name) => parseRules(readFileSync(join(folder, name), 'utf8')));
}

/** `15s`, `5m`, `1h` → seconds. Throws Error for anything else. */
export function secondsOf(duration: string): number {
  const match = /^(\d+)(s|m|h)$/.exec(duration);
  const unit = { s: 1, m: 60, h: 3600 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new Error(`Not a duration: ${duration}`);
  return Number(match[1]) * unit;
}
