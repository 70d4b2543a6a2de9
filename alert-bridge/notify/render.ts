import type { OutgoingText } from '../telegram/sender.ts';
import { renderBrief, renderPlainFallback, type FallbackSignal } from '../render/plain-text.ts';
import { renderMessage, type LinkBases, type Locale } from '../render/message.ts';
import type { Keyboard } from '../telegram/messages.ts';
import type { Content, Draft } from '../model/incident.ts';

export interface RendererOptions {
  readonly locale: Locale;
  readonly timezone: string;
  readonly links: LinkBases;
  readonly redact: (text: string) => string;
  readonly commands?: (text: string) => string;
  readonly onFailure: (error: unknown) => void;
  /** The buttons under a living message; by default there are none. */
  readonly buttonsOf?: ((incident: Draft) => Keyboard | undefined) | undefined;
}

export interface DrawnMessage extends OutgoingText {
  /** Of an event list: how many entries, from the first, the message shows. */
  readonly shownEntries?: number;
}

/** Draws content; never throws: what cannot be drawn is told in plain text by the signal it speaks of. */
export type Renderer = (content: Content, subject: FallbackSignal, now: number) => DrawnMessage;

export function createRenderer({ onFailure, buttonsOf, ...options }: RendererOptions): Renderer {
  return (content, subject, now) => {
    try {
      const buttons = content.kind === 'incident' ? buttonsOf?.(content.incident) : undefined;
      return {
        ...renderMessage(content, { ...options, now }),
        brief: renderBrief(subject, options),
        ...(buttons === undefined ? {} : { buttons }),
      };
    } catch (error) {
      onFailure(error);
      // One entry of an event list is told this way; the others follow, each in a message of its own.
      const brief = renderBrief(subject, options);
      return { plain: renderPlainFallback(subject, options), brief, shownEntries: 1 };
    }
  };
}
