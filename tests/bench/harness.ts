/**
 * Compares a part of this project with a named peer in the same run, on the same machine, in turns: what disturbs one
 * round disturbs both sides of it, so the ratio holds where the figures themselves do not.
 */

import type { PackageName } from '../support/machine/packages.ts';

/** Works for half a second or so; resolves to a figure in the bench's unit, mostly how much was done per second. */
export type Round = () => Promise<number>;

export interface Comparison {
  readonly name: string;
  /** Names of two of the subjects. */
  readonly subject: string;
  readonly peer: string;
  readonly goal: Goal;
  /** Where it is not the bench's. */
  readonly unit?: string;
}

/** Least ratio of subject to peer that is good enough; or the most that the subject's own value may be. */
export type Goal = { readonly ratio: number } | { readonly atMost: number };

export interface Prepared {
  /** By name; one round of each in this order, then the next round. */
  readonly subjects: Readonly<Record<string, Round>>;
  readonly comparisons: readonly Comparison[];
  /** Ends what was started; also checks what only the end can tell. @throws when the figures are worth nothing. */
  readonly close: () => Promise<void>;
}

export interface Bench {
  readonly name: string;
  /** What is not part of this package. */
  readonly needs: readonly PackageName[];
  /** Of what a round resolves to, for people: `answers/s`. */
  readonly unit: string;
  readonly rounds: number;
  readonly prepare: () => Promise<Prepared>;
}

/** Median over the rounds, and half the distance between the quartiles as a share of it. */
export interface Figure {
  readonly median: number;
  readonly spread: number;
}

export interface Result {
  readonly bench: string;
  readonly name: string;
  readonly unit: string;
  readonly value: Figure;
  readonly peerName: string;
  readonly peer: Figure;
  /** Of value to peer round by round: its median is not the quotient of the two medians. */
  readonly ratio: Figure;
  readonly goal: Goal;
  readonly met: boolean;
}

export async function runBench({ name, unit, rounds, prepare }: Bench): Promise<readonly Result[]> {
  const { subjects, comparisons, close } = await prepare();
  let values: ReadonlyMap<string, readonly number[]>;
  try {
    values = await takeTurns(subjects, rounds);
  } finally {
    await close();
  }
  return comparisons.map((comparison) => ({
    bench: name,
    unit: comparison.unit ?? unit,
    ...compare(comparison, valuesOf(values, comparison.subject), valuesOf(values, comparison.peer)),
  }));
}

async function takeTurns(
  subjects: Prepared['subjects'],
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const values = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]));
  // One round more: the first warms caches and compilers and is thrown away.
  for (let index = -1; index < rounds; index += 1) {
    for (const [name, round] of Object.entries(subjects)) {
      const value = await round();
      if (index >= 0) values.get(name)?.push(value);
    }
  }
  return values;
}

function valuesOf(values: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  const found = values.get(name);
  if (found === undefined) throw new Error(`No subject is named ${name}: ${[...values.keys()].join(', ')}`);
  return found;
}

/** @param values one per round; @param peers of the same rounds */
export function compare(
  { name, peer, goal }: Comparison,
  values: readonly number[],
  peers: readonly number[],
): Omit<Result, 'bench' | 'unit'> {
  const ratio = figureOf(values.map((value, index) => value / (peers[index] ?? Number.NaN)));
  const value = figureOf(values);
  return {
    name,
    value,
    peerName: peer,
    peer: figureOf(peers),
    ratio,
    goal,
    met: 'ratio' in goal ? ratio.median >= goal.ratio : value.median <= goal.atMost,
  };
}

function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return { median, spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median };
}

/** Between two values in proportion, as R's default does (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const below = Math.floor(position);
  return at(below) + (at(Math.ceil(position)) - at(below)) * (position - below);
}
