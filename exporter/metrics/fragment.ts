/** What one source of samples says, as text that is ready to be put together with that of others. Pure. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../collectors/collector.ts';
import { exemplarOf, formatValue, seriesOf, type Format } from './exposition.ts';

/** The lines of one family, without its header; the same buffers in both formats where nothing differs. */
export interface FamilyText {
  readonly family: MetricFamily;
  readonly series: ReadonlySet<string>;
  readonly lines: Readonly<Record<Format, readonly Buffer[]>>;
}

export interface Fragment {
  readonly samples: readonly Sample[];
  readonly families: readonly FamilyText[];
}

/** Awaited between two pieces of long work: a promise when it is time to let others have the event loop. */
export type Breathe = () => Promise<void> | undefined;

/** So many lines take well below a millisecond. */
const LINES_AT_ONCE = 250;

/**
 * The first of two equal series wins: a scrape with a duplicate is refused as a whole.
 * @param isLeftOut series that somebody else shows
 */
export async function renderFragment(
  samples: readonly Sample[],
  breathe: Breathe,
  isLeftOut: (series: string) => boolean = () => false,
): Promise<Fragment> {
  const writers = new Map<string, Writer>();
  for (const [index, sample] of samples.entries()) {
    if (index % LINES_AT_ONCE === 0) await breathe();
    const writer = writers.get(sample.family.name) ?? createWriter(sample.family);
    writers.set(sample.family.name, writer);
    const series = seriesOf(sample);
    if (!isLeftOut(series)) writer.write(series, sample);
  }
  return {
    samples,
    families: [...writers.values()].map((writer) => writer.end()).filter(({ series }) => series.size > 0),
  };
}

interface Writer {
  readonly write: (series: string, sample: Sample) => void;
  readonly end: () => FamilyText;
}

function createWriter(family: MetricFamily): Writer {
  const written = new Set<string>();
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
      if (written.has(series)) return;
      written.add(series);
      const line = `${series} ${formatValue(sample.value)}`;
      if (sample.exemplar !== undefined) withExemplars ??= plain;
      if (withExemplars !== undefined) withExemplars += `${line}${exemplarOf(sample)}\n`;
      plain += `${line}\n`;
      pending += 1;
      if (pending === LINES_AT_ONCE) flush();
    },
    end: () => {
      flush();
      return { family, series: written, lines: { text, openMetrics } };
    },
  };
}
