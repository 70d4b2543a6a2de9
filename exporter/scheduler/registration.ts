import { isDeepStrictEqual } from 'node:util';
import type { Collector } from '../model/collector.ts';

/** A collector to be, with all the settings that make it what it is. */
export interface Registration {
  readonly name: string;
  readonly settings: unknown;
  /** See {@link Collector.dependsOn}. */
  readonly dependsOn: readonly string[];
  readonly create: () => Collector;
}

/**
 * @param dependsOn see {@link Collector.dependsOn}
 * @param create has nothing from the configuration but `settings`, so that equal settings make an equal collector
 */
export function registration<S>(
  name: string,
  settings: S,
  dependsOn: readonly string[],
  create: (settings: S) => Collector,
): Registration {
  return { name, settings, dependsOn, create: () => Object.assign(create(settings), { dependsOn }) };
}

/**
 * Creates collectors, and for a part that has the name and the settings of one before gives the very collector of that
 * time, with its connections and all that it remembers.
 */
export function createReuse(): (registrations: readonly Registration[]) => readonly Collector[] {
  let made: ReadonlyMap<string, { readonly key: unknown; readonly collector: Collector }> = new Map();
  return (registrations) => {
    const twin = registrations.find(
      ({ name }, index) => registrations.findIndex((other) => other.name === name) !== index,
    );
    if (twin !== undefined) throw new Error(`Two collectors are named ${twin.name}.`);
    made = new Map(
      registrations.map(({ name, settings, dependsOn, create }) => {
        const key = { settings, dependsOn };
        const before = made.get(name);
        const isSame = before !== undefined && isDeepStrictEqual(before.key, key);
        return [name, isSame ? before : { key, collector: create() }];
      }),
    );
    return [...made.values()].map(({ collector }) => collector);
  };
}

/** Parts that share what they know: all are created anew when the settings differ from those before. */
export function createGroup<S>(
  create: (settings: S) => readonly Collector[],
): (settings: S) => readonly Registration[] {
  let made: { readonly settings: S; readonly registrations: readonly Registration[] } | undefined;
  return (settings) => {
    if (made === undefined || !isDeepStrictEqual(made.settings, settings)) {
      const registrations = create(settings).map((collector) =>
        registration(collector.name, settings, [], () => collector),
      );
      made = { settings, registrations };
    }
    return made.registrations;
  };
}
