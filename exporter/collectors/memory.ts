import type { Systeminformation } from 'systeminformation';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector } from './collector.ts';
import type { ProbeTiming } from './timing.ts';

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
      if (!(total > 0)) throw new ProbeError('the system does not tell how much memory it has');
      const ratio = 1 - available / total;
      const observation = {
        samples: [{ family: catalog.hostMemoryUsage, labels: {}, value: ratio }],
        details: { usage_percent: Math.round(ratio * 100) },
      };
      if (ratio <= maxUsageRatio) return observation;
      throw new ProbeError(`memory is ${percent(ratio)} in use, limit ${percent(maxUsageRatio)}`, {
        observation,
      });
    },
  };
}

const percent = (ratio: number): string => `${Math.round(ratio * 1000) / 10} %`;
