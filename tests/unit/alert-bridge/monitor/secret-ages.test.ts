import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileSchema } from '../../../../alert-bridge/config/file.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { secretAgesJob } from '../../../../alert-bridge/monitor/secret-ages.ts';
import { noteSecrets } from '../../../../common/state/secret-ages.ts';

const DAY = 24 * 3_600_000;
/** Eleven o'clock in Moscow on a Monday. */
const MONDAY = Date.parse('2026-12-07T08:00:00Z');

let base: string;
let told: NewSignal[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'old-secrets-'));
  // With a known salt: two secrets in 65,536 look the same.
  const known = JSON.stringify({ salt: '0'.repeat(32), secrets: {} });
  for (const service of ['exporter', 'alert-bridge']) {
    mkdirSync(join(base, service));
    writeFileSync(join(base, service, 'secret-ages.json'), known);
  }
  told = [];
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

const secret = (name: string, value = `of ${name}`) => ({ name, value, changedAt: undefined });
/** One run, as after a restart. */
const run = (slot: number, { secrets = [secret('DB_PASSWORD')], maxAgeDays = 90, late = 0 } = {}) =>
  secretAgesJob({
    stateFolder: join(base, 'alert-bridge'),
    secrets,
    maxAgeDays,
    timezone: 'Europe/Moscow',
    tell: (signal) => Promise.resolve(told.push(signal)),
    clock: { now: () => slot + late },
  }).run(slot, new AbortController().signal);

it('tells of what is too old, the oldest first, and of nothing else', async () => {
  await run(MONDAY - 95 * DAY, { secrets: [secret('DB_PASSWORD'), secret('HASH_KEY')] });
  await run(MONDAY - 100 * DAY + 9 * DAY, { secrets: [secret('WEBHOOK_TOKEN'), secret('ALSO')] });
  await run(MONDAY - 89 * DAY, { secrets: [secret('YOUNG')] });
  await run(MONDAY, {
    secrets: ['YOUNG', 'WEBHOOK_TOKEN', 'ALSO', 'DB_PASSWORD'].map((name) => secret(name)),
  });
  expect(told).toEqual([
    {
      id: 'secrets_old:2026-12-07',
      type: 'secrets_old',
      severity: 'info',
      occurredAt: MONDAY,
      body: {
        kind: 'secrets_old',
        secrets: [
          { name: 'DB_PASSWORD', days: 95 },
          { name: 'ALSO', days: 91 },
          { name: 'WEBHOOK_TOKEN', days: 91 },
        ],
      },
    },
  ]);
  expect(JSON.stringify(told)).not.toContain('of DB_PASSWORD');
});

it('tells once a week, on Mondays, until the secret is changed', async () => {
  for (let day = -95; day < 14; day += 1) await run(MONDAY + day * DAY);
  const changed = [secret('DB_PASSWORD', 'changed')];
  for (let day = 14; day < 28; day += 1) await run(MONDAY + day * DAY, { secrets: changed });
  expect(told.map(({ id }) => id)).toEqual(['secrets_old:2026-12-07', 'secrets_old:2026-12-14']);
});

it('a Monday that was missed is made up for under its own name, so that it is told once', async () => {
  await run(MONDAY - 100 * DAY);
  await run(MONDAY);
  await run(MONDAY, { late: 20 * 3_600_000 });
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
});

it('tells of the secrets that only the exporter is given', async () => {
  const exporter = join(base, 'exporter');
  noteSecrets(exporter, [secret('OPENAI_API_KEY')], MONDAY - 91 * DAY);
  noteSecrets(exporter, [secret('OPENAI_API_KEY')], MONDAY - DAY);
  await run(MONDAY);
  expect(told.map(({ body }) => body)).toEqual([
    { kind: 'secrets_old', secrets: [{ name: 'OPENAI_API_KEY', days: 91 }] },
  ]);
});

it('0 days: nobody is told, and the dates are kept all the same', async () => {
  await run(MONDAY - 100 * DAY, { maxAgeDays: 0 });
  await run(MONDAY, { maxAgeDays: 0 });
  expect(told).toEqual([]);
  await run(MONDAY + 7 * DAY, { maxAgeDays: 90 });
  expect(told).toHaveLength(1);
});

it('the setting is 90 days, a whole number, and 0 for never', () => {
  const parse = (days?: unknown) =>
    fileSchema.safeParse(days === undefined ? {} : { secret_max_age_days: days });
  expect(parse().data?.secret_max_age_days).toBe(90);
  expect(parse(0).data?.secret_max_age_days).toBe(0);
  expect([-1, 1.5, 'never', 4000].map((days) => parse(days).success)).toEqual([false, false, false, false]);
  expect(readFileSync(join(import.meta.dirname, '../../../../alert-bridge/config.yml'), 'utf8')).toMatch(
    /^secret_max_age_days: 90$/m,
  );
});
