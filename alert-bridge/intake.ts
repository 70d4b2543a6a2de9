import { z } from 'zod';
import { HttpError } from '../common/http/errors.ts';
import { suppressAtOnce } from './decide.ts';
import { parseAlertmanager, type Notification } from './ingest/alertmanager.ts';
import { parseEvent } from './ingest/events.ts';
import { parseGrafana } from './ingest/grafana.ts';
import { parseSentry, type SentryResource } from './ingest/sentry.ts';
import { createCommitQueue } from './commit-queue.ts';
import type { Acceptance, KeyValue, Outbox, Submission } from './outbox/outbox.ts';
import type { Routing } from './policy/routing.ts';
import type { NewSignal } from './signal.ts';

/** The answer to a post: what the sender may rely on once it has it. */
export interface Receipt {
  readonly status: Acceptance['status'];
}

export interface NotificationReceipt extends Receipt {
  /** How many of its alerts. */
  readonly accepted: number;
}

/** Accepting is parsing and committing, nothing more. */
export interface Intake {
  /** Rejects with HttpError: 400 when it is no notification, 503 when it could not be committed. */
  alertmanager(body: unknown): Promise<NotificationReceipt>;
  /** The same, of Grafana. */
  grafana(body: unknown): Promise<NotificationReceipt>;
  /** A webhook of Sentry whose signature was checked; `ignored` when it concerns no chat. */
  sentry(resource: SentryResource, body: unknown): Promise<Receipt | { readonly status: 'ignored' }>;
  /** Rejects with HttpError: 400 when it is no event, 503 when it could not be committed. */
  event(body: unknown): Promise<Receipt & { readonly id: string }>;
  /** A signal of the bridge's own. Rejects with HttpError 503 when it could not be committed. */
  own(signal: NewSignal): Promise<Receipt>;
}

export interface IntakeDependencies {
  readonly outbox: Pick<Outbox, 'accept' | 'state'>;
  /** The state that other bridges know too. */
  readonly common: KeyValue;
  readonly routing: Pick<Routing, 'routeOf' | 'withType'>;
  /** How long an equal notification counts as the same post, ms. */
  readonly duplicateWindowMs: number;
  readonly now: () => number;
  readonly newId: () => string;
  /** Whom an event speaks of: errors that follow are reported with the hash of this id. */
  readonly onUser: (id: string) => void;
  /** Something new waits to be delivered. */
  readonly onAccepted: () => void;
  readonly onStorageError: (error: unknown) => void;
}

const WATCHDOG_STATE_KEY = 'watchdog_last_seen';

const WATCHDOG_COMMON_KEY = 'watchdog_last_seen_anywhere';

/** When the Watchdog last came here, Unix ms; undefined before the first. */
export const watchdogLastSeenAt = (state: KeyValue): number | undefined => timeOf(state, WATCHDOG_STATE_KEY);

/** When it last came to any of several bridges. */
export const watchdogLastSeenAnywhereAt = (common: KeyValue): number | undefined =>
  timeOf(common, WATCHDOG_COMMON_KEY);

function timeOf(state: KeyValue, key: string): number | undefined {
  const text = state.get(key);
  return text === undefined ? undefined : Number(text);
}

const RECEIVERS_STATE_KEY = 'receivers';

/** Names of the receivers of Alertmanager that have posted here: which of its alerts are for us. */
export function knownReceivers(state: KeyValue): readonly string[] {
  return z.array(z.string()).parse(JSON.parse(state.get(RECEIVERS_STATE_KEY) ?? '[]'));
}

function rememberReceiver(state: KeyValue, receiver: string): void {
  const known = knownReceivers(state);
  if (receiver !== '' && !known.includes(receiver))
    state.set(RECEIVERS_STATE_KEY, JSON.stringify([...known, receiver].slice(-10)));
}

/** The Watchdog repeats every minute with nothing new in it: an equal post this soon after is a retry. */
const WATCHDOG_DUPLICATE_WINDOW_MS = 30_000;

export function createIntake(dependencies: IntakeDependencies): Intake {
  const { outbox, common, routing, now, newId, onUser, onAccepted } = dependencies;

  const queue = createCommitQueue(outbox);

  const commit = async (submission: Omit<Submission, 'chatsOf' | 'suppress'>): Promise<Acceptance> => {
    try {
      const acceptance = await queue({
        ...submission,
        signals: submission.signals.map((signal) => routing.withType(signal)),
        chatsOf: (signal) => routing.routeOf(signal).chats,
        suppress: suppressAtOnce,
      });
      if (acceptance.status === 'accepted') onAccepted();
      return acceptance;
    } catch (error) {
      dependencies.onStorageError(error);
      // 5xx, so that Alertmanager and the application send it again.
      const message =
        'The outbox cannot be written now (disk full or locked?); nothing was accepted, send it again.';
      throw new HttpError(503, 'storage_unavailable', message, { cause: error });
    }
  };

  const notification = async (
    { signals, key }: Pick<Notification, 'signals' | 'key'>,
    at: number,
    windowMs = dependencies.duplicateWindowMs,
  ): Promise<NotificationReceipt> => {
    const acceptance = await commit({ signals, notification: { key, since: at - windowMs }, now: at });
    return {
      status: acceptance.status,
      accepted: acceptance.status === 'accepted' ? acceptance.count : 0,
    };
  };

  return {
    alertmanager: async (body) => {
      const at = now();
      const parsed = parseAlertmanager(body, { now: at, newId });
      const windowMs = parsed.watchdog ? WATCHDOG_DUPLICATE_WINDOW_MS : undefined;
      const receipt = await notification(parsed, at, windowMs);
      if (parsed.watchdog) {
        outbox.state.set(WATCHDOG_STATE_KEY, String(at));
        common.set(WATCHDOG_COMMON_KEY, String(at));
      }
      rememberReceiver(outbox.state, parsed.receiver);
      return receipt;
    },
    grafana: (body) => {
      const at = now();
      return notification(parseGrafana(body, { now: at, newId }), at);
    },
    sentry: async (resource, body) => {
      const at = now();
      const { signal, key } = parseSentry(resource, body, { now: at, newId });
      if (signal === undefined) return { status: 'ignored' };
      return { status: (await notification({ signals: [signal], key }, at)).status };
    },
    event: async (body) => {
      const at = now();
      const signal = parseEvent(body, { now: at, newId });
      if ('userId' in signal.body) onUser(signal.body.userId);
      const { status } = await commit({ signals: [signal], now: at });
      return { status, id: signal.id };
    },
    own: async (signal) => ({ status: (await commit({ signals: [signal], now: now() })).status }),
  };
}
