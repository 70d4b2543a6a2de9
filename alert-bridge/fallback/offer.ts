import type { Logger } from '../../common/log/logging.ts';
import type { FallbackSender, Notice } from './fallback-sender.ts';

export interface OfferOptions {
  readonly log: Logger;
  /** A channel took a notice, or failed to. */
  readonly onSent: (channel: FallbackSender['name']) => void;
  readonly onFailed: (channel: FallbackSender['name']) => void;
}

/** Sends a notice by every channel; @returns those that took it. */
export async function offer(
  notice: Notice,
  channels: readonly FallbackSender[],
  { log, onSent, onFailed }: OfferOptions,
  signal: AbortSignal,
): Promise<readonly FallbackSender['name'][]> {
  const took = await Promise.all(
    channels.map(async (channel) => {
      try {
        await channel.send(notice, signal);
        onSent(channel.name);
        log.warn('Critical alerts went by the second channel', {
          channel: channel.name,
          reason: notice.reason,
        });
        return [channel.name];
      } catch (error) {
        onFailed(channel.name);
        log.error('The second channel failed; it is tried again', { channel: channel.name, error });
        return [];
      }
    }),
  );
  return took.flat();
}
