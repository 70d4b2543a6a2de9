/**
 * A second, strict reading of Telegram's HTML (https://core.telegram.org/bots/api#html-style), independent of the
 * code under test: it throws at whatever Telegram answers with "can't parse entities", and at what it would drop.
 */
const ATTRIBUTES: Readonly<Record<string, RegExp>> = {
  b: /^$/,
  i: /^$/,
  s: /^$/,
  code: /^$/,
  a: /^ href="[^"<>]+"$/,
  blockquote: /^(?: expandable)?$/,
};
const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const TOKEN = /<(?<close>\/?)(?<tag>[a-z]+)(?<attributes>[^<>]*)>|&(?<reference>[a-z]+);|(?<text>[^<>&]+)/y;

export interface Parsed {
  readonly text: string;
  readonly entities: number;
  readonly links: readonly string[];
}

export function parseTelegramHtml(html: string): Parsed {
  const open: { tag: string; from: number }[] = [];
  const links: string[] = [];
  let text = '';
  let entities = 0;
  const token = new RegExp(TOKEN);
  while (token.lastIndex < html.length) {
    const at = token.lastIndex;
    const found = token.exec(html)?.groups;
    if (found === undefined) throw new Error(`can't parse entities at ${at}: ${html.slice(at, at + 20)}`);
    const { close, tag, attributes, reference } = found;
    if (tag !== undefined) {
      if (close === '/') {
        const last = open.pop();
        if (last?.tag !== tag || attributes !== '') throw new Error(`unexpected </${tag}> at ${at}`);
        if (text.length === last.from) throw new Error(`empty <${tag}> at ${at}`);
        continue;
      }
      if (ATTRIBUTES[tag]?.test(attributes ?? '') !== true)
        throw new Error(`unsupported tag at ${at}: ${tag}`);
      if (open.some((outer) => outer.tag === 'code')) throw new Error(`<${tag}> inside <code> at ${at}`);
      if (open.some((outer) => outer.tag === tag)) throw new Error(`<${tag}> inside itself at ${at}`);
      if (tag === 'blockquote' && open.length > 0)
        throw new Error(`<blockquote> inside another tag at ${at}`);
      if (tag === 'a') links.push(parseTelegramHtml(/"(.*)"/.exec(attributes ?? '')?.[1] ?? '').text);
      open.push({ tag, from: text.length });
      entities++;
    } else if (reference !== undefined) {
      const character = REFERENCES[reference];
      if (character === undefined) throw new Error(`unsupported reference &${reference}; at ${at}`);
      text += character;
    } else {
      text += found['text'] ?? '';
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw new Error(`<${unclosed.tag}> is not closed`);
  return { text, entities, links };
}
