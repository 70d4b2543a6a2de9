import { elapsedSince } from '../../common/time/elapsed.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { ChatSilence } from './silence.ts';

/** The mutes that were asked for here, across restarts. */
export interface ChatSilenceStore {
  get(id: string): ChatSilence | undefined;
  /** Those whose silence is there. */
  active(): readonly ChatSilence[];
  put(mute: ChatSilence, now: number): void;
}

const KEY = 'talk:mutes';
/** Their buttons may still be pressed: then it is said that they are over. */
const KEEP_MS = 2 * 24 * 60 * 60_000;

export function createChatSilenceStore(state: KeyValue): ChatSilenceStore {
  const all = (): readonly ChatSilence[] => JSON.parse(state.get(KEY) ?? '[]') as readonly ChatSilence[];
  const isNeeded = ({ state: step, askedAt }: ChatSilence, now: number): boolean =>
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
