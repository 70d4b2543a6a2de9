import { describe, expect, it } from 'vitest';
import { parseTelegramHtml } from './telegram-html.ts';

describe('the validator of the tests', () => {
  it('reads what Telegram reads', () => {
    const html =
      '<b>a &lt; b</b> <a href="https://x.org/?a=1&amp;b=2">c</a>\n<blockquote expandable>d</blockquote>';
    expect(parseTelegramHtml(html)).toEqual({
      text: 'a < b c\nd',
      entities: 3,
      links: ['https://x.org/?a=1&b=2'],
    });
  });

  it.each([
    ['a cut tag', '<b>abc</'],
    ['a tag without its end', '<b>abc'],
    ['an end without its tag', 'abc</b>'],
    ['crossed tags', '<b>a<i>b</b>c</i>'],
    ['a cut reference', 'a &am'],
    ['a bare ampersand', 'a & b'],
    ['a reference Telegram does not know', 'a&nbsp;b'],
    ['a bare angle bracket', 'a < b'],
    ['a tag Telegram does not know', '<div>a</div>'],
    ['an attribute Telegram does not know', '<b class="x">a</b>'],
    ['markup inside code', '<code><b>a</b></code>'],
    ['a quotation inside a quotation', '<blockquote>a<blockquote>b</blockquote></blockquote>'],
    ['a link that breaks out of its attribute', '<a href="x"y">a</a>'],
    ['an empty tag', '<b></b>'],
  ])('refuses %s', (_, html) => {
    expect(() => parseTelegramHtml(html)).toThrow();
  });
});
