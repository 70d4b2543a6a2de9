import type { ChatSender } from '../telegram/sender.ts';
import type { Content, MessageRef } from '../model/incident.ts';
import type { Drawer } from './drawer.ts';
import type { Illustrate } from './illustrate.ts';

/** Why a message has no picture although one belongs to it. */
export type DropReason =
  /** Prometheus did not answer well. */
  | 'no_data'
  | 'drawing_failed'
  /** Messages went first for so long that nobody needs it any more, or too many were waiting. */
  | 'busy'
  | 'telegram';

/** Pictures on their way to one chat. They are no signals: what is late or fails is dropped and counted. */
export interface Pictures {
  /** A message was shown: its picture follows when there is one. Returns at once. */
  follow(content: Content, message: MessageRef): void;
  /** Whom to tell when one is ready. */
  onReady(listener: () => void): void;
  /** One is ready and still wanted. */
  areReady(): boolean;
  /** Sends the oldest of them, in one attempt: a picture is not worth holding up the next message. */
  sendOne(sender: Pick<ChatSender, 'sendPicture'>, signal: AbortSignal): Promise<void>;
  stop(): void;
}

export interface PicturesDependencies {
  readonly illustrate: Illustrate;
  readonly drawer: Pick<Drawer, 'draw'>;
  readonly now: () => number;
  readonly onSent: () => void;
  readonly onDropped: (reason: DropReason, error?: unknown) => void;
}

interface Waiting {
  readonly png: Uint8Array;
  /** Message it belongs to. */
  readonly message: MessageRef;
  /** Unix ms of that message. */
  readonly since: number;
}

const MAX_AT_ONCE = 5;
const MAX_AGE_MS = 2 * 60_000;

export function createPictures(dependencies: PicturesDependencies): Pictures {
  const { illustrate, drawer, now, onSent, onDropped } = dependencies;
  const stopping = new AbortController();
  let onReady: () => void = () => undefined;
  let underWay = 0;
  let waiting: readonly Waiting[] = [];

  const make = async (content: Content, message: MessageRef): Promise<void> => {
    const since = now();
    const chart = await illustrate(content, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) onDropped('no_data', error);
    });
    if (chart === undefined) return;
    const png = await drawer.draw(chart).catch((error: unknown) => {
      if (!stopping.signal.aborted) onDropped('drawing_failed', error);
    });
    if (png === undefined || stopping.signal.aborted) return;
    waiting = [...waiting, { png, message, since }];
    onReady();
  };

  return {
    onReady: (listener) => {
      onReady = listener;
    },
    follow: (content, message) => {
      if (underWay + waiting.length >= MAX_AT_ONCE) {
        onDropped('busy');
        return;
      }
      underWay += 1;
      void make(content, message).finally(() => {
        underWay -= 1;
      });
    },
    areReady: () => {
      const isWanted = ({ since }: Waiting): boolean => now() - since <= MAX_AGE_MS;
      for (const _late of waiting.filter((picture) => !isWanted(picture))) onDropped('busy');
      waiting = waiting.filter(isWanted);
      return waiting.length > 0;
    },
    sendOne: async (sender, signal) => {
      const [picture, ...others] = waiting;
      waiting = others;
      if (picture === undefined) return;
      const { status } = await sender.sendPicture(picture.png, picture.message, signal);
      if (status === 'shown') onSent();
      else onDropped('telegram');
    },
    stop: () => stopping.abort(),
  };
}
