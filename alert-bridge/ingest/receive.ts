import { z } from 'zod';
import { HttpError } from '../../common/http/errors.ts';
import { whenWritable, type Patience } from '../../common/state/when-writable.ts';
import { suppressAtOnce } from '../notify/decide.ts';
import { parseAlertmanager, partsOf, type Arrival, type Notification } from './alertmanager.ts';
import { parseEvent } from './events.ts';
import { parseGrafana } from './grafana.ts';
import { parseSentry, type SentryResource } from './sentry.ts';
import { createCommitQueue } from './commit-queue.ts';
import type { Acceptance, KeyValue, Outbox, Submission } from '../outbox/outbox.ts';
import type { Routing } from '../notify/routing.ts';
import { givenId, type NewSignal } from '../model/signal.ts';
import { isAnyFiring } from '../model/incident.ts';
import { noteBot } from '../monitor/application.ts';

/** The answer to a post: what the sender may rely on once it has it. */
export interface Receipt {
  readonly status: Acceptance['status'];
}

export interface NotificationReceipt extends Receipt {
  /** How many of its alerts. */
  readonly accepted: number;
}

/** Accepting is parsing and committing, nothing more. */
export interface Receive {
  /** Rejects with HttpError: 400 when it is no notification, 503 when it could not be committed. */
  alertmanager(body: unknown): Promise<NotificationReceipt>;
  /** The same, of Grafana. */
  grafana(body: unknown): Promise<NotificationReceipt>;
  /** A webhook of Sentry whose signature was checked; `ignored` when it concerns no chat. */
  sentry(resource: SentryResource, body: unknown): Promise<Receipt | { readonly status: 'ignored' }>;
  /** Rejects with HttpError: 400 when it is no event, 503 when it could not be committed. */
  event(body: unknown): Promise<Receipt & { readonly id: string }>;
  /**
   * A signal of the bridge's own, which nobody would send again: it waits until it can be committed. Rejects with HttpError
   * 503 when it could not be by the time the bridge stops.
   * @param chats keys of those that are told; by default its route's
   */
  own(signal: NewSignal, chats?: readonly string[]): Promise<Receipt>;
}

export interface ReceiveDependencies {
  readonly outbox: Pick<Outbox, 'accept' | 'state' | 'incident'>;
  /** The state that other bridges know too. */
  readonly sharedState: KeyValue;
  readonly routing: Pick<Routing, 'routeOf' | 'classify'>;
  /** How long an equal notification counts as the same post, ms. */
  readonly duplicateWindowMs: number;
  readonly now: () => number;
  readonly newId: () => string;
  /** Whom an event speaks of: errors that follow are reported with the hash of this id. */
  readonly onUser: (id: string) => void;
  /** Something new waits to be delivered. */
  readonly onAccepted: () => void;
  readonly onStorageError: (error: unknown) => void;
  /** How long the bridge's own signals wait for the store; by default they do not. */
  readonly patience?: Patience;
}

const WATCHDOG_STATE_KEY = 'watchdog_last_seen';

const WATCHDOG_COMMON_KEY = 'watchdog_last_seen_anywhere';

/** When the Watchdog last came here, Unix ms; undefined before the first. */
export const watchdogLastSeenAt = (state: KeyValue): number | undefined => timeOf(state, WATCHDOG_STATE_KEY);

/** When it last came to any of several bridges. */
export const watchdogLastSeenAnywhereAt = (sharedState: KeyValue): number | undefined =>
  timeOf(sharedState, WATCHDOG_COMMON_KEY);

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

