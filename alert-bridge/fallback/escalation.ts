/** The steps of an escalation past Telegram, and a look at Alertmanager before every step: what is over rings no more. */
import { createHash } from 'node:crypto';
import { atMost } from '../../common/time/at-most.ts';
import { backoffMs } from '../../common/time/backoff.ts';
import type { Clock } from '../../common/time/clock.ts';
import { every } from '../../common/time/every.ts';
import { whenWritable } from '../../common/state/when-writable.ts';
import {
  nextStepAt,
  outsideSteps,
  ringSteps,
  stepAt,
  untakenAmong,
  withDone,
  type Step,
  type Untaken,
} from '../notify/escalate.ts';
import { subjectOf } from '../notify/touch-up.ts';
import { policyFor } from '../notify/unprompted.ts';
import type { Renderer } from '../notify/render.ts';
import type { Routing } from '../notify/routing.ts';
import { FALLBACK, type Outbox } from '../outbox/outbox.ts';
import type { ChatLease } from '../peers/peers.ts';
import type { Locale } from '../render/message.ts';
import type { FallbackSender, Notice } from './fallback-sender.ts';
import { offer, type OfferOptions } from './offer.ts';
import { TEXTS } from './texts.ts';

const LOOK_EVERY_MS = 5_000;
/** Alertmanager is asked when a step is so near, and waited for no longer than until the next look. */
const ASK_BEFORE_MS = 1.5 * LOOK_EVERY_MS;
const RETRY = { firstMs: 5_000, maxMs: 300_000 } as const;
/** What was sent and cannot be noted keeps the lease no longer: other bridges have to go on. */
const LEASE_PATIENCE_MS = 10_000;
/** Two escalations of one type begin further apart: the first step past Telegram never comes sooner. */
const SAME_LADDER_MS = 60_000;

export interface EscalationOptions extends OfferOptions {
  readonly channels: readonly FallbackSender[];
  /** Of several bridges, which one sends. */
  readonly lease: ChatLease;
  readonly outbox: Pick<Outbox, 'firing' | 'incident' | 'settle'>;
  /** Keys of all chats. */
  readonly chats: readonly string[];
  readonly routing: Routing;
  /** Fingerprints of what Alertmanager keeps silent, or knows to be over; undefined until it was asked. */
  readonly silent: () => ReadonlySet<string> | undefined;
  /** Asks it now. */
  readonly askAlertmanager: () => Promise<void>;
  readonly render: Renderer;
  readonly locale: Locale;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onRang: (step: 'fallback' | 'webhook') => void;
  readonly onUnexpected: (error: unknown) => void;
}

interface Due {
  readonly untaken: Untaken;
  readonly step: Step;
  readonly channels: readonly FallbackSender[];
  /** The same for this step of this incident, at every bridge. */
  readonly id: string;
}

