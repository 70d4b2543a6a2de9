import { every } from '../../common/time/every.ts';
import { createHash } from 'node:crypto';
import { atMost } from '../../common/time/at-most.ts';
import { elapsedSince } from '../../common/time/elapsed.ts';
import type { Clock } from '../../common/time/clock.ts';
import { whenWritable } from '../../common/state/when-writable.ts';
import type { ChatLease } from '../peers/peers.ts';
import { decide } from '../notify/decide.ts';
import type { Outbox, PendingSignal, WaitingGroup } from '../outbox/outbox.ts';
import type { Routing } from '../notify/routing.ts';
import { titleOf } from '../render/annotation.ts';
import type { Locale } from '../render/message.ts';
import type { Renderer } from '../notify/render.ts';
import type { NewSignal } from '../model/signal.ts';
import type { FallbackSender } from './fallback-sender.ts';
import { offer, type OfferOptions } from './offer.ts';
import { TEXTS } from './texts.ts';

const LOOK_EVERY_MS = 5_000;
/** What was sent and cannot be noted keeps the lease no longer: other bridges have to go on. */
const LEASE_PATIENCE_MS = 10_000;
/** What waits beyond it goes with the next notice. */
const NOTICE_SIGNALS = 500;
/** Written out in full; of the others only how many there are. */
const NOTICE_TEXTS = 20;

