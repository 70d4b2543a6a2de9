import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, clip, clipMiddle, oneLine } from '../../../../common/text/clean.ts';
import * as html from '../../../../alert-bridge/render/html.ts';
import { publicUrl } from '../../../../alert-bridge/render/public-url.ts';
import { hostileText } from './arbitraries.ts';
import { parseTelegramHtml } from './telegram-html.ts';

describe('clean', () => {
  it.each([
    ['a NUL', 'a\u0000b', 'ab'],
    ['an escape sequence', '\u001b[31mred', '[31mred'],
    ['a lone surrogate', 'a\uD83Db', 'ab'],
    ['an override of direction', 'a\u202Ebc', 'abc'],
    ['an isolate that never ends', 'a\u2067bc', 'abc'],
    ['line ends of all kinds', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['many empty lines', 'a\n \n\n\t\n\n\nb', 'a\n\nb'],
    ['invisible characters', 'a\u200b\ufeffb', 'ab'],
    ['a pile of marks', `e${'\u0301'.repeat(500)}`, `e${'\u0301'.repeat(4)}`],
    ['an emoji of several: kept', '👨‍👩‍👧', '👨‍👩‍👧'],
  ])('%s', (_, raw, cleaned) => expect(clean(raw)).toBe(cleaned));

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(hostileText, (raw) => {
        expect(clean(clean(raw))).toBe(clean(raw));
        expect(oneLine(raw)).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('clip', () => {
  it.each([
    ['hello', 5, 'hello'],
    ['hello', 4, 'hel…'],
    ['hello', 1, '…'],
    ['hello', 0, ''],
    ['ab👨‍👩‍👧', 6, 'ab…'],
    ['ab👨‍👩‍👧c', 11, 'ab👨‍👩‍👧c'],
    ['👨‍👩‍👧👨‍👩‍👧', 9, '👨‍👩‍👧…'],
    ['e\u0301e\u0301', 3, 'e\u0301…'],
    ['word and more', 6, 'word…'],
  ])('%j to %i', (text, max, clipped) => expect(clip(text, max)).toBe(clipped));

  it('keeps whole graphemes from the start, within the limit', () => {
    const graphemes = (text: string): string[] =>
      [...new Intl.Segmenter('und').segment(text)].map(({ segment }) => segment);
    fc.assert(
      fc.property(hostileText, fc.nat(60), (raw, max) => {
        const text = oneLine(raw).slice(0, 200);
        const clipped = clip(text, max);
        expect(clipped.length).toBeLessThanOrEqual(max);
        expect(clipMiddle(text, max).length).toBeLessThanOrEqual(max);
        if (clipped === text || max === 0) return;
        const kept = graphemes(clipped.slice(0, -1));
        expect(kept).toEqual(graphemes(text).slice(0, kept.length));
      }),
    );
  });

  it('keeps both ends of a trace', () => {
    const rows = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n');
    expect(clipMiddle(`${rows}\nValueError: 7`, 60)).toBe(
      'line 0\nline 1\nline 2\nline 3\nline 4\nlin…\nValueError: 7',
    );
    expect(clipMiddle('short', 60)).toBe('short');
  });
});

describe('publicUrl', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['http://пример.рф/а?b="c"', 'http://xn--e1afmkfd.xn--p1ai/%D0%B0?b=%22c%22'],
    ['https://8.8.8.8:3000/d', 'https://8.8.8.8:3000/d'],
    ['http://localhost:3000', undefined],
    ['http://localhost.:3000', undefined],
    ['http://grafana:3000', undefined],
    ['http://grafana.internal', undefined],
    ['http://127.0.0.1/', undefined],
    ['http://0x7f.1/', undefined],
    ['http://10.1.2.3/', undefined],
    ['http://192.168.0.1/', undefined],
    ['http://[::1]/', undefined],
    ['http://[::ffff:10.0.0.1]/', undefined],
    ['http://[fd00::1]/', undefined],
    ['https://user:password@example.com/', undefined],
    ['https://user@example.com/', undefined],
    ['javascript:alert(1)', undefined],
    ['tg://resolve?domain=x', undefined],
    ['not a url', undefined],
    [`https://example.com/${'x'.repeat(600)}`, undefined],
  ])('%s → %s', (raw, url) => expect(publicUrl(raw)).toBe(url));
});

describe('the builder', () => {
  it('escapes text and attributes', () => {
    expect(html.text('<b> & "x"').html).toBe('&lt;b&gt; &amp; &quot;x&quot;');
    expect(html.link('https://example.com/?a=1&b=2', 'a<b').html).toBe(
      '<a href="https://example.com/?a=1&amp;b=2">a&lt;b</a>',
    );
  });

  it('writes a link out where there is no markup, and drops one nobody can open', () => {
    expect(html.link('https://example.com', 'x').plain).toBe('x: https://example.com/');
    expect(html.link('http://localhost', 'x')).toEqual(html.text('x'));
  });

  it('isolates right-to-left lines, and only those', () => {
    expect(html.text('abc\nשלום\ndef').plain).toBe('abc\n\u2068שלום\u2069\ndef');
    expect(html.textWithin('שלום'.repeat(10), 12).plain).toBe('\u2068שלוםשלוםש…\u2069');
  });

  it('shows commands between backticks as code, and leaves a lone backtick alone', () => {
    expect(html.markedTextWithin('First: `df -h`; then `a <b>`.', 100)).toMatchObject({
      html: 'First: <code>df -h</code>; then <code>a &lt;b&gt;</code>.',
      plain: 'First: df -h; then a <b>.',
    });
    expect(html.markedTextWithin('a ` b', 100).html).toBe('a ` b');
    // Cut within a command: no half of a tag, and never longer than allowed.
    expect(html.markedTextWithin('run `docker compose ps`', 12)).toEqual(html.text('run `docker…'));
  });

  it('leaves no empty tags and no gaps', () => {
    expect(
      html.paragraphs('a', html.bold(''), undefined, html.quote('', { expandable: true }), 'b').html,
    ).toBe('a\n\nb');
  });

  it('counts what Telegram counts', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        const inner = html.line(
          html.text(a),
          ' ',
          html.code(b),
          html.link('https://example.com', html.text('&')),
        );
        const whole = html.paragraphs(
          html.bold(inner),
          html.quote(html.join(', ', [a, inner]), { expandable: true }),
        );
        expect(parseTelegramHtml(whole.html).text).toHaveLength(whole.length);
        expect(html.size(whole)).toBeGreaterThanOrEqual(whole.plain.length);
      }),
    );
  });
});
