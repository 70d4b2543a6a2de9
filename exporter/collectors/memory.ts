import type { Systeminformation } from 'systeminformation';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';

/** @param readMemory `mem` of systeminformation; sizes in bytes. */
export function memoryCollector(
  { maxUsageRatio }: { readonly maxUsageRatio: number },
  timing: ProbeTiming,
  readMemory: () => Promise<Pick<Systeminformation.MemData, 'total' | 'available'>>,
): Collector {
  return {
    ...timing,
    name: 'memory',
    kind: 'component',
    collect: async () => {
      const { total, available } = await readMemory();
      if (!(total > 0)) throw new ProbeError({ code: 'memory_unknown' });
      const ratio = 1 - available / total;
      const observation = {
        samples: [{ family: catalog.hostMemoryUsage, labels: {}, value: ratio }],
        details: { usage_percent: Math.round(ratio * 100) },
      };
      if (ratio <= maxUsageRatio) return observation;
      throw new ProbeError(
        { code: 'memory', usage: ratio * 100, limit: maxUsageRatio * 100 },
        { observation },
      );
    },
  };
}
