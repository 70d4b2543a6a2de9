/** Runs every collector in a loop of its own, keeps what it found, and closes it when it is watched no more. */
import { atMost } from '../../common/time/at-most.ts';
import type { Collector } from '../model/collector.ts';
import { startLoop, type Loop, type LoopOptions } from './loop.ts';
import {
  initialState,
  snapshotAfter,
  unproved,
  type CollectorState,
  type Run,
  type Snapshot,
} from '../model/snapshot.ts';

export interface PollerOptions extends LoopOptions, Watched {
  /** Told of every run that was applied. */
  readonly onRun?: (collector: Collector, run: Run) => void;
}

/** What is watched, and how it is judged. */
export interface Watched {
  readonly collectors: readonly Collector[];
  /** Failures in a row after which a component is judged down. */
  readonly failuresBeforeDown: number;
}

/** Names of collectors; the others are as they were. */
export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface Poller {
  readonly snapshot: () => Snapshot;
  /** True from start() to stop(). */
  readonly running: boolean;
  start(): void;
  /**
   * Goes on with these. A collector that was among the ones before keeps its state and its rhythm; one that only has
   * the name of one before starts unknown, once the run of that one has ended or is past its deadline.
   * @throws when two have one name; nothing has changed then
   */
  replace(watched: Watched): Changes;
  /** Aborts what runs and resolves when it has ended, at the latest after {@link STOP_GRACE_MS}. */
  stop(): Promise<void>;
}

/** How long stop() waits for collectors that do not heed their signal. */
export const STOP_GRACE_MS = 2_000;

interface Entry {
  readonly collector: Collector;
  state: CollectorState;
  loop: Loop | undefined;
  isDropped: boolean;
}

export function createPoller(options: PollerOptions): Poller {
  let entries: ReadonlyMap<string, Entry> = new Map();
  let { failuresBeforeDown } = options;
  let running = false;
  /** By name: the ends of those whose name may come again. */
  const endings = new Map<string, Promise<unknown>>();

  const snapshot = (): Snapshot => ({ collectors: [...entries.values()].map(({ state }) => state) });

  const apply = (entry: Entry, run: Run): void => {
    if (entry.isDropped) return;
    const next = snapshotAfter(snapshot(), entry.collector.name, run, failuresBeforeDown);
    for (const state of next.collectors) {
      const its = entries.get(state.name);
      if (its !== undefined) its.state = state;
    }
    options.onRun?.(entry.collector, run);
    // Whose failure it is must be known before it is told, not an interval later.
    for (const name of unproved(next)) entries.get(name)?.loop?.runSoon();
  };

  const startOne = (entry: Entry): void => {
    const { collector } = entry;
    if (collector.disabledReason !== undefined || entry.isDropped || !running) return;
    entry.loop = startLoop(collector, options, (run) => apply(entry, run));
  };

  const startAfter = async (entry: Entry, ending: Promise<unknown>): Promise<void> => {
    await ending;
    startOne(entry);
  };

  /** Connections are cut at once: a statement that a frozen database never answers would hold everything up. */
  const drop = async (entry: Entry, reason: string): Promise<void> => {
    entry.isDropped = true;
    const ended = entry.loop?.stop(reason);
    try {
      entry.collector.close?.();
    } catch (error) {
      options.onUnexpected?.(entry.collector, error);
    }
    await ended;
  };

  const dropOld = (entry: Entry): void => {
    const { name } = entry.collector;
    const ending = Promise.all([endings.get(name), drop(entry, 'the configuration was reloaded')]);
    endings.set(name, ending);
    void ending.then(() => {
      if (endings.get(name) === ending) endings.delete(name);
    });
  };

  const replace = (watched: Watched): Changes => {
    const next = new Map<string, Entry>();
    for (const collector of watched.collectors) {
      const { name } = collector;
      if (next.has(name)) throw new Error(`Two collectors are named ${name}.`);
      const before = entries.get(name);
      const entry = { collector, state: initialState(collector), loop: undefined, isDropped: false };
      next.set(name, before?.collector === collector ? before : entry);
    }
    const before = entries;
    const gone = [...before.values()].filter((entry) => next.get(entry.collector.name) !== entry);
    const come = [...next.values()].filter((entry) => before.get(entry.collector.name) !== entry);
    ({ failuresBeforeDown } = watched);
    entries = next;
    for (const entry of gone) dropOld(entry);
    for (const entry of come) {
      const ending = endings.get(entry.collector.name);
      if (ending === undefined) startOne(entry);
      else void startAfter(entry, ending);
    }
    const names = come.map(({ collector }) => collector.name);
    return {
      added: names.filter((name) => !before.has(name)),
      changed: names.filter((name) => before.has(name)),
      removed: gone.map(({ collector }) => collector.name).filter((name) => !next.has(name)),
    };
  };

  replace(options);
  return {
    snapshot,
    get running() {
      return running;
    },
    replace,
    start: () => {
      if (running) return;
      running = true;
      for (const entry of entries.values()) startOne(entry);
    },
    stop: async () => {
      running = false;
      const ended = [...entries.values()].map((entry) => drop(entry, 'the exporter is stopping'));
      await atMost(STOP_GRACE_MS, Promise.all([...ended, ...endings.values()]), options.clock);
    },
  };
}
