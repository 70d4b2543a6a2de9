/** The stage before the last: a rendered message goes to Telegram, and the outbox knows that it may have arrived. */
import type { Clock } from '../../common/time/clock.ts';
import type { MessageRef } from '../model/incident.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChatLease } from '../peers/peers.ts';
import type { ChatSender, OutgoingText, SendOptions, SendResult } from '../telegram/sender.ts';
import type { ShownSignal } from './queue.ts';
import type { Settle } from './settle.ts';

export interface SendDependencies {
  readonly outbox: Outbox;
  readonly sender: ChatSender;
  readonly lease: ChatLease;
  readonly settle: Pick<Settle, 'afterwards'>;
  readonly clock: Clock;
  /** Cuts a request in flight. */
  readonly abort: AbortSignal;
}

/** Signals that a message shows. */
type Shown = readonly Pick<ShownSignal, 'seq' | 'mayBeShown'>[];

export interface Send {
  /** Sends a new message. A restart in between finds its signals marked, sends again, and counts a possible duplicate. */
  message(text: OutgoingText, shown: Shown, options: SendOptions): Promise<SendResult>;
  /** Edits a message so that it shows these signals too; a message that cannot be edited is replaced, as silently. */
  edit(text: OutgoingText, shown: Shown, target: MessageRef): ReturnType<ChatSender['edit']>;
}

export function createSend({ outbox, sender, lease, settle, clock, abort }: SendDependencies): Send {
  const { key: chat } = sender.chat;

  const message: Send['message'] = async (text, shown, options) => {
    const seqs = shown.map(({ seq }) => seq);
    if (lease.isUncertain || shown.some(({ mayBeShown }) => mayBeShown)) outbox.countPossibleDuplicate();
    outbox.beginAttempt(chat, seqs, clock.now());
    const result = await sender.send(text, options, abort);
    const mayHaveArrived = result.status === 'shown' || (result.status === 'retry' && result.mayHaveArrived);
    if (!mayHaveArrived) await settle.afterwards(() => outbox.attemptFailed(chat, seqs));
    return result;
  };

  return {
    message,
    edit: async (text, shown, target) => {
      const edited = await sender.edit(target, text, abort);
      // One of the signals may have a message of its own, sent before it was folded.
      if (edited.status === 'shown' && shown.some(({ mayBeShown }) => mayBeShown))
        outbox.countPossibleDuplicate();
      return edited.status === 'replace' ? message(text, shown, { silent: true }) : edited;
    },
  };
}
