/** Maintenance: what is not critical is held meanwhile, and told together at its end. */
import { z } from 'zod';
import type { KeyValue } from '../outbox/outbox.ts';
import { parseMatcher, type Matcher } from './matchers.ts';
import { quietUntil, type QuietHours } from './quiet-hours.ts';
import { labelsOf, type Labelled } from './routing.ts';

/** Every week, on the days it begins. */
export interface MaintenanceWindow extends QuietHours {
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly matchers: readonly Matcher[];
}

/** What holds at a moment. */
export interface Hold {
  /** All must hold; none: everything is held. */
  readonly matchers: readonly Matcher[];
  /** Unix ms. */
  readonly until: number;
}

export const covers = ({ matchers }: Hold, signal: Labelled): boolean => {
  const label = labelsOf(signal);
  return matchers.every((matcher) => matcher.test(label(matcher.label)));
};

/** The longest that can be asked for. */
export const LONGEST_MAINTENANCE_MS = 24 * 60 * 60_000;

export interface Maintenance {
  /** @param now Unix ms; of a day past, too */
  at(now: number): readonly Hold[];
  /**
   * Begins one now, in the place of another of that id; 0 ms ends it.
   * @returns when it ends, Unix ms
   */
  begin(wanted: {
    readonly id: string;
    readonly forMs: number;
    readonly matchers: readonly Matcher[];
  }): number;
  /** Ends those that were begun; the weekly ones stay. */
  end(): void;
}

export interface MaintenanceDependencies {
  readonly windows: readonly MaintenanceWindow[];
  /** The state that other bridges know too. */
  readonly state: KeyValue;
  readonly now: () => number;
  /** Something may be told now that was held. */
  readonly onChange: () => void;
}

const KEY = 'maintenance';
/** What was held is told to have been. */
const KEPT_MS = 24 * 60 * 60_000;
const begunSchema = z.array(
  z.object({ id: z.string(), from: z.number(), until: z.number(), matchers: z.array(z.string()) }),
);
type Begun = z.infer<typeof begunSchema>[number];

export function createMaintenance({ windows, state, now, onChange }: MaintenanceDependencies): Maintenance {
  let read: { readonly text: string; readonly begun: readonly Held[] } = { text: '[]', begun: [] };
  /** Asked for with every message: parsed when it has changed. */
  const begun = (): readonly Held[] => {
    const text = state.get(KEY) ?? '[]';
    if (text !== read.text) {
      const all = begunSchema.parse(JSON.parse(text));
      read = { text, begun: all.map((one) => ({ ...one, hold: holdOf(one) })) };
    }
    return read.begun;
  };
  const write = (all: readonly Begun[]): void => {
    const kept = all.filter(({ until }) => until > now() - KEPT_MS);
    state.set(
      KEY,
      JSON.stringify(kept.map(({ id, from, until, matchers }) => ({ id, from, until, matchers }))),
    );
    onChange();
  };
  const endedNow = (one: Begun): Begun => ({ ...one, until: Math.min(one.until, now()) });
  return {
    at: (moment) => [
      ...windows.flatMap((window) => {
        const until = quietUntil(window, moment);
        return until === undefined ? [] : [{ matchers: window.matchers, until }];
      }),
      ...begun().flatMap(({ from, until, hold }) => (from <= moment && moment < until ? [hold] : [])),
    ],
    begin: ({ id, forMs, matchers }) => {
      const others = begun().map((one) => (one.id === id ? endedNow(one) : one));
      const until = now() + forMs;
      write([...others, { id, from: now(), until, matchers: matchers.map(({ text }) => text) }]);
      return until;
    },
    end: () => {
      write(begun().map(endedNow));
    },
  };
}

interface Held extends Begun {
  readonly hold: Hold;
}

const holdOf = ({ matchers, until }: Begun): Hold => ({
  matchers: matchers.flatMap((text) => parseMatcher(text) ?? []),
  until,
});
