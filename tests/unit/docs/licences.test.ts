/** Everything that comes along in production stands under a licence that lets anybody use, change and pass on the whole. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}
const { packages } = JSON.parse(
  readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
) as {
  packages: Record<string, Locked>;
};
/** An expression of SPDX is good when one side of its OR is: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);
const EXCEPTIONS: readonly (readonly [RegExp, licence: string, why: string])[] = [
  [/^@resvg\/resvg-js/, 'MPL-2.0', 'asks for the source of its own files alone, and we change none'],
  [
    /^dejavu-fonts-ttf$/,
    'SEE LICENSE IN README.md AND LICENSE',
    "Bitstream Vera's: free to use, embed and pass on",
  ],
];

const isAllowed = (name: string, licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => ALLOWED.has(one)) ||
  EXCEPTIONS.some(([names, excepted]) => names.test(name) && excepted === licence);

const production = Object.entries(packages)
  .filter(([path, { dev = false, link = false }]) => path !== '' && !dev && !link)
  .map(([path, { license = '' }]) => [path.replace(/^.*node_modules\//, ''), license] as const);

it('is known of every package', () => {
  expect(production.length).toBeGreaterThan(150);
  expect(production.filter(([name, licence]) => !isAllowed(name, licence))).toEqual([]);
});

it('would be told of one that is not free', () => {
  // That of Sentry's command line, which common/sentry/no-bundler-plugins keeps out.
  expect(isAllowed('sentry', 'FSL-1.1-Apache-2.0')).toBe(false);
  expect(isAllowed('one', 'MPL-2.0')).toBe(false);
  expect(isAllowed('one', '')).toBe(false);
  expect(isAllowed('one', '(WTFPL OR MIT)')).toBe(true);
});

it('has no exception that nobody needs', () => {
  for (const [names, licence] of EXCEPTIONS)
    expect(production.some(([name, found]) => names.test(name) && found === licence)).toBe(true);
});
