import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakable, html } from '../../../../exporter/pages/html.ts';

const CHARACTERS = fc.constantFrom('<', '>', '&', '"', "'", '`', '\\', ';', '#', 'a', '\n', '\0', '\u202e');

describe('html', () => {
  it('escapes what is put in, and leaves templates and lists of them as they are', () => {
    const inner = html`<b>${'<&>"\''}</b>`;
    expect(html`<p title="${'"'}">${[inner, 1, undefined, false, 'x']}</p>`.toString()).toBe(
      '<p title="&quot;"><b>&lt;&amp;&gt;&quot;&#39;</b>1x</p>',
    );
  });

  it('takes characters out that turn or hide text', () => {
    expect(html`${'a\u202eb\u0000c\u200bd'}`.toString()).toBe('abcd');
  });

  it('lets no text end a tag, an attribute or begin an entity', () => {
    fc.assert(
      fc.property(fc.string({ unit: CHARACTERS }), (text) => {
        expect(html`${text}`.toString()).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

it('a name breaks after its marks only, and stays the same text', () => {
  expect(breakable('a.b_<c').toString()).toBe('a.<wbr />b_<wbr />&lt;c');
});
