/**
 * The bodies of /metrics, kept for as long as they are true.
 *
 * A collector's figures are rendered once and recognised by the identity of their array: a snapshot is never changed,
 * only replaced. How everything fares is rendered anew when a collector has run, and when a silence becomes too long
 * (`changesAt`). The exporter's own metrics are read at most once a second, and only when somebody asks.
 *
 * Long work is done in pieces, and readers that come meanwhile share it.
 */
import type { Sample } from '../model/collector.ts';
import { changesAt, type CollectorState, type Snapshot } from '../model/snapshot.ts';
import { assemble, createOwners } from './assemble.ts';
import type { Format } from './exposition.ts';
import { renderFragment, type YieldToEventLoop, type Fragment } from './fragment.ts';
import { figureSamples, statusSamples } from './render.ts';

export interface ExpositionOptions {
  readonly snapshot: () => Snapshot;
  /** The exporter's own metrics. */
  readonly self: () => Promise<readonly Sample[]>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly yieldToEventLoop: YieldToEventLoop;
}

/** What is served until something changes. */
export interface Version {
  readonly body: (format: Format) => Buffer;
}

export interface Exposition {
  /** The version that holds now, if it was asked for since the last change: no work at all. */
  readonly current: () => Version | undefined;
  readonly refresh: () => Promise<Version>;
}

/** How old the exporter's own metrics may be: reading them takes a millisecond in which nothing is answered. */
export const SELF_MAX_AGE_MS = 1_000;

interface Kept extends Version {
  readonly states: readonly CollectorState[];
  readonly at: number;
  readonly until: number;
}

interface Own {
  readonly at: number;
  readonly fragment: Fragment;
}

export function createExposition({ snapshot, self, now, yieldToEventLoop }: ExpositionOptions): Exposition {
  let figures: ReadonlyMap<string, Fragment> = new Map();
  const owners = createOwners();
  let own: Own | undefined;
  let kept: Kept | undefined;
  let refreshing: Promise<Version> | undefined;

  const ownAt = async (at: number): Promise<Own> => {
    if (own === undefined || !isWithin(at, own.at, own.at + SELF_MAX_AGE_MS)) {
      own = { at, fragment: await renderFragment(await self(), yieldToEventLoop) };
    }
    return own;
  };

  const figuresAt = async (known: Snapshot, at: number): Promise<ReadonlyMap<string, Fragment>> => {
    const fragments = new Map<string, Fragment>();
    for (const [name, samples] of figureSamples(known, at)) {
      const prior = figures.get(name);
      const isSame = prior?.samples === samples;
      fragments.set(name, isSame ? prior : await renderFragment(samples, yieldToEventLoop, prior));
    }
    return fragments;
  };

  const render = async (): Promise<Version> => {
    const at = now();
    const known = snapshot();
    figures = await figuresAt(known, at);
    const mine = await ownAt(at);
    const status = await renderFragment(statusSamples(known, at), yieldToEventLoop);
    const fragments = [status, ...figures.values(), mine.fragment];
    await owners.update(fragments, yieldToEventLoop);
    const shown = await owners.withoutDuplicates(yieldToEventLoop);
    const bodies = new Map<Format, Buffer>();
    kept = {
      states: known.collectors,
      at,
      until: Math.min(mine.at + SELF_MAX_AGE_MS, ...known.collectors.map((state) => changesAt(state, at))),
      body: (format) => {
        const body = bodies.get(format) ?? assemble(shown, format);
        bodies.set(format, body);
        return body;
      },
    };
    return kept;
  };

  return {
    current: () => {
      if (kept === undefined || !isWithin(now(), kept.at, kept.until)) return undefined;
      const { collectors } = snapshot();
      const { states } = kept;
      const isSame = collectors.length === states.length && collectors.every((one, n) => one === states[n]);
      return isSame ? kept : undefined;
    },
    refresh: () => {
      refreshing ??= render().finally(() => (refreshing = undefined));
      return refreshing;
    },
  };
}

/** A clock that was set back makes everything old. */
const isWithin = (now: number, from: number, until: number): boolean => from <= now && now < until;
