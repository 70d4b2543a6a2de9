import { readFileSync } from 'node:fs';
import { getDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NEXT_ADDRESS_AFTER_MS } from '../../../common/clients/next-address.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Every program that connects; the others only start them. */
it.each([
  'exporter/main.ts',
  'alert-bridge/main.ts',
  'common/sentry/instrument.ts',
  'bin/doctor.ts',
  'bin/forget.ts',
])('%s gives each address its time before anything connects', (path) => {
  const [first] = readFileSync(join(ROOT, path), 'utf8').matchAll(/^import .*$/gm);
  expect(first?.[0]).toMatch(/^import '\.\.\/(\.\.\/)?(common\/)?clients\/next-address\.ts';$/);
});

it('holds for every connection of the process', () => {
  expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(NEXT_ADDRESS_AFTER_MS);
});
