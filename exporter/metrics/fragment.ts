/** What one source of samples says, as text that is ready to be put together with that of others. Pure. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../model/collector.ts';
import { exemplarOf, formatValue, seriesOf, type Format } from './exposition.ts';

/** The lines of one family, without its header; the same buffers in both formats where nothing differs. */
export interface FamilyText {
  readonly family: MetricFamily;
  readonly lines: Readonly<Record<Format, readonly Buffer[]>>;
}

export interface Fragment {
  readonly samples: readonly Sample[];
  /** Of each sample, in their order; the very array of the fragment before when nothing differs. */
  readonly names: readonly string[];
  /** Indexes of samples that are not shown, as an earlier one has their name. */
  readonly duplicates: ReadonlySet<number>;
  readonly families: readonly FamilyText[];
}

/** Awaited between two pieces of long work: a promise when it is time to let others have the event loop. */
export type YieldToEventLoop = () => Promise<void> | undefined;

/** So many lines take well below a millisecond. */
export const LINES_AT_ONCE = 250;

/**
 * The first of two equal series wins: a scrape with a duplicate is refused as a whole.
 * @param prior of the same source. Where it has the same series, as it mostly has, names are taken from there: new ones
 * would be left to the garbage collector, whose pauses are longer than the rendering itself
 */
export async function renderFragment(
  samples: readonly Sample[],
  yieldToEventLoop: YieldToEventLoop,
  prior?: Fragment,
): Promise<Fragment> {
  const known = await namesOf(samples, yieldToEventLoop, prior);
  return { samples, ...known, families: await writeLines(samples, known, yieldToEventLoop) };
}

/** The same fragment without some of its series. */
export async function leaveOut(
  { samples, names, duplicates }: Fragment,
  series: ReadonlySet<string>,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Fragment> {
  const hidden = new Set(duplicates);
  for (const [index, name] of names.entries()) if (series.has(name)) hidden.add(index);
  const known = { names, duplicates: hidden };
  return { samples, ...known, families: await writeLines(samples, known, yieldToEventLoop) };
}

type Names = Pick<Fragment, 'names' | 'duplicates'>;

async function namesOf(
  samples: readonly Sample[],
  yieldToEventLoop: YieldToEventLoop,
  prior?: Fragment,
): Promise<Names> {
  const names: string[] = [];
  let isAsBefore = prior?.names.length === samples.length;
  for (const [index, sample] of samples.entries()) {
    if (index % LINES_AT_ONCE === 0) await yieldToEventLoop();
    const before = nameBefore(prior, index, sample);
    if (before === undefined) isAsBefore = false;
    names.push(before ?? seriesOf(sample));
  }
  if (isAsBefore && prior !== undefined) return { names: prior.names, duplicates: prior.duplicates };
  const seen = new Set<string>();
  const duplicates = new Set<number>();
  for (const [index, name] of names.entries()) {
    if (index % LINES_AT_ONCE === 0) await yieldToEventLoop();
    if (seen.has(name)) duplicates.add(index);
    else seen.add(name);
  }
  return { names, duplicates };
}

function nameBefore(prior: Fragment | undefined, index: number, sample: Sample): string | undefined {
  const before = prior?.samples[index];
  if (before?.family !== sample.family || before.part !== sample.part) return undefined;
  const { labels } = sample;
  const isSame =
    before.labels === labels ||
    (before.labels['le'] === labels['le'] &&
      sample.family.labels.every((label) => before.labels[label] === labels[label]));
  return isSame ? prior?.names[index] : undefined;
}

async function writeLines(
  samples: readonly Sample[],
  { names, duplicates }: Names,
  yieldToEventLoop: YieldToEventLoop,
): Promise<readonly FamilyText[]> {
  const writers = new Map<string, Writer>();
  for (const [index, sample] of samples.entries()) {
    if (index % LINES_AT_ONCE === 0) await yieldToEventLoop();
    if (duplicates.has(index)) continue;
    const writer = writers.get(sample.family.name) ?? createWriter(sample.family);
    writers.set(sample.family.name, writer);
    writer.write(names[index] ?? seriesOf(sample), sample);
  }
  return [...writers.values()].map((writer) => writer.end());
}

interface Writer {
  readonly write: (series: string, sample: Sample) => void;
  readonly end: () => FamilyText;
}

function createWriter(family: MetricFamily): Writer {
  const text: Buffer[] = [];
  const openMetrics: Buffer[] = [];
  let plain = '';
  /** The same lines with their exemplars, from the first line that has one. */
  let withExemplars: string | undefined;
  let pending = 0;

  const flush = (): void => {
    if (pending === 0) return;
    const buffer = Buffer.from(plain);
    text.push(buffer);
    openMetrics.push(withExemplars === undefined ? buffer : Buffer.from(withExemplars));
    plain = '';
    withExemplars = undefined;
    pending = 0;
  };

  return {
    write: (series, sample) => {
      const line = `${series} ${formatValue(sample.value)}`;
      if (sample.exemplar !== undefined) withExemplars ??= plain;
      if (withExemplars !== undefined) withExemplars += `${line}${exemplarOf(sample)}\n`;
      plain += `${line}\n`;
      pending += 1;
      if (pending === LINES_AT_ONCE) flush();
    },
    end: () => {
      flush();
      return { family, lines: { text, openMetrics } };
    },
  };
}
