import type { FormattedText, MessageEntity } from './types.ts';

const tags: Record<string, string> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strikethrough: 's',
  spoiler: 'tg-spoiler',
  code: 'code',
  blockquote: 'blockquote',
};

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return escapeHtml(text).replaceAll('"', '&quot;');
}

/** Start and end tags, or undefined for what Telegram finds in plain text by itself (links, commands). */
function tagsOf(entity: MessageEntity): [string, string] | undefined {
  switch (entity.type) {
    case 'text_link':
      return [`<a href="${attribute(entity.url ?? '')}">`, '</a>'];
    case 'pre':
      return entity.language === undefined
        ? ['<pre>', '</pre>']
        : [`<pre><code class="language-${attribute(entity.language)}">`, '</code></pre>'];
    case 'expandable_blockquote':
      return ['<blockquote expandable>', '</blockquote>'];
    case 'custom_emoji':
      return [`<tg-emoji emoji-id="${attribute(entity.custom_emoji_id ?? '')}">`, '</tg-emoji>'];
    default: {
      const tag = tags[entity.type];
      return tag === undefined ? undefined : [`<${tag}>`, `</${tag}>`];
    }
  }
}

/** Telegram HTML of a text, one canonical spelling: parsing it again gives the same text and entities. */
export function renderHtml({ text, entities }: FormattedText): string {
  const open: { end: number; close: string }[] = [];
  let html = '';
  let at = 0;
  const closeUpTo = (position: number): void => {
    for (let last = open.at(-1); last && last.end <= position; last = open.at(-1)) {
      html += escapeHtml(text.slice(at, last.end)) + last.close;
      at = last.end;
      open.pop();
    }
    html += escapeHtml(text.slice(at, position));
    at = position;
  };
  for (const entity of entities) {
    const pair = tagsOf(entity);
    if (!pair) continue;
    closeUpTo(entity.offset);
    html += pair[0];
    open.push({ end: entity.offset + entity.length, close: pair[1] });
  }
  closeUpTo(text.length);
  return html;
}
