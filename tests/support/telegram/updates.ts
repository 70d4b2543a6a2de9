import { ApiError } from './api-error.ts';

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}

export interface PollOptions {
  offset: number | undefined;
  limit: number;
  timeoutMs: number;
  allowed: readonly string[] | undefined;
  /** Aborted when the poller hangs up. */
  signal: AbortSignal;
}

/**
 * The updates of one bot, kept until a poll with a higher offset confirms them.
 * https://core.telegram.org/bots/api#getupdates
 */
export class UpdateQueue {
  readonly #pending: Update[] = [];
  #lastId = 100_000;
  #wake: (() => void) | undefined;
  #endCurrentPoll: ((error: ApiError) => void) | undefined;
  /** Telegram remembers the last given list for polls that give none. */
  #allowed: readonly string[] = [];

  get size(): number {
    return this.#pending.length;
  }

  push(kind: string, value: unknown): void {
    if (this.#allowed.length > 0 && !this.#allowed.includes(kind)) return;
    this.#lastId += 1;
    this.#pending.push({ update_id: this.#lastId, [kind]: value });
    this.#wake?.();
  }

  drop(): void {
    this.#pending.length = 0;
  }

  /**
   * Waits for updates up to the time-out. As with Telegram, a new poll ends the one that waits: the OLDER one gets
   * 409, so two pollers of one token throw each other out in turn.
   */
  async poll({ offset, limit, timeoutMs, allowed, signal }: PollOptions): Promise<Update[]> {
    const what = 'terminated by other getUpdates request; make sure that only one bot instance is running';
    this.#endCurrentPoll?.(new ApiError(409, `Conflict: ${what}`));
    if (allowed) this.#allowed = allowed;
    this.#confirm(offset);
    if (this.#pending.length === 0 && timeoutMs > 0) await this.#wait(timeoutMs, signal);
    return this.#pending.slice(0, limit);
  }

  #confirm(offset: number | undefined): void {
    if (offset === undefined) return;
    const keepFrom =
      offset < 0
        ? Math.max(0, this.#pending.length + offset)
        : this.#pending.findIndex((u) => u.update_id >= offset);
    this.#pending.splice(0, keepFrom === -1 ? this.#pending.length : keepFrom);
  }

  async #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = resolve;
        this.#wake = resolve;
        this.#endCurrentPoll = reject;
        timer = setTimeout(resolve, timeoutMs);
        signal.addEventListener('abort', () => resolve());
      });
    } finally {
      clearTimeout(timer);
      // A newer poll may have put its own functions there.
      if (this.#wake === stop) {
        this.#wake = undefined;
        this.#endCurrentPoll = undefined;
      }
    }
  }
}
