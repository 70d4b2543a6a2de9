/** Benches one after the other. None keeps another from being measured, and nothing that was measured is lost. */
import { describeNeeds, type PackageName } from '../support/machine/packages.ts';
import { runBench, type Bench, type Result } from './harness.ts';

export interface Outlet {
  /** Those of the packages that are not installed. */
  readonly missing: (wanted: readonly PackageName[]) => readonly PackageName[];
  readonly onResult: (result: Result) => void;
  /** Progress is for whoever waits, not for whoever reads the results. */
  readonly say: (sentence: string) => void;
}

/** @returns false when a bench has failed; one that is left out has not */
export async function runBenches(
  benches: readonly Bench[],
  { missing, onResult, say }: Outlet,
): Promise<boolean> {
  let isGood = true;
  for (const bench of benches) {
    const absent = missing(bench.needs);
    if (absent.length > 0) {
      say(
        `${bench.name}: left out, for it needs ${describeNeeds(absent)}: apt-get install ${absent.join(' ')}`,
      );
      continue;
    }
    const startedAt = performance.now();
    try {
      for (const result of await runBench(bench)) onResult(result);
      say(`${bench.name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    } catch (error) {
      isGood = false;
      say(`${bench.name}: failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return isGood;
}
