/** Messages that do not show what they should any more: mended by an edit when nothing waits to be sent. */
import type { Outbox } from '../outbox/outbox.ts';
import type { FallbackSignal } from '../render/plain-text.ts';
import type { Content, MessageRef, Incident } from '../model/incident.ts';

export interface TouchUp {
  readonly message: MessageRef;
  readonly content: Content;
  readonly subject: FallbackSignal;
  /** The message shows it, or is not there any more. */
  done(isGone: boolean, now: number): void;
}

/** What a reply has overtaken comes before what a newer message has taken the place of. */
export function nextTouchUp(outbox: Outbox, chat: string): TouchUp | undefined {
  const stale = outbox.nextStaleIncident(chat);
  if (stale !== undefined) {
    return {
      message: stale,
      content: contentOf(stale, outbox, chat),
      subject: subjectOf(stale),
      done: (isGone, now) => outbox.refreshed(chat, stale.type, isGone ? undefined : stale, now),
    };
  }
  const incident = outbox.nextSuperseding(chat);
  const messageId = incident?.superseded?.[0];
  if (incident === undefined || messageId === undefined) return undefined;
  return {
    message: { ...incident, messageId },
    content: { kind: 'superseded', incident },
    subject: subjectOf(incident),
    done: (_isGone, now) => outbox.atRest(chat, incident.type, messageId, now),
  };
}

/** What a plain text says of a message that could not be drawn. */
export const subjectOf = ({ messageId, type, severity, lastAt }: Incident): FallbackSignal => ({
  id: String(messageId),
  type,
  severity,
  occurredAt: lastAt,
});

const contentOf = (incident: Incident, { digests }: Outbox, chat: string): Content =>
  incident.kind === 'digest'
    ? { kind: 'digest', incident, summary: digests.summary(chat, incident.digest) }
    : { kind: 'incident', incident };
