import { elapsedSince } from '../../common/time/elapsed.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { Mute } from './silence.ts';

/** The mutes that were asked for here, across restarts. */
export interface MuteStore {
  get(id: string): Mute | undefined;
  /** Those whose silence is there. */
  active(): readonly Mute[];
  put(mute: Mute, now: number): void;
}

const KEY = 'talk:mutes';
/** Their buttons may still be pressed: then it is said that they are over. */
const KEEP_MS = 2 * 24 * 60 * 60_000;

export function createMuteStore(state: KeyValue): MuteStore {
  const all = (): readonly Mute[] => JSON.parse(state.get(KEY) ?? '[]') as readonly Mute[];
  const isNeeded = ({ state: step, askedAt }: Mute, now: number): boolean =>
    step === 'active' || elapsedSince(askedAt, now) < KEEP_MS;
  return {
    get: (id) => all().find((mute) => mute.id === id),
    active: () => all().filter((mute) => mute.state === 'active'),
    put: (mute, now) => {
      const others = all().filter((other) => other.id !== mute.id && isNeeded(other, now));
      state.set(KEY, JSON.stringify([...others, mute]));
    },
  };
}
