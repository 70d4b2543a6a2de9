/**
 * For how long the host itself was down, as far as the next start proves it: the host has booted since this exporter was
 * last alive. Pure.
 */
import type { JobMemory } from '../../common/jobs/jobs.ts';
import { catalog } from '../metrics/catalog.ts';
import type { Sample } from '../model/collector.ts';

export interface HostDowntime {
  /** This exporter is alive. @param at Unix ms; @throws what the memory throws */
  readonly beat: (at: number) => void;
  readonly samples: () => readonly Sample[];
}

const KEY = 'alive';
const BEAT_MS = 60_000;

/** @param bootedAt Unix ms of the host's boot */
export function trackHostDowntime(memory: JobMemory, bootedAt: number): HostDowntime {
  const [aliveAt = bootedAt, before = 0] = memory.get(KEY)?.split(' ').map(Number) ?? [];
  // It may have lived until the beat that did not come.
  const downMs = before + Math.max(0, bootedAt - aliveAt - BEAT_MS);
  let beatAt = Number.NEGATIVE_INFINITY;
  return {
    beat: (at) => {
      if (at - beatAt < BEAT_MS) return;
      memory.set(KEY, `${at} ${downMs}`);
      beatAt = at;
    },
    samples: () => [{ family: catalog.hostDown, labels: {}, value: Math.round(downMs / 1000) }],
  };
}
