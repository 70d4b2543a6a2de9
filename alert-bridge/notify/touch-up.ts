/** Messages that do not show what they should any more: mended by an edit when nothing waits to be sent. */
import type { Outbox } from '../outbox/outbox.ts';
import type { FallbackSignal } from '../render/plain-text.ts';
import type { Content, MessageRef, Thread } from '../model/incident.ts';

export interface TouchUp {
  readonly message: MessageRef;
  readonly content: Content;
  readonly subject: FallbackSignal;
  /** The message shows it, or is not there any more. */
  done(isGone: boolean, now: number): void;
}

/** What a reply has overtaken comes before what a newer message has taken the place of. */
export function nextTouchUp(outbox: Outbox, chat: string): TouchUp | undefined {
  const stale = outbox.nextStaleThread(chat);
  if (stale !== undefined) {
    return {
      message: stale,
      content: contentOf(stale, outbox, chat),
      subject: subjectOf(stale),
      done: (isGone, now) => outbox.refreshed(chat, stale.type, isGone ? undefined : stale, now),
    };
  }
  const thread = outbox.nextSuperseding(chat);
  const messageId = thread?.superseded?.[0];
  if (thread === undefined || messageId === undefined) return undefined;
  return {
    message: { ...thread, messageId },
    content: { kind: 'superseded', thread },
    subject: subjectOf(thread),
    done: (_isGone, now) => outbox.atRest(chat, thread.type, messageId, now),
  };
}

/** What a plain text says of a message that could not be drawn. */
export const subjectOf = ({ messageId, type, severity, lastAt }: Thread): FallbackSignal => ({
  id: String(messageId),
  type,
  severity,
  occurredAt: lastAt,
});

const contentOf = (thread: Thread, { digests }: Outbox, chat: string): Content =>
  thread.kind === 'digest'
    ? { kind: 'digest', thread, summary: digests.summary(chat, thread.digest) }
    : { kind: 'thread', thread };
