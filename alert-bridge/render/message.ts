import type { Content } from '../model/incident.ts';
import { renderIncident, renderResolution, renderRing } from './alert.ts';
import { renderDigest, renderDigestResolution } from './digest.ts';
import { createContext, type RenderOptions } from './context.ts';
import { renderEvent } from './event.ts';
import type { Fragment } from './html.ts';
import { renderReport } from './report.ts';
import { renderEventList } from './event-list.ts';
import { renderSuperseded } from './superseded.ts';

export type { LinkBases, RenderOptions } from './context.ts';
export type { Locale } from './locale/phrases.ts';

/**
 * A message ready to be sent. Both forms take at most 4096 UTF-16 units after Telegram's parsing and far fewer than
 * 32768 bytes before it.
 */
export interface RenderedMessage {
  /** For `parse_mode: 'HTML'`. */
  readonly html: string;
  /** Without any markup, for when Telegram cannot parse the other. */
  readonly plain: string;
  /** UTF-16 units of the text after Telegram's parsing of `html`. */
  readonly length: number;
  /** Of an event list: how many entries, from the first, are shown; the rest belongs into the next message. */
  readonly shownEntries?: number;
}

/**
 * Draws a message. Pure: the same content and options give the same text, whatever the content holds.
 * @throws RangeError for an event list without entries, and whatever `options.redact` throws.
 */
export function renderMessage(content: Content, options: RenderOptions): RenderedMessage {
  const ctx = createContext(options);
  switch (content.kind) {
    case 'incident': {
      const { incident } = content;
      return finished(
        incident.kind === 'alerts' ? renderIncident(incident, ctx) : renderEvent(incident, ctx),
      );
    }
    case 'resolution':
      return finished(renderResolution(content.incident, ctx));
    case 'ring':
      return finished(renderRing(content.incident, ctx));
    case 'digest':
      return finished(renderDigest(content.incident, content.summary, ctx));
    case 'digest_resolution':
      return finished(renderDigestResolution(content.incident, content.summary, ctx));
    case 'superseded':
      return finished(renderSuperseded(content.incident, ctx));
    case 'event_list': {
      const { message, shownEntries } = renderEventList(content.entries, content.late, ctx);
      return { ...finished(message), shownEntries };
    }
    case 'report':
      return finished(renderReport(content.report, content.late, ctx));
  }
}

function finished({ html, plain, length }: Fragment): RenderedMessage {
  return { html, plain, length };
}
