import type { Clock } from '../../common/time/clock.ts';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';

/** systeminformation measures from call to call; the first call would give the mean since boot. */
const FIRST_WINDOW_MS = 500;

/** @param readLoad `currentLoad` of systeminformation; percent of all cores since the call before. */
export function cpuCollector(
  { maxUsageRatio }: { readonly maxUsageRatio: number },
  timing: ProbeTiming,
  readLoad: () => Promise<{ readonly currentLoad: number }>,
  clock: Clock,
): Collector {
  let primed = false;
  return {
    ...timing,
    name: 'cpu',
    kind: 'component',
    collect: async ({ signal }) => {
      if (!primed) {
        await readLoad();
        await clock.sleep(FIRST_WINDOW_MS, signal);
        primed = true;
      }
      const ratio = (await readLoad()).currentLoad / 100;
      const observation = {
        samples: [{ family: catalog.hostCpuUsage, labels: {}, value: ratio }],
        details: { usage_percent: Math.round(ratio * 100) },
      };
      if (ratio <= maxUsageRatio) return observation;
      throw new ProbeError({ code: 'cpu', usage: ratio * 100, limit: maxUsageRatio * 100 }, { observation });
    },
  };
}
