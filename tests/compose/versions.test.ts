/** Every image gets fixes today: docs/versions.yml. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from './compose-file.ts';

const date = z.iso.date();
const support = z
  .array(
    z.strictObject({
      image: z.string(),
      tag: z.string(),
      until: date,
      source: z.url(),
      checked: date,
      note: z.string().optional(),
    }),
  )
  .parse(parse(readFileSync(join(root, 'docs/versions.yml'), 'utf8')));

const files = readdirSync(root).filter((name) => /^(?:docker-compose.*\.ya?ml|Dockerfile.*)$/.test(name));
/** Those of others: ours is built. */
const used = files.flatMap((name) =>
  [...readFileSync(join(root, name), 'utf8').matchAll(/^(?:FROM| +image:) +(\S+)/gm)]
    .map(([, reference = '']) => reference)
    .filter((reference) => !reference.startsWith('expensebot-monitoring:')),
);

/** What is wrong with an image on a day; empty: nothing. */
function problems(reference: string, today: string): string[] {
  const [, image = '', tag = ''] = /^([^:@]+):([^:@]+)(?:@sha256:[0-9a-f]{64})?$/.exec(reference) ?? [];
  const said = support.filter((entry) => entry.image === image && tag.startsWith(entry.tag));
  if (said.length === 0) return [`${reference}: docs/versions.yml says nothing of it`];
  return said
    .filter(({ until }) => until < today)
    .map(({ until, source }) => `${reference}: no fixes since ${until}, see ${source}`);
}

describe('the images', () => {
  it('get fixes today', () => {
    expect(files).toEqual(
      expect.arrayContaining(['Dockerfile', 'docker-compose.yml', 'docker-compose.ha.yml']),
    );
    expect(used.length).toBeGreaterThan(5);
    const today = new Date().toISOString().slice(0, 10);
    expect(used.flatMap((reference) => problems(reference, today))).toEqual([]);
  });

  it('are missed on the day after the last, and where nothing is known', () => {
    expect(problems('prom/prometheus:v3.13.4', '2027-07-31')).toEqual([]);
    expect(problems('prom/prometheus:v3.13.4', '2027-08-01')).toHaveLength(1);
    expect(problems('node:24-trixie-slim', '2029-01-01')).toHaveLength(2);
    for (const unknown of ['prom/prometheus:v3.5.0', 'node:24-bookworm-slim@sha256:12', 'nginx:1', 'redis'])
      expect(problems(unknown, '2026-12-01')).toHaveLength(1);
    expect(problems(`grafana/grafana:12.4.12@sha256:${'0'.repeat(64)}`, '2026-12-01')).toEqual([]);
  });

  it('are no more than the file tells of', () => {
    const needless = support.filter(
      ({ image, tag }) => !used.some((reference) => reference.startsWith(`${image}:${tag}`)),
    );
    expect(needless).toEqual([]);
    for (const { checked, until } of support) expect(checked < until).toBe(true);
  });
});
