import type { PauseTarget } from '../telegram/budget.ts';

/** What bridges that tell the same chats agree on before they act. Nothing here rejects: without the others, a bridge is alone. */
export interface Peers {
  lease(chat: string): ChatLease;
  /** The right to send something past Telegram. */
  readonly fallback: ChatLease;
  readonly budget: SharedBudget;
  /** True for one bridge at a time: it does what only one should. Undefined until it is known. */
  readonly isLeader: boolean | undefined;
  /** Takes over at once what others have shown, which is otherwise done every second. */
  follow(): Promise<void>;
  /** Removes what bridges have told one another before then, Unix ms. */
  prune(before: number): Promise<void>;
  stop(): Promise<void>;
}

/** The right to show something to a chat. Between a `take` and its `end` no other bridge does, as long as they can speak. */
export interface ChatLease {
  readonly isMine: boolean;
  /** Another bridge may have shown what is sent now: it died meanwhile, or cannot be asked. */
  readonly isUncertain: boolean;
  /** Waits for it, and takes over what others have shown meanwhile: what was decided before is to be decided again. */
  take(signal: AbortSignal): Promise<void>;
  /**
   * Tells the others what was shown, and lets them have it.
   * @param inDoubt what was sent last may have been shown: for whoever is next it is uncertain
   */
  end(inDoubt?: boolean): Promise<void>;
}

/** The limits of Telegram over all bridges. */
export interface SharedBudget {
  /** Counts a request to the chat that goes now; @returns 0, or how long it must wait instead, ms. */
  take(chatId: number): Promise<number>;
  /** Telegram asked for it. */
  pause(target: PauseTarget, forMs: number): Promise<void>;
}

const alwaysMine: ChatLease = {
  isMine: true,
  isUncertain: false,
  take: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

/** The only bridge there is. */
export const alone: Peers = {
  lease: () => alwaysMine,
  fallback: alwaysMine,
  budget: { take: () => Promise.resolve(0), pause: () => Promise.resolve() },
  isLeader: true,
  follow: () => Promise.resolve(),
  prune: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};
