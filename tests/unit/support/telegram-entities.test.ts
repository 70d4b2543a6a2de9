import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../support/telegram/api-error.ts';
import { parseHtml } from '../../support/telegram/html-entities.ts';
import { escapeHtml, renderHtml } from '../../support/telegram/html-render.ts';

describe('what is read', () => {
  test.each<[string, string, unknown[]]>([
    [
      '<b>a</b> <strong>b</strong>',
      'a b',
      [
        { type: 'bold', offset: 0, length: 1 },
        { type: 'bold', offset: 2, length: 1 },
      ],
    ],
    ['<I>a</i>', 'a', [{ type: 'italic', offset: 0, length: 1 }]],
    ['<em>a</em>', 'a', [{ type: 'italic', offset: 0, length: 1 }]],
    [
      '<u>a</u><ins>b</ins>',
      'ab',
      [
        { type: 'underline', offset: 0, length: 1 },
        { type: 'underline', offset: 1, length: 1 },
      ],
    ],
    ['<s>a</s>', 'a', [{ type: 'strikethrough', offset: 0, length: 1 }]],
    ['<strike>a</strike>', 'a', [{ type: 'strikethrough', offset: 0, length: 1 }]],
    ['<del>a</del>', 'a', [{ type: 'strikethrough', offset: 0, length: 1 }]],
    ['<tg-spoiler>a</tg-spoiler>', 'a', [{ type: 'spoiler', offset: 0, length: 1 }]],
    ['<span class="tg-spoiler">a</span>', 'a', [{ type: 'spoiler', offset: 0, length: 1 }]],
    ['<blockquote>a</blockquote>', 'a', [{ type: 'blockquote', offset: 0, length: 1 }]],
    ['<blockquote expandable>a</blockquote>', 'a', [{ type: 'expandable_blockquote', offset: 0, length: 1 }]],
    [
      '<a href="https://x.ru/?a=1&amp;b=2">a</a>',
      'a',
      [{ type: 'text_link', offset: 0, length: 1, url: 'https://x.ru/?a=1&b=2' }],
    ],
    [
      "<a href='https://x.ru'>a</a >",
      'a',
      [{ type: 'text_link', offset: 0, length: 1, url: 'https://x.ru' }],
    ],
    ['<pre>a</pre>', 'a', [{ type: 'pre', offset: 0, length: 1 }]],
    [
      '<pre><code class="language-sql">a</code></pre>',
      'a',
      [{ type: 'pre', offset: 0, length: 1, language: 'sql' }],
    ],
    ['<code>a<b>b</b></code>', 'ab', [{ type: 'code', offset: 0, length: 2 }]],
    [
      '<tg-emoji emoji-id="5368">👍</tg-emoji>',
      '👍',
      [{ type: 'custom_emoji', offset: 0, length: 2, custom_emoji_id: '5368' }],
    ],
    [
      '<b>я<i>ю</i></b>',
      'яю',
      [
        { type: 'bold', offset: 0, length: 2 },
        { type: 'italic', offset: 1, length: 1 },
      ],
    ],
    ['🚨<b>x</b>', '🚨x', [{ type: 'bold', offset: 2, length: 1 }]],
    ['&lt;&gt;&amp;&quot;&#39;&#x1F6A8;', '<>&"\'🚨', []],
    ['<b></b>x > y', 'x > y', []],
  ])('%s', (html, text, entities) => {
    expect(parseHtml(html)).toEqual({ text, entities });
  });
});

