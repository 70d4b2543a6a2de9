import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { holderOf, listFileSystems } from '../../exporter/collectors/file-systems.ts';

it('finds the file system of every path that is there, mounted where df sees it or not', async () => {
  const found = await listFileSystems(['/', tmpdir(), '/nonexistent/and/never/there']);
  for (const path of ['/', tmpdir()]) {
    const { bsize, blocks } = statfsSync(path);
    const size = holderOf(path, found)?.size ?? 0;
    // df counts in blocks of 1024 bytes.
    expect(Math.abs(size - blocks * bsize)).toBeLessThan(4096);
  }
});

it('measures a path that no mount holds, and leaves out one that is not there', async () => {
  expect(
    holderOf('/mnt/volume', [{ mount: '/dev', type: 'devtmpfs', size: 1, used: 0, available: 1 }]),
  ).toBeUndefined();
  const found = await listFileSystems(['/nonexistent/and/never/there']);
  expect(found.some(({ mount }) => mount.startsWith('/nonexistent'))).toBe(false);
});
