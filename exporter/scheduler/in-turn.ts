import { Turns } from './turns.ts';
import type { Collector } from '../model/collector.ts';

/**
 * For a collector that counts on from run to run, or that reads files: no signal ends a read of a disk that hangs, and
 * each one holds one of the four threads that also read names from DNS. A run begins when the one before has truly ended.
 */
export function inTurn(collector: Collector): Collector {
  const turns = new Turns({ code: 'run_before' });
  return { ...collector, collect: (context) => turns.take(context.signal, () => collector.collect(context)) };
}
