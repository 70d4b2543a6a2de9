/** Fragments → the body of an answer. Pure. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import { catalog } from './catalog.ts';
import { ENDINGS, headerOf, type Format } from './exposition.ts';
import {
  leaveOut,
  LINES_AT_ONCE,
  type YieldToEventLoop,
  type FamilyText,
  type Fragment,
} from './fragment.ts';

const ORDER: ReadonlyMap<string, number> = new Map(
  Object.values<MetricFamily>(catalog).map(({ name }, index) => [name, index]),
);

/** Families in the order of the catalogue, each once, then those that are not in it in the order they come. */
export function assemble(fragments: readonly Fragment[], format: Format): Buffer {
  const byName = new Map<string, FamilyText[]>();
  for (const { families } of fragments) {
    for (const text of families) {
      const same = byName.get(text.family.name);
      if (same === undefined) byName.set(text.family.name, [text]);
      else same.push(text);
    }
  }
  const names = new Set(byName.keys());
  const place = (name: string): number => ORDER.get(name) ?? ORDER.size;
  const parts: Buffer[] = [];
  for (const [, texts] of [...byName].sort(([a], [b]) => place(a) - place(b))) {
    const [first] = texts;
    if (first === undefined) continue;
    parts.push(Buffer.from(headerOf(first.family, format, names)));
    for (const { lines } of texts) parts.push(...lines[format]);
  }
  parts.push(Buffer.from(ENDINGS[format]));
  return Buffer.concat(parts);
}

/**
 * Which series are shown by how many fragments, kept up to date from one set of fragments to the next: what a change
 * costs depends on what changed, not on how much there is.
 */
export interface Owners {
  readonly update: (fragments: readonly Fragment[], yieldToEventLoop: YieldToEventLoop) => Promise<void>;
  /** The fragments of the last update without what an earlier one of them shows. */
  readonly withoutDuplicates: (yieldToEventLoop: YieldToEventLoop) => Promise<readonly Fragment[]>;
}

export function createOwners(): Owners {
  const counts = new Map<string, number>();
  const shared = new Set<string>();
  let known: readonly Fragment[] = [];

  const add = (series: string): void => {
    const count = (counts.get(series) ?? 0) + 1;
    counts.set(series, count);
    if (count > 1) shared.add(series);
  };
  const remove = (series: string): void => {
    const count = (counts.get(series) ?? 0) - 1;
    if (count <= 1) shared.delete(series);
    if (count <= 0) counts.delete(series);
    else counts.set(series, count);
  };
  const each = async (
    fragments: readonly Fragment[],
    step: (series: string) => void,
    yieldToEventLoop: YieldToEventLoop,
  ): Promise<void> => {
    for (const { names, duplicates } of fragments) {
      for (const [index, series] of names.entries()) {
        if (index % LINES_AT_ONCE === 0) await yieldToEventLoop();
        if (!duplicates.has(index)) step(series);
      }
    }
  };

  return {
    update: async (fragments, yieldToEventLoop) => {
      const before = new Set(known.map(({ names }) => names));
      const after = new Set(fragments.map(({ names }) => names));
      const gone = known.filter(({ names }) => !after.has(names));
      const come = fragments.filter(({ names }) => !before.has(names));
      await each(gone, remove, yieldToEventLoop);
      await each(come, add, yieldToEventLoop);
      known = fragments;
    },
    withoutDuplicates: async (yieldToEventLoop) => {
      if (shared.size === 0) return known;
      const seen = new Set<string>();
      const kept: Fragment[] = [];
      for (const fragment of known) {
        const mine = fragment.names.filter((series) => shared.has(series));
        const again = new Set(mine.filter((series) => seen.has(series)));
        kept.push(again.size === 0 ? fragment : await leaveOut(fragment, again, yieldToEventLoop));
        for (const series of mine) seen.add(series);
        await yieldToEventLoop();
      }
      return kept;
    },
  };
}
