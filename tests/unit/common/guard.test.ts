import { expect, it } from 'vitest';
import { EnvReader } from '../../../common/env/reader.ts';
import { isInNetworks } from '../../../common/http/guard.ts';

const networks = new EnvReader({
  values: { ALLOWED_NETWORKS: '127.0.0.0/8,10.0.0.0/8,::1,fc00::/7' },
  problems: [],
}).networks('ALLOWED_NETWORKS');

it.each([
  ['127.0.0.1', true],
  ['10.255.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['::1', true],
  ['fd00::1%eth0', true],
  ['11.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['2001:db8::1', false],
  ['', false],
  ['10.0.0.1, 8.8.8.8', false],
  [undefined, false],
])('%s is allowed: %s', (address, allowed) => {
  expect(isInNetworks(address, networks)).toBe(allowed);
});
