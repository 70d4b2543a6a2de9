/** A way past Telegram. */
export interface FallbackSender {
  /** As a person calls it. */
  readonly name: 'e-mail' | 'ntfy' | 'webhook';
  /** Resolves once the other side has taken it. Rejects with what an operator can read, without addresses or secrets. */
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}

export interface Notice {
  readonly title: string;
  readonly text: string;
  /** The same for the same signals: a mail that is sent twice is recognized by it. */
  readonly id: string;
  readonly reason: 'telegram_unreachable' | 'nobody_took_it';
}