export interface FallbackOptions extends OfferOptions {
  readonly channels: readonly FallbackSender[];
  /** Of several bridges, which one sends. */
  readonly lease: ChatLease;
  /** How long Telegram may fail before critical alerts go another way, ms. */
  readonly afterMs: number;
  readonly outbox: Pick<Outbox, 'unseenCritical' | 'seenElsewhere'>;
  /** Since when each chat has failed without a break, Unix ms; undefined for one that works. */
  readonly failingSince: () => readonly (number | undefined)[];
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly render: Renderer;
  readonly routing: Routing;
  readonly locale: Locale;
  readonly clock: Clock;
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * The critical signals that are to go past Telegram. Pure.
 * @param signals no chat was shown any of them.
 * @returns all of them once every chat has failed for so long; else those that waited so long
 *   themselves, whatever keeps them: a pause of hours that Telegram asked for, or an outage before a restart.
 */
export function dueElsewhere<S extends Pick<PendingSignal, 'acceptedAt'>>(
  signals: readonly S[],
  failingSince: readonly (number | undefined)[],
  { now, afterMs }: { readonly now: number; readonly afterMs: number },
): readonly S[] {
  const allFail = failingSince.every((since) => since !== undefined && elapsedSince(since, now) >= afterMs);
  return allFail ? signals : signals.filter(({ acceptedAt }) => elapsedSince(acceptedAt, now) >= afterMs);
}

/**
 * Sends critical signals by mail or ntfy when Telegram fails, each once, and tells the chat which ones, as soon as it
 * takes messages again. They stay in the outbox: Telegram shows them all the same, late.
 */
export function startFallback(options: FallbackOptions): { stop(): Promise<void> } {
  const { channels, afterMs, outbox, lease, clock, onUnexpected } = options;
  const stopping = new AbortController();

  /** Sent, and not noted yet: the store cannot be written. */
  const unnoted = new Set<number>();

  const due = (): readonly PendingSignal[] =>
    dueElsewhere(outbox.unseenCritical(NOTICE_SIGNALS), options.failingSince(), {
      now: clock.now(),
      afterMs,
    }).filter(({ seq }) => !unnoted.has(seq));

  const note = async (signals: readonly PendingSignal[], took: readonly FallbackSender['name'][]) => {
    const seqs = signals.map(({ seq }) => seq);
    const patience = { clock, signal: stopping.signal, onTrouble: onUnexpected };
    for (const seq of seqs) unnoted.add(seq);
    await whenWritable(() => options.tell(confirmation(signals, took, options)), patience);
    await whenWritable(() => outbox.seenElsewhere(seqs, clock.now()), patience);
    for (const seq of seqs) unnoted.delete(seq);
  };

  let noting: Promise<unknown> = Promise.resolve();

  const look = async (): Promise<void> => {
    if (due().length === 0) return;
    await lease.take(stopping.signal);
    try {
      // Asked again: meanwhile another bridge may have sent them.
      const signals = due();
      const took = signals.length === 0 ? [] : await send(signals, options, stopping.signal);
      if (took.length === 0) return;
      const noted = note(signals, took);
      noting = noted.catch(onUnexpected);
      await atMost(LEASE_PATIENCE_MS, noted, clock);
    } finally {
      await lease.end();
    }
  };

  const { signal } = stopping;
  const running =
    channels.length === 0
      ? Promise.resolve()
      : every(Math.min(LOOK_EVERY_MS, afterMs), look, { clock, signal, onError: onUnexpected });
  return {
    stop: async () => {
      stopping.abort(new Error('The fallback is stopping.'));
      await running;
      await noting;
    },
  };
}

/** @returns the channels that took it; one that did not is tried again only when none did. */
async function send(
  signals: readonly PendingSignal[],
  options: FallbackOptions,
  stopping: AbortSignal,
): Promise<readonly FallbackSender['name'][]> {
  const { routing, render, locale, clock } = options;
  const texts = groupBy(signals, ({ type }) => type).map(([type, group]) => {
    const [first] = group;
    const now = clock.now();
    const { policy } = routing.routeOf(first);
    const decision = decide({ type, signals: group }, undefined, {
      policy,
      now,
      lateCause: 'telegram_unreachable',
    });
    return decision.action === 'suppress' ? '' : render(decision.content, first, now).plain;
  });
  const rest = texts.length - NOTICE_TEXTS;
  const shown = [...texts.slice(0, NOTICE_TEXTS), ...(rest > 0 ? [TEXTS[locale].more(rest)] : [])];
  const notice = {
    title: TEXTS[locale].title(headingOf(texts), signals.length),
    text: `${TEXTS[locale].note}\n\n${shown.join('\n\n———\n\n')}`,
    id: idOf(signals),
    reason: 'telegram_unreachable' as const,
  };
  return offer(notice, options.channels, options, stopping);
}

/** Waits in the outbox like any signal: the chat reads it once Telegram works. */
function confirmation(
  signals: readonly PendingSignal[],
  took: readonly FallbackSender['name'][],
  { locale, clock }: FallbackOptions,
): NewSignal {
  const title = TEXTS[locale].told(signals.length, took);
  const counts = groupBy(signals, (signal) => nameOf(signal, locale)).map(
    ([name, { length }]) => `• ${name}${length > 1 ? ` × ${length}` : ''}`,
  );
  return {
    id: `second-channel:${idOf(signals)}`,
    type: `second-channel:${idOf(signals)}`,
    severity: 'info',
    occurredAt: clock.now(),
    body: { kind: 'custom', title, text: counts.join('\n') },
  };
}

/** In order of the first of each group, none empty. */
function groupBy(
  signals: readonly PendingSignal[],
  keyOf: (signal: PendingSignal) => string,
): readonly (readonly [key: string, group: WaitingGroup['signals']])[] {
  const groups = new Map<string, [PendingSignal, ...PendingSignal[]]>();
  for (const signal of signals) {
    const group = groups.get(keyOf(signal));
    if (group === undefined) groups.set(keyOf(signal), [signal]);
    else group.push(signal);
  }
  return [...groups];
}

/** Fit for a Message-ID, whatever ids senders give. */
const idOf = (signals: readonly PendingSignal[]): string =>
  createHash('sha256')
    .update(JSON.stringify(signals.map(({ id }) => id)))
    .digest('hex')
    .slice(0, 32);

/** The first line of the first message that says anything. */
const headingOf = (texts: readonly string[]): string =>
  texts.find((text) => text !== '')?.split('\n')[0] ?? '🚨';

const nameOf = ({ body, type }: PendingSignal, locale: Locale): string =>
  (body.kind === 'alert' ? titleOf(body, { locale }) : '') || type;
