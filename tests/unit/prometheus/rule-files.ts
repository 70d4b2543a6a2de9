import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const prometheusFolder = join(import.meta.dirname, '../../../prometheus');

const ruleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type AlertRule = z.infer<typeof ruleSchema>;

const recordingSchema = z.strictObject({
  record: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});
export type RecordingRule = z.infer<typeof recordingSchema>;

const fileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([ruleSchema, recordingSchema])),
    }),
  ),
});

/** Every rule of a rule file, in its order. */
export function parseRules(yamlText: string): (AlertRule | RecordingRule)[] {
  return fileSchema.parse(parse(yamlText)).groups.flatMap((group) => group.rules);
}

function everyRule(): (AlertRule | RecordingRule)[] {
  const folder = join(prometheusFolder, 'rules');
  return readdirSync(folder).flatMap((name) => parseRules(readFileSync(join(folder, name), 'utf8')));
}

/** Every alert of prometheus/rules, in the order of the files. */
export function allRules(): AlertRule[] {
  return everyRule().filter((rule) => 'alert' in rule);
}

/** Every recording rule of prometheus/rules, in the order of the files. */
export function recordingRules(): RecordingRule[] {
  return everyRule().filter((rule) => 'record' in rule);
}

/** `15s`, `5m`, `1h`, `3d` → seconds. Throws Error for anything else. */
export function secondsOf(duration: string): number {
  const match = /^(\d+)(s|m|h|d)$/.exec(duration);
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new Error(`Not a duration: ${duration}`);
  return Number(match[1]) * unit;
}
