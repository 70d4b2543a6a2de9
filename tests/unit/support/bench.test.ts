import { describe, expect, it } from 'vitest';
import { runBenches } from '../../bench/all.ts';
import type { Bench } from '../../bench/harness.ts';
import { HEADINGS, toLine } from '../../bench/table.ts';
import type { PackageName } from '../../support/machine/packages.ts';

const bench = (name: string, more: Partial<Bench> = {}): Bench => ({
  name,
  needs: [],
  unit: 'x/s',
  rounds: 1,
  prepare: () =>
    Promise.resolve({
      subjects: { ours: () => Promise.resolve(4), theirs: () => Promise.resolve(2) },
      comparisons: [{ name, subject: 'ours', peer: 'theirs', goal: { ratio: 1 } }],
      close: () => Promise.resolve(),
    }),
  ...more,
});

async function run(benches: readonly Bench[], absent: readonly PackageName[] = []) {
  const seen: string[] = [];
  const isGood = await runBenches(benches, {
    missing: (wanted) => wanted.filter((name) => absent.includes(name)),
    onResult: ({ name }) => seen.push(`row ${name}`),
    say: (sentence) => seen.push(sentence.replace(/\d+ s$/, 'n s')),
  });
  return { isGood, seen };
}

describe('npm run bench', () => {
  it('tells each row once it is measured', async () => {
    expect(await run([bench('a'), bench('b')])).toEqual({
      isGood: true,
      seen: ['row a', 'a: n s', 'row b', 'b: n s'],
    });
  });

  it('leaves out what needs a program that is not installed, and says so', async () => {
    expect(await run([bench('a'), bench('b', { needs: ['mtail'] }), bench('c')], ['mtail'])).toEqual({
      isGood: true,
      seen: ['row a', 'a: n s', 'b: left out, for it needs mtail: apt-get install mtail', 'row c', 'c: n s'],
    });
  });

  it('loses nothing that was measured when a bench fails, and goes on', async () => {
    const broken = bench('b', { prepare: () => Promise.reject(new Error('no such thing')) });
    expect(await run([bench('a'), broken, bench('c')])).toEqual({
      isGood: false,
      seen: ['row a', 'a: n s', 'b: failed: no such thing', 'row c', 'c: n s'],
    });
  });

  it('writes what it measured below the headings', () => {
    const figure = { median: 1234.5, spread: 0.123 };
    const row = toLine({
      bench: 'b',
      name: 'b, of something',
      unit: 'x/s',
      value: figure,
      peerName: 'another',
      peer: figure,
      ratio: { median: 1, spread: 0 },
      goal: { ratio: 0.5 },
      met: true,
    });
    for (const [heading, cell] of [
      ['value', '1230 ±12 % x/s'],
      ['peer', 'another'],
      ['ratio', '1 ±0 %'],
      ['goal', '>= 0.5'],
    ] as const)
      expect(row.indexOf(cell)).toBe(HEADINGS.indexOf(heading));
    expect(row).toMatch(/^b, of something .* met$/);
  });
});
