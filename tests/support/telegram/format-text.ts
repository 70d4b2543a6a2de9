import { badRequest } from './api-error.ts';
import { parseHtml } from './html-entities.ts';
import type { Limits } from './limits.ts';
import { linkProblem } from './links.ts';
import type { FormattedText, MessageEntity } from './types.ts';

const found = [
  { type: 'url', pattern: /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)»]/g },
  { type: 'bot_command', pattern: /(?<![\w/@<])\/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/])/gi },
];

/**
 * What becomes of the text of a message: parsed, cleaned, trimmed, measured. Throws the ApiError 400 Telegram has
 * for it. Captions may be empty, texts may not.
 */
export function formatText(
  raw: string,
  parseMode: string,
  kind: 'text' | 'caption',
  limits: Limits,
): FormattedText {
  if (/\p{Surrogate}/u.test(raw)) throw badRequest('strings must be encoded in UTF-8');
  if (Buffer.byteLength(raw) > limits.rawTextBytes) throw badRequest('text is too long');
  const parsed = parse(raw, parseMode);
  for (const { url } of parsed.entities) {
    const problem = url === undefined ? undefined : linkProblem(url);
    if (problem !== undefined) throw badRequest(`text link URL '${url ?? ''}' is invalid: ${problem}`);
  }
  const { text, entities } = trim(clean(parsed));
  if (kind === 'text' && text === '') throw badRequest('message text is empty');
  if (kind === 'text' && text.length > limits.textUnits) throw badRequest('message is too long');
  if (kind === 'caption' && text.length > limits.captionUnits) {
    throw badRequest('message caption is too long');
  }
  return { text, entities: withFound(text, entities) };
}

function parse(raw: string, parseMode: string): FormattedText {
  if (parseMode === '') return { text: raw, entities: [] };
  if (parseMode.toLowerCase() === 'html') return parseHtml(raw);
  // Markdown exists in Telegram, but nothing here sends it: refusing is stricter than reading it wrong.
  throw badRequest('unsupported parse_mode');
}

/** Telegram shows other control characters as spaces; both are one UTF-16 unit, so offsets stay. */
function clean({ text, entities }: FormattedText): FormattedText {
  const isControl = (unit: number): boolean => unit < 32 && unit !== 10;
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return { text: units.map((u, i) => (isControl(u) ? ' ' : text.charAt(i))).join(''), entities };
}

function trim({ text, entities }: FormattedText): FormattedText {
  const start = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const moved = entities.flatMap((entity): MessageEntity[] => {
    const from = Math.max(0, entity.offset - start);
    const to = Math.min(trimmed.length, entity.offset + entity.length - start);
    return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
  });
  return { text: trimmed, entities: moved };
}

/** Links and commands Telegram finds in plain text by itself; none inside code or another link. */
function withFound(text: string, entities: MessageEntity[]): MessageEntity[] {
  const taken = entities.filter(({ type }) => ['pre', 'code', 'text_link'].includes(type));
  const extra: MessageEntity[] = [];
  for (const { type, pattern } of found) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      const free = [...taken, ...extra].every((other) => !overlap(entity, other));
      if (free && (type !== 'url' || linkProblem(match[0]) === undefined)) extra.push(entity);
    }
  }
  return [...entities, ...extra].sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function overlap(a: MessageEntity, b: MessageEntity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}
