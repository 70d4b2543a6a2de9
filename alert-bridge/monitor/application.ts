import type { KeyValue } from '../outbox/outbox.ts';
import type { SignalBody } from '../model/signal.ts';
import type { Expectation } from './absence.ts';
import { botAnnotations } from './texts.ts';

/** A deployment stops the bot and starts it again: longer than this is an outage. */
export const RETURNS_WITHIN_MS = 2 * 60_000;

type BotEvent = 'bot_stopped' | 'bot_started';

const keyOf = (event: BotEvent): string => `${event}:last`;

const lastAt = (state: KeyValue, event: BotEvent): number | undefined => {
  const text = state.get(keyOf(event));
  return text === undefined ? undefined : Number(text);
};

/** Keeps when the bot last said that it stops or starts, Unix ms of the event. */
export function noteBot(state: KeyValue, { kind }: Pick<SignalBody, 'kind'>, at: number): void {
  if (kind !== 'bot_stopped' && kind !== 'bot_started') return;
  if (at > (lastAt(state, kind) ?? 0)) state.set(keyOf(kind), String(at));
}

/** The bot that has said it stops must say that it starts: `bot_stopped` itself makes no sound. */
export function expectBot(state: KeyValue): Expectation {
  const startedAt = (): number | undefined => lastAt(state, 'bot_started');
  return {
    key: 'BotStopped',
    alertName: 'BotStopped',
    component: 'bot',
    severity: 'critical',
    lastSeenAt: startedAt,
    quietSince: () => {
      const stoppedAt = lastAt(state, 'bot_stopped');
      return stoppedAt !== undefined && stoppedAt >= (startedAt() ?? 0) ? stoppedAt : undefined;
    },
    silentAfterMs: RETURNS_WITHIN_MS,
    explain: () => Promise.resolve(botAnnotations()),
  };
}
