import type { ChannelMessage } from './channel.ts';
import { renderPlainFallback, type FallbackSignal } from './render/fallback.ts';
import { renderMessage, type LinkBases, type Locale } from './render/message.ts';
import type { Content } from './thread.ts';

export interface RendererOptions {
  readonly locale: Locale;
  readonly timezone: string;
  readonly links: LinkBases;
  readonly redact: (text: string) => string;
  readonly onFailure: (error: unknown) => void;
}

export interface DrawnMessage extends ChannelMessage {
  /** Of a roster: how many entries, from the first, the message shows. */
  readonly shownEntries?: number;
}

/** Draws content; never throws: what cannot be drawn is told in plain text by the signal it speaks of. */
export type Renderer = (content: Content, subject: FallbackSignal, now: number) => DrawnMessage;

export function createRenderer({ onFailure, ...options }: RendererOptions): Renderer {
  return (content, subject, now) => {
    try {
      return renderMessage(content, { ...options, now });
    } catch (error) {
      onFailure(error);
      // One entry of a roster is told this way; the others follow, each in a message of its own.
      return { plain: renderPlainFallback(subject, options), shownEntries: 1 };
    }
  };
}