describe('what is refused, with the place in UTF-8 bytes', () => {
  test.each([
    ['5 <6', 'Unclosed start tag at byte offset 2'],
    ['5 < 6', 'Unsupported start tag "" at byte offset 2'],
    ['a <h1>x</h1>', 'Unsupported start tag "h1" at byte offset 2'],
    ['ё<br>', 'Unsupported start tag "br" at byte offset 2'],
    ['5 <> 6', 'Unsupported start tag "" at byte offset 2'],
    ['🚨 R&D', "Unexpected '&' at byte offset 6"],
    ['a & b', "Unexpected '&' at byte offset 2"],
    ['&nbsp;', 'Unsupported entity "&nbsp;" at byte offset 0'],
    ['&amp', "Unexpected '&' at byte offset 0"],
    ['&#0;', 'Unsupported entity "&#0;" at byte offset 0'],
    ['&#xD800;', 'Unsupported entity "&#xD800;" at byte offset 0'],
    ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<b>x</b', 'Unclosed end tag at byte offset 4'],
    ['<a href="x', 'Unclosed start tag at byte offset 0'],
    ['<a href="?a&b">x</a>', "Unexpected '&' at byte offset 11"],
    ['<a href=http://x>x</a>', 'Unexpected end of name token at byte offset 8'],
    ['<b/>x', 'Unsupported start tag "b/" at byte offset 0'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<tg-emoji>x</tg-emoji>', 'Tag "tg-emoji" must have a valid "emoji-id" at byte offset 0'],
    ['<!-- x -->', 'Unsupported start tag "!--" at byte offset 0'],
  ])('%s', (html, problem) => {
    expect(() => parseHtml(html)).toThrow(new ApiError(400, `Bad Request: can't parse entities: ${problem}`));
  });
});

type Node = string | { open: string; close: string; children: Node[] };
const pairs = [
  ['<b>', '</b>'],
  ['<i>', '</i>'],
  ['<u>', '</u>'],
  ['<s>', '</s>'],
  ['<tg-spoiler>', '</tg-spoiler>'],
  ['<code>', '</code>'],
  ['<pre>', '</pre>'],
  ['<blockquote>', '</blockquote>'],
  ['<blockquote expandable>', '</blockquote>'],
  ['<a href="https://example.com/?q=&quot;&amp;">', '</a>'],
] as const;
const words = fc.string({ unit: 'grapheme', maxLength: 8 });
const trees = fc.letrec<{ node: Node; nodes: Node[] }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    words,
    fc.record({ pair: fc.constantFrom(...pairs), children: tie('nodes') }).map(({ pair, children }) => ({
      open: pair[0],
      close: pair[1],
      children,
    })),
  ),
  nodes: fc.array(tie('node'), { maxLength: 4 }),
})).nodes;

const html = (nodes: Node[]): string =>
  nodes.map((n) => (typeof n === 'string' ? escapeHtml(n) : n.open + html(n.children) + n.close)).join('');
const plain = (nodes: Node[]): string =>
  nodes.map((n) => (typeof n === 'string' ? n : plain(n.children))).join('');

describe('properties', () => {
  test('escaped text comes back as it was, with no entity', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseHtml(escapeHtml(text))).toEqual({ text, entities: [] });
      }),
    );
  });

  test('a tree of tags gives its own text; entities stay in range and are properly nested', () => {
    fc.assert(
      fc.property(trees, (nodes) => {
        const { text, entities } = parseHtml(html(nodes));
        expect(text).toBe(plain(nodes));
        for (const a of entities) {
          expect(a.length).toBeGreaterThan(0);
          expect(a.offset + a.length).toBeLessThanOrEqual(text.length);
          for (const b of entities) {
            const crossing =
              a.offset < b.offset &&
              b.offset < a.offset + a.length &&
              a.offset + a.length < b.offset + b.length;
            expect(crossing).toBe(false);
          }
        }
      }),
    );
  });

  test('rendered again it says the same', () => {
    fc.assert(
      fc.property(trees, (nodes) => {
        const parsed = parseHtml(html(nodes));
        expect(parseHtml(renderHtml(parsed))).toEqual(parsed);
      }),
    );
  });

  test('anything at all is read or refused with 400 "can\'t parse entities", never another error', () => {
    const unit = fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      ';',
      '"',
      '=',
      ' ',
      'b',
      'a',
      'href',
      'lt',
      '#',
      '1',
      'я',
      '🚨',
    );
    let refusals = 0;
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        try {
          parseHtml(text);
        } catch (error) {
          refusals += 1;
          expect(error).toBeInstanceOf(ApiError);
          expect(error).toMatchObject({
            code: 400,
            message: expect.stringMatching(/^Bad Request: can't parse entities: /) as string,
          });
        }
      }),
    );
    expect(refusals).toBeGreaterThan(10);
  });

  test('HTML cut inside an element is refused, wherever the cut is', () => {
    const whole = '<b>жирное</b>';
    for (let cut = 1; cut < whole.length; cut++)
      expect(() => parseHtml(whole.slice(0, cut))).toThrow(ApiError);
    expect(parseHtml(whole).text).toBe('жирное');
  });
});
