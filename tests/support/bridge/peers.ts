import { randomUUID } from 'node:crypto';
import { connectSqlite } from '../../../common/state/sqlite.ts';
import { connectPeers, type SharedPeers } from '../../../alert-bridge/peers/connect.ts';
import type { ChatLease } from '../../../alert-bridge/peers/peers.ts';
import { createSeal } from '../../../alert-bridge/outbox/seal.ts';
import type { Ledger, Outbox } from '../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal } from '../../../alert-bridge/model/signal.ts';
import type { Incident } from '../../../alert-bridge/model/incident.ts';
import { systemClock, type Clock } from '../../../common/time/clock.ts';
import { until } from '../machine/until.ts';

export const CHAT = '4242';
export const KEY = Buffer.alloc(32, 7);

export interface CoordinatedOptions {
  readonly url: string;
  readonly botId?: string;
  readonly key?: Buffer;
  /** How far its clock is ahead, ms. */
  readonly aheadMs?: number;
}

/** A bridge that shows things without Telegram: its outbox, and what it agrees on with others through a real Redis. */
export interface Coordinated {
  readonly outbox: Outbox;
  readonly peers: SharedPeers;
  readonly lease: ChatLease;
  /** What it logged from info on: `warn: sentence: error`. */
  readonly log: readonly string[];
  now(): number;
  /** Its clock, not the time it waits. */
  setClock(aheadMs: number): void;
  accept(signals: readonly NewSignal[]): void;
  /** Shows all that waits, as the delivery does: in its turn, by one message with that state. */
  show(incident?: Incident): Promise<void>;
  pending(): number;
  ledger(): Ledger;
  /** Until nothing waits, without showing anything. */
  hearsOfAll(): Promise<void>;
  close(): Promise<void>;
}

export function startCoordinated({
  url,
  botId = '1',
  key = KEY,
  ...options
}: CoordinatedOptions): Coordinated {
  let aheadMs = options.aheadMs ?? 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const seal = createSeal([key]);
  const outbox = openOutbox(connectSqlite(':memory:'), seal, { isShared: true });
  const log: string[] = [];
  const write =
    (level: string) =>
    (message: string, fields: unknown = {}): void => {
      const { error } = fields as { error?: unknown };
      log.push(`${level}: ${message}${error instanceof Error ? `: ${error.message}` : ''}`);
    };
  const peers = connectPeers({
    connection: { url },
    botId,
    chats: [CHAT],
    replication: outbox.replication,
    seal,
    state: outbox.state,
    clock,
    elapsedMs: () => performance.now(),
    random: () => 0.5,
    newId: randomUUID,
    log: { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') },
    keptMs: 7 * 24 * 60 * 60_000,
    onErased: (user) => log.push(`erased: ${user}`),
    onTakenOver: () => undefined,
    onUnexpected: (error) => log.push(`unexpected: ${String(error)}`),
  });
  const lease = peers.lease(CHAT);
  const bridge = {
    outbox,
    peers,
    lease,
    log,
    now: () => clock.now(),
    setClock: (ms: number) => {
      aheadMs = ms;
    },
    accept: (signals: readonly NewSignal[]) => {
      const submission = { signals, chatsOf: () => [CHAT], suppress: () => undefined, now: clock.now() };
      for (const result of outbox.accept([submission])) if (result instanceof Error) throw result;
    },
    show: async (incident?: Incident) => {
      await lease.take(AbortSignal.timeout(20_000));
      const outcomes = outbox
        .waiting(CHAT, 10_000)
        .map(({ seq }) => ({ seq, outcome: 'delivered', reason: 'shown' }) as const);
      const state = incident && { incident: { state: incident, stale: false } };
      if (outcomes.length > 0) outbox.settle({ chat: CHAT, outcomes, ...state, now: clock.now() });
      await lease.end();
    },
    pending: () => outbox.ledger().pending,
    ledger: () => outbox.ledger(),
    hearsOfAll: async () => {
      await until(
        () => outbox.ledger().pending,
        (pending) => pending === 0,
        { what: 'nothing waits' },
      );
    },
    close: async () => {
      await peers.stop();
      outbox.close();
    },
  };
  return bridge;
}

/** An alert of that name, firing since then. */
export function alert(name: string, startsAt: number): NewSignal {
  return {
    id: randomUUID(),
    type: `alert:${name}`,
    severity: 'critical',
    occurredAt: startsAt,
    body: {
      kind: 'alert',
      status: 'firing',
      fingerprint: name,
      labels: { alertname: name, severity: 'critical' },
      annotations: {},
      startsAt,
    },
  };
}

export function alertIncident(
  type: string,
  more: Partial<Extract<Incident, { kind: 'alerts' }>> = {},
): Incident {
  return {
    kind: 'alerts',
    type,
    severity: 'critical',
    rangAt: 0,
    messageId: 1,
    count: 1,
    lastAt: 0,
    openedAt: 0,
    members: {},
    ...more,
  };
}
