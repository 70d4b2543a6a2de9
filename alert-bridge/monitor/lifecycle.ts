/** Tells the chats that this bridge starts and stops, and, once it runs again, that it has crashed. */
import { z } from 'zod';
import type { Clock } from '../../common/time/clock.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type {
  BridgeCrashedBody,
  BridgeStartedBody,
  BridgeStateLostBody,
  BridgeStoppedBody,
  NewSignal,
  Severity,
} from '../model/signal.ts';
import type { Downtime } from '../model/incident.ts';

export interface LifecycleDependencies {
  /** Commits a signal; a rejection is told to `onUnexpected` and holds nothing up. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  /** True once a signal is settled, or was never accepted. */
  readonly isSettled: (id: string) => boolean;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly version: string;
  /** Of several bridges, which one this is. */
  readonly bridgeName: string | undefined;
  readonly newId: () => string;
  readonly onUnexpected: (error: unknown) => void;
}

export interface Lifecycle {
  /** When the run before was last known to be alive, Unix ms; undefined at the very first start. */
  readonly lastAliveAt: number | undefined;
  /**
   * Tells of the start, or of the crash before it.
   * @param lost the state that could not be used, each of it
   */
  started(lost?: readonly Omit<BridgeStateLostBody, 'kind'>[]): Promise<void>;
  /** Tells of the stop and waits until it is shown, `graceMs` at most: what is not shown by then is shown later. */
  stopping(graceMs: number): Promise<void>;
  /** Everything is closed: the next start is no recovery. */
  ended(): void;
}

type OwnBody = BridgeStartedBody | BridgeStoppedBody | BridgeCrashedBody | BridgeStateLostBody;

const STATE_KEY = 'lifecycle';
const stateSchema = z.object({ aliveAt: z.number(), stopped: z.boolean() });

/** How precisely a crash is dated. */
const ALIVE_EVERY_MS = 15_000;
const LOOK_EVERY_MS = 50;

function readState(state: KeyValue): z.infer<typeof stateSchema> | undefined {
  const saved = state.get(STATE_KEY);
  return saved === undefined ? undefined : stateSchema.parse(JSON.parse(saved));
}

/** When no bridge ran before this start; undefined when that was no longer than `overMs`. */
export function downtimeBefore(state: KeyValue, now: number, overMs: number): Downtime | undefined {
  const from = readState(state)?.aliveAt;
  return from === undefined || now - from <= overMs ? undefined : { from, to: now };
}

export function createLifecycle(dependencies: LifecycleDependencies): Lifecycle {
  const { state, clock, version, bridgeName, newId } = dependencies;
  const before = readState(state);
  const ending = new AbortController();
  const ended = new AbortController();

  const mark = (stopped: boolean): void =>
    state.set(STATE_KEY, JSON.stringify({ aliveAt: clock.now(), stopped }));

  const tell = async (body: OwnBody, severity: Severity, id = `bridge:${newId()}`): Promise<void> => {
    // Each of several has a message of its own.
    const named = bridgeName === undefined ? body : { ...body, bridge: bridgeName };
    const type = bridgeName === undefined ? body.kind : `${body.kind}:${bridgeName}`;
    await dependencies
      .tell({ id, type, severity, occurredAt: clock.now(), body: named })
      .catch(dependencies.onUnexpected);
  };

  const stayAlive = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(ALIVE_EVERY_MS, ending.signal);
      try {
        mark(false);
      } catch (error) {
        dependencies.onUnexpected(error);
      }
    }
  };

  return {
    lastAliveAt: before?.aliveAt,
    started: async (lost = []) => {
      mark(false);
      void stayAlive().catch(() => undefined);
      for (const one of lost) await tell({ kind: 'bridge_state_lost', ...one }, 'critical');
      if (lost.length > 0) {
        // Whether it has crashed before is not known.
      } else if (before?.stopped === false) {
        await tell({ kind: 'bridge_crashed', version, lastAliveAt: before.aliveAt }, 'warning');
      } else {
        await tell({ kind: 'bridge_started', version }, 'info');
      }
    },
    stopping: async (graceMs) => {
      ending.abort();
      const deadline = clock.now() + graceMs;
      const id = `bridge:${newId()}`;
      const told = tell({ kind: 'bridge_stopped' }, 'info', id);
      // While the store cannot be written, nobody waits for it to be.
      await Promise.race([told, clock.sleep(graceMs, ended.signal).catch(() => undefined)]);
      while (!dependencies.isSettled(id) && clock.now() < deadline) await clock.sleep(LOOK_EVERY_MS);
    },
    ended: () => {
      ended.abort();
      mark(true);
    },
  };
}