/** Goes on past Telegram while nobody takes a critical incident, each step until one of its channels has taken it. */
export function startEscalation(options: EscalationOptions): { stop(): Promise<void> } {
  const { outbox, chats, routing, lease, clock, random, onUnexpected } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Sent, and not noted yet: the store cannot be written. */
  const sent = new Set<string>();
  const failures = new Map<string, { readonly count: number; readonly retryAt: number }>();
  let noting: Promise<unknown> = Promise.resolve();

  const untaken = (): readonly Untaken[] => {
    const silent = options.silent();
    if (silent === undefined) return [];
    const burning = chats.flatMap((chat) => outbox.firing(chat));
    return untakenAmong(burning, silent, (incident) => policyFor(incident, routing));
  };

  const isStepNear = (now: number): boolean =>
    untaken().some(({ incident: { type }, rings, escalation }) => {
      const next = escalation.next.map(({ chat, afterMs }) => ({ name: chat, afterMs }));
      const ladders = chats.flatMap((chat) => {
        const own = outbox.incident(chat, type);
        return own?.kind === 'alerts' && own.rings !== undefined ? [own.rings] : [];
      });
      const times = [
        ...ladders.map((own) => nextStepAt(own, ringSteps(escalation), now)),
        ...[...next, ...outsideSteps(escalation)].map((step) => stepAt(rings, step, now)),
      ];
      return times.some((at) => Math.abs(at - now) <= ASK_BEFORE_MS);
    });

  const dueOf = (one: Untaken, now: number): readonly Due[] => {
    const { type, openedAt } = one.incident;
    const noted = outbox.incident(FALLBACK, type);
    const rings = noted?.kind === 'alerts' ? noted.rings : undefined;
    const isSame = rings !== undefined && Math.abs(rings.since - one.rings.since) < SAME_LADDER_MS;
    const outside = { ...one, rings: { ...one.rings, done: isSame ? rings.done : [] } };
    return outsideSteps(one.escalation).flatMap((step) => {
      const id = createHash('sha256')
        .update(JSON.stringify([type, openedAt, step.name]))
        .digest('hex')
        .slice(0, 32);
      const isWebhook = step.name === 'webhook';
      const channels = options.channels.filter(({ name }) => (name === 'webhook') === isWebhook);
      const isDue = stepAt(one.rings, step, now) <= now && (failures.get(id)?.retryAt ?? 0) <= now;
      const isDone = outside.rings.done.includes(step.name) || sent.has(id);
      return isDue && !isDone && channels.length > 0 ? [{ untaken: outside, step, channels, id }] : [];
    });
  };

  const due = (): readonly Due[] => untaken().flatMap((one) => dueOf(one, clock.now()));

  const note = ({ untaken: { incident, rings }, step }: Due): Promise<void> =>
    whenWritable(
      () => {
        const { superseded: _, ...known } = incident;
        const state = { ...known, rings: withDone(rings, [step.name]) };
        const now = clock.now();
        outbox.settle({ chat: FALLBACK, outcomes: [], incident: { state, stale: false }, now });
      },
      { clock, signal, onTrouble: onUnexpected },
    );

  const take = async (one: Due): Promise<void> => {
    const took = await offer(noticeOf(one, options), one.channels, options, signal);
    if (took.length === 0) {
      const count = (failures.get(one.id)?.count ?? 0) + 1;
      failures.set(one.id, { count, retryAt: clock.now() + backoffMs(count - 1, RETRY, random) });
      return;
    }
    sent.add(one.id);
    options.onRang(one.step.name === 'webhook' ? 'webhook' : 'fallback');
    failures.delete(one.id);
    const noted = note(one).then(() => void sent.delete(one.id));
    noting = noted.catch(onUnexpected);
    await atMost(LEASE_PATIENCE_MS, noted, clock);
  };

  const look = async (): Promise<void> => {
    if (isStepNear(clock.now())) await atMost(LOOK_EVERY_MS, options.askAlertmanager(), clock);
    if (due().length === 0) return;
    await lease.take(signal);
    try {
      // Asked again: meanwhile another bridge may have sent them, or somebody have taken it.
      for (const { id } of due()) {
        const one = due().find((still) => still.id === id);
        if (one !== undefined) await take(one);
      }
    } finally {
      await lease.end();
    }
  };

  const running = routing.escalates
    ? every(LOOK_EVERY_MS, look, { clock, signal, onError: onUnexpected })
    : Promise.resolve();
  return {
    stop: async () => {
      stopping.abort(new Error('The escalation is stopping.'));
      await running;
      await noting;
    },
  };
}

function noticeOf({ untaken: { incident }, id }: Due, { render, locale, clock }: EscalationOptions): Notice {
  const { plain } = render({ kind: 'incident', incident }, subjectOf(incident), clock.now());
  const [heading = '🚨'] = plain.split('\n');
  const { untakenTitle, untaken } = TEXTS[locale];
  return { title: untakenTitle(heading), text: `${untaken}\n\n${plain}`, id, reason: 'nobody_took_it' };
}
