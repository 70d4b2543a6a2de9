import { badRequest } from './api-error.ts';
import type { FormattedText, MessageEntity } from './types.ts';

/** Tag → entity, https://core.telegram.org/bots/api#html-style; a, pre, code, blockquote, span and tg-emoji below. */
const simpleTags: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
};
const otherTags = new Set(['a', 'pre', 'code', 'blockquote', 'span', 'tg-emoji']);
const namedEntities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  name: string;
  attributes: Map<string, string>;
  start: number;
}

/** Bad HTML is a 400 that says where, in UTF-8 bytes, for that is what Telegram counts here. */
function refuse(html: string, position: number, problem: string, rest = ''): never {
  const offset = Buffer.byteLength(html.slice(0, position));
  throw badRequest(`can't parse entities: ${problem} at byte offset ${offset}${rest}`);
}

/**
 * Reads Telegram's HTML: text without tags, and entities in UTF-16 units, outermost first.
 * Throws ApiError 400 "can't parse entities" for anything but the documented tags and entities. A bare `&` is
 * refused too, though Telegram sometimes lets one through: a sender must not depend on that.
 */
export function parseHtml(html: string): FormattedText {
  const open: OpenTag[] = [];
  const entities: MessageEntity[] = [];
  let text = '';
  let at = 0;
  while (at < html.length) {
    const special = nextSpecial(html, at);
    text += html.slice(at, special);
    at = special;
    if (at >= html.length) break;
    if (html[at] === '&') {
      const { character, end } = readCharacter(html, at);
      text += character;
      at = end;
    } else if (html[at + 1] === '/') {
      at = closeTag(html, at, open, entities, text);
    } else {
      const { tag, end } = openTag(html, at, text.length);
      open.push(tag);
      at = end;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) {
    throw badRequest(
      `can't parse entities: Can't find end tag corresponding to start tag "${unclosed.name}"`,
    );
  }
  return { text, entities: sortEntities(withoutNestedInCode(entities)) };
}

function nextSpecial(html: string, from: number): number {
  for (let at = from; at < html.length; at++) if (html[at] === '<' || html[at] === '&') return at;
  return html.length;
}

function readCharacter(html: string, at: number): { character: string; end: number } {
  const found = /^&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/i.exec(html.slice(at, at + 12));
  if (!found) refuse(html, at, "Unexpected '&'");
  const [whole, hex, decimal, name] = found;
  const character = name === undefined ? fromCode(hex, decimal) : namedEntities[name];
  if (character === undefined) refuse(html, at, `Unsupported entity "${whole}"`);
  return { character, end: at + whole.length };
}

function fromCode(hex: string | undefined, decimal: string | undefined): string | undefined {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? String.fromCodePoint(code) : undefined;
}

function openTag(html: string, begin: number, start: number): { tag: OpenTag; end: number } {
  const head = /^[^\s>]*/.exec(html.slice(begin + 1))?.[0] ?? '';
  const name = head.toLowerCase();
  let at = begin + 1 + head.length;
  if (at >= html.length) refuse(html, begin, 'Unclosed start tag');
  if (simpleTags[name] === undefined && !otherTags.has(name)) {
    refuse(html, begin, `Unsupported start tag "${name}"`);
  }
  const attributes = new Map<string, string>();
  for (;;) {
    while (/\s/.test(html[at] ?? '')) at++;
    if (html[at] === '>') break;
    if (at >= html.length) refuse(html, begin, 'Unclosed start tag');
    const attribute = readAttribute(html, at, begin, name);
    attributes.set(attribute.name, attribute.value);
    at = attribute.end;
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    refuse(html, begin, 'Tag "span" must have class "tg-spoiler"');
  }
  if (name === 'tg-emoji' && !/^\d+$/.test(attributes.get('emoji-id') ?? '')) {
    refuse(html, begin, 'Tag "tg-emoji" must have a valid "emoji-id"');
  }
  return { tag: { name, attributes, start }, end: at + 1 };
}

function readAttribute(
  html: string,
  from: number,
  tagBegin: number,
  tag: string,
): { name: string; value: string; end: number } {
  const name = /^[^\s=>/"']*/.exec(html.slice(from))?.[0] ?? '';
  if (name === '') refuse(html, tagBegin, `Empty attribute name in the tag "${tag}"`);
  let at = from + name.length;
  while (/\s/.test(html[at] ?? '')) at++;
  if (html[at] !== '=') return { name: name.toLowerCase(), value: '', end: at };
  at++;
  while (/\s/.test(html[at] ?? '')) at++;
  const quote = html[at];
  if (quote !== '"' && quote !== "'") {
    const token = /^[a-z0-9.-]*/i.exec(html.slice(at))?.[0] ?? '';
    const end = at + token.length;
    if (!/[\s>]/.test(html[end] ?? '')) refuse(html, at, 'Unexpected end of name token');
    return { name: name.toLowerCase(), value: token.toLowerCase(), end };
  }
  let value = '';
  for (at++; html[at] !== quote;) {
    if (at >= html.length) refuse(html, tagBegin, 'Unclosed start tag');
    if (html[at] === '&') {
      const { character, end } = readCharacter(html, at);
      value += character;
      at = end;
    } else value += html[at++] ?? '';
  }
  return { name: name.toLowerCase(), value, end: at + 1 };
}

function closeTag(
  html: string,
  begin: number,
  open: OpenTag[],
  entities: MessageEntity[],
  text: string,
): number {
  const tag = open.pop();
  if (!tag) refuse(html, begin, 'Unexpected end tag');
  const found = /^<\/([^\s>]*)\s*>/.exec(html.slice(begin));
  if (!found) refuse(html, begin, 'Unclosed end tag');
  const name = (found[1] ?? '').toLowerCase();
  if (name !== '' && name !== tag.name) {
    refuse(html, begin, 'Unmatched end tag', `, expected "</${tag.name}>", found "</${name}>"`);
  }
  const length = text.length - tag.start;
  if (length > 0) entities.push(entityOf(tag, length, text));
  return begin + found[0].length;
}

function entityOf(tag: OpenTag, length: number, text: string): MessageEntity {
  const range = { offset: tag.start, length };
  const simple = simpleTags[tag.name];
  if (simple !== undefined) return { type: simple, ...range };
  if (tag.name === 'span') return { type: 'spoiler', ...range };
  if (tag.name === 'tg-emoji') {
    return { type: 'custom_emoji', ...range, custom_emoji_id: tag.attributes.get('emoji-id') ?? '' };
  }
  if (tag.name === 'blockquote') {
    return { type: tag.attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote', ...range };
  }
  if (tag.name === 'a') {
    return { type: 'text_link', ...range, url: tag.attributes.get('href') ?? text.slice(tag.start) };
  }
  const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1];
  return { type: tag.name, ...range, ...(language === undefined ? {} : { language }) };
}

/** Inside code nothing else is formatted; `<pre><code class="language-x">` is one pre with a language. */
function withoutNestedInCode(entities: MessageEntity[]): MessageEntity[] {
  const blocks = entities.filter(({ type }) => type === 'pre' || type === 'code');
  const kept: MessageEntity[] = [];
  for (const entity of entities) {
    const outer = blocks.findLast((block) => block !== entity && inside(entity, block, entities));
    if (!outer) kept.push(entity);
    else if (entity.type === 'code' && entity.language !== undefined && outer.type === 'pre') {
      outer.language = entity.language;
    }
  }
  return kept.map(({ language, ...rest }) =>
    language !== undefined && rest.type === 'pre' ? { ...rest, language } : rest,
  );
}

/** Inner tags close first, so of two equal ranges the later entity is the outer one. */
function inside(inner: MessageEntity, outer: MessageEntity, order: MessageEntity[]): boolean {
  const within = inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
  return within && (inner.length < outer.length || order.indexOf(inner) < order.indexOf(outer));
}

/** By start, the longer first: the order in which they open. */
function sortEntities(entities: MessageEntity[]): MessageEntity[] {
  return entities.reverse().sort((a, b) => a.offset - b.offset || b.length - a.length);
}