export function createReceive(dependencies: ReceiveDependencies): Receive {
  const { outbox, sharedState, routing, now, newId, onUser, onAccepted } = dependencies;

  const queue = createCommitQueue(outbox);

  /** 5xx, so that Alertmanager and the application send it again. */
  const stored = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      dependencies.onStorageError(error);
      const message = 'The outbox cannot be written now (disk full or locked?); send it again.';
      throw new HttpError(503, 'storage_unavailable', message, { cause: error });
    }
  };

  /** Its route's, and those that it was passed on to because nobody had taken it. */
  const toldOf = (signal: NewSignal): readonly string[] => {
    const { chats, policy } = routing.routeOf(signal);
    const next = policy.escalation?.next.map(({ chat }) => chat) ?? [];
    const passedOn = next.filter((chat) => {
      const known = chats.includes(chat) ? undefined : outbox.incident(chat, signal.type);
      return known?.kind === 'alerts' && isAnyFiring(known);
    });
    return [...chats, ...new Set(passedOn)];
  };

  const commit = ({
    chats,
    ...submission
  }: Omit<Submission, 'chatsOf' | 'suppress'> & {
    readonly chats?: readonly string[];
  }): Promise<Acceptance> =>
    stored(() =>
      queue({
        ...submission,
        signals: submission.signals.map((signal) => routing.classify(signal)),
        chatsOf: (signal) => chats ?? toldOf(signal),
        suppress: suppressAtOnce,
      }),
    );

  const commitAndWake: typeof commit = async (submission) => {
    const acceptance = await commit(submission);
    if (acceptance.status === 'accepted') onAccepted();
    return acceptance;
  };

  /** The chats are told once all of it is there: the first message of a storm shows how much it is. */
  const notification = async (
    body: unknown,
    parse: (part: unknown, arrival: Arrival) => Notification,
  ): Promise<NotificationReceipt & Pick<Notification, 'watchdog' | 'receiver'>> => {
    const at = now();
    let isAccepted = false;
    let accepted = 0;
    let seen: Pick<Notification, 'watchdog' | 'receiver'> = { watchdog: false, receiver: '' };
    try {
      for (const part of partsOf(body)) {
        const { signals, key, origin, watchdog, receiver } = parse(part, { now: at, newId });
        const windowMs = watchdog ? WATCHDOG_DUPLICATE_WINDOW_MS : dependencies.duplicateWindowMs;
        const { status } = await commit({
          signals,
          notification: { key, origin, since: at - windowMs },
          now: at,
        });
        if (status === 'accepted') {
          isAccepted = true;
          accepted += signals.filter(({ body: { kind } }) => kind === 'alert').length;
        }
        seen = { watchdog: watchdog || seen.watchdog, receiver };
      }
    } finally {
      if (isAccepted) onAccepted();
    }
    return { status: isAccepted ? 'accepted' : 'duplicate', accepted, ...seen };
  };

  return {
    alertmanager: async (body) => {
      const { watchdog, receiver, ...receipt } = await notification(body, parseAlertmanager);
      await stored(() => {
        if (watchdog) {
          const at = String(now());
          outbox.state.set(WATCHDOG_STATE_KEY, at);
          sharedState.set(WATCHDOG_COMMON_KEY, at);
        }
        rememberReceiver(outbox.state, receiver);
      });
      return receipt;
    },
    grafana: async (body) => {
      const { status, accepted } = await notification(body, parseGrafana);
      return { status, accepted };
    },
    sentry: async (resource, body) => {
      const at = now();
      const { signal, ...notification } = parseSentry(resource, body, { now: at, newId });
      if (signal === undefined) return { status: 'ignored' };
      // Sentry repeats nothing by itself: what is the same webhook is so however late it comes.
      const { status } = await commitAndWake({
        signals: [signal],
        notification: { ...notification, since: 0, isUnique: true },
        now: at,
      });
      return { status };
    },
    event: async (body) => {
      const at = now();
      const signal = parseEvent(body, { now: at, newId });
      if ('userId' in signal.body) onUser(signal.body.userId);
      const { status } = await commitAndWake({ signals: [signal], now: at });
      await stored(() => noteBot(sharedState, signal.body, Math.min(signal.occurredAt, at)));
      return { status, id: givenId(signal.id) };
    },
    own: async (signal, chats) => {
      const to = chats === undefined ? {} : { chats };
      const once = () => commitAndWake({ signals: [signal], now: now(), ...to });
      const { patience } = dependencies;
      return { status: (await (patience === undefined ? once() : whenWritable(once, patience))).status };
    },
  };
}
