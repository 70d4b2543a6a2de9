/** Compares what was told with what Alertmanager knows: a notification can get lost on either side. */
import { every } from '../../../common/time/every.ts';
import type { Clock } from '../../../common/time/clock.ts';
import { elapsedSince } from '../../../common/time/elapsed.ts';
import type { Logger } from '../../../common/log/logging.ts';
import type { OpenAlert } from '../../outbox/open-alerts.ts';
import type { KeyValue } from '../../outbox/outbox.ts';
import { UnreadableError } from '../../outbox/seal.ts';
import { signalOf } from '../../ingest/alertmanager.ts';
import { titleOf } from '../../render/annotation.ts';
import type { Locale } from '../../render/message.ts';
import type { NewSignal } from '../../model/signal.ts';
import type { AlertmanagerState } from './firing.ts';
import { compare, confirm, isKeptSilent, unmuted } from './compare.ts';

export interface ReconcileOptions {
  readonly everyMs: number;
  /** How long a difference must last: longer than a notification can be on its way. */
  readonly confirmAfterMs: number;
  /** An absence longer than this is told, ms. */
  readonly gapAfterMs: number;
}

export interface ReconcileDependencies extends ReconcileOptions {
  /** When the run before was last alive, Unix ms; undefined at the very first start. */
  readonly lastAliveAt: number | undefined;
  /** Of several bridges, whether this one leads; undefined until that is known. */
  readonly leads: () => boolean | undefined;
  readonly openAlerts: () => readonly OpenAlert[];
  readonly receivers: () => readonly string[];
  /** The language of the chat. */
  readonly locale: Locale;
  /** Keeps what is muted across restarts. */
  readonly state: KeyValue;
  /** Rejects when Alertmanager does not answer well. */
  readonly read: (at: { now: number; signal: AbortSignal }) => Promise<AlertmanagerState>;
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  /**
   * After every look: fingerprints of what is silenced, inhibited, muted by an interval, or over without word of it. Unreachable:
   * as before, at first nothing.
   */
  readonly onMuted: (fingerprints: ReadonlySet<string>) => void;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly onUnexpected: (error: unknown) => void;
}

const MUTED_KEY = 'reconcile:muted';

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly open: readonly OpenAlert[];
}

export interface Reconciling {
  /** Looks now, beside the looks that it takes by itself. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export function startReconciling(dependencies: ReconcileDependencies): Reconciling {
  const { clock, tell, newId, log, everyMs, confirmAfterMs, lastAliveAt } = dependencies;
  const stopping = new AbortController();
  let muted = new Set(JSON.parse(dependencies.state.get(MUTED_KEY) ?? '[]') as readonly string[]);
  let over: readonly string[] = [];
  let closedSince: ReadonlyMap<string, number> = new Map();
  let unseenSince: ReadonlyMap<string, number> = new Map();
  // What was open before the gap, before anything new comes in.
  const startedAt = clock.now();
  let gap: Gap | undefined =
    lastAliveAt !== undefined && startedAt - lastAliveAt > dependencies.gapAfterMs
      ? { from: lastAliveAt, to: startedAt, open: dependencies.openAlerts() }
      : undefined;

  const tellOfGap = async (state: AlertmanagerState): Promise<void> => {
    const leads = dependencies.leads();
    if (gap === undefined || leads === undefined) return;
    if (!leads) {
      // Another one was there meanwhile: nothing went unheard.
      gap = undefined;
      return;
    }
    const { closed } = compare(gap.open, state.alerts, []);
    const isClosed = new Set(closed);
    const { from, to, open } = gap;
    const nameOf = ({ body }: OpenAlert): string => titleOf(body, dependencies) || body.fingerprint;
    const body = {
      kind: 'bridge_gap',
      from,
      to,
      firing: open.filter((alert) => !isClosed.has(alert)).map(nameOf),
      closed: closed.map(nameOf),
    } as const;
    const id = `bridge:${newId()}`;
    await tell({ id, type: body.kind, severity: 'info', occurredAt: to, body });
    gap = undefined;
  };

  const keepUpWithSilences = async ({ alerts }: AlertmanagerState): Promise<void> => {
    const receivers = dependencies.receivers();
    const current = alerts
      .filter((alert) => isKeptSilent(alert, receivers))
      .map(({ body }) => body.fingerprint);
    if (current.length === muted.size && current.every((fingerprint) => muted.has(fingerprint))) return;
    for (const { body } of unmuted(dependencies.openAlerts(), alerts, muted, receivers))
      await tell(signalOf(body, 'alert', newId()));
    muted = new Set(current);
    dependencies.state.set(MUTED_KEY, JSON.stringify(current));
    log.info('What Alertmanager keeps silent has changed', { muted: muted.size });
  };

  /** @returns whether something differs that is not confirmed yet */
  const look = async (): Promise<boolean> => {
    const now = clock.now();
    const state = await dependencies.read({ now, signal: stopping.signal });
    // Prometheus sends what fires about once a minute: until then Alertmanager knows less than we do.
    const isFilled = elapsedSince(state.startedAt, now) >= confirmAfterMs;
    if (!isFilled) return true;
    await keepUpWithSilences(state);
    await tellOfGap(state);
    const { closed, unseen } = compare(dependencies.openAlerts(), state.alerts, dependencies.receivers());
    over = closed.map(({ fingerprint }) => fingerprint);
    const at = { now, afterMs: confirmAfterMs };
    const lost = confirm(closed, ({ body }) => `${body.fingerprint}:${body.startsAt}`, closedSince, at);
    const missed = confirm(unseen, ({ body }) => `${body.fingerprint}:${body.startsAt}`, unseenSince, at);
    for (const alert of lost.confirmed) await tell(resolutionOf(alert, now, newId()));
    for (const { body } of missed.confirmed)
      await tell(signalOf({ ...body, isMissed: true }, 'alert', newId()));
    if (lost.confirmed.length + missed.confirmed.length > 0) {
      log.warn('Notifications of Alertmanager were lost; made up for', {
        closed: lost.confirmed.length,
        unseen: missed.confirmed.length,
      });
    }
    [closedSince, unseenSince] = [lost.since, missed.since];
    return lost.confirmed.length < closed.length || missed.confirmed.length < unseen.length;
  };

  let isReachable = true;
  /** Alertmanager unreachable changes nothing. */
  const attempt = async (): Promise<boolean> => {
    try {
      const differs = await look();
      if (!isReachable) log.info('Alertmanager answers again');
      isReachable = true;
      return differs;
    } catch (error) {
      // Of our own store, and mended there.
      if (error instanceof UnreadableError) dependencies.onUnexpected(error);
      else if (isReachable && !stopping.signal.aborted)
        log.warn('Alertmanager cannot be asked what fires', { error });
      isReachable = false;
      return false;
    } finally {
      dependencies.onMuted(new Set([...muted, ...over]));
    }
  };

  let looking: Promise<boolean> | undefined;
  const lookOnce = (): Promise<boolean> => {
    looking ??= attempt().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const running = every(
    (differs) => (differs === true || gap !== undefined ? Math.min(confirmAfterMs, everyMs) : everyMs),
    lookOnce,
    { clock, signal: stopping.signal, onError: dependencies.onUnexpected },
  );
  return {
    look: async () => {
      await lookOnce();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function resolutionOf({ type, severity, body }: OpenAlert, now: number, id: string): NewSignal {
  return {
    id,
    type,
    severity,
    occurredAt: now,
    body: { ...body, status: 'resolved', endsAt: now },
  };
}
