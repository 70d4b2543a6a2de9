/** What is watched besides the database, each looked at once by the exporter's own collector. */
import { leftOut, ok, wrong, type Check } from '../../common/doctor/check.ts';
import { say } from '../../common/reasons/reason.ts';
import { ProbeError, type Collector, type Details } from '../model/collector.ts';

export interface Watched {
  readonly section: string;
  readonly collector: Collector;
  /** What to do when it is not well. */
  readonly todo: string;
  /** For the detail of a look that went well. */
  readonly about: string;
}

export function watchedCheck({ section, collector, todo, about }: Watched): Check {
  return {
    section,
    name: collector.name,
    look: async (signal) => {
      if (collector.disabledReason !== undefined) return leftOut(say([collector.disabledReason], 'en'));
      try {
        const { details = {} } = await collector.collect({ signal, now: Date.now() });
        return ok([about, ...describe(details)].join(', '));
      } catch (error) {
        if (!(error instanceof ProbeError)) throw error;
        return wrong(error.message, todo);
      } finally {
        collector.close?.();
      }
    },
  };
}

const describe = (details: Details): readonly string[] =>
  Object.entries(details)
    .filter(([name, value]) => value !== null && value !== '' && !name.endsWith('_ms'))
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
