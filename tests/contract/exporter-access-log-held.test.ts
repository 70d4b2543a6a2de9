/** What is done to a log's name, and to the log, while the exporter has it open. Files written here, as nginx would write them. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { watchLog, type Watched } from '../support/exporter/access-log.ts';
import { until } from '../support/machine/until.ts';

const MINUTE_MS = 60_000;

let folder: string;
let log: string;
let watched: Watched;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'access-log-held-'));
  log = join(folder, 'access.log');
  write(3);
  watched = start();
  await watched.run();
});
afterEach(() => {
  watched.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Watched => watchLog(log, join(folder, 'state.sqlite'));
let written = 0;
function write(count: number, to = log): void {
  for (let n = 0; n < count; n += 1) {
    const request = `"GET /page/${(written += 1)} HTTP/1.1" 200 612 "-" "test"`;
    appendFileSync(to, `203.0.113.7 - - [30/Nov/2026:06:00:00 +0000] ${request}\n`);
  }
}

const REMOVED = {
  tried: 'A log renamed, then removed while nginx still writes to it, before its last lines were read',
  held: 'every line counted: the exporter has the file open',
};
it('a log that is renamed and removed is read to its end', { meta: REMOVED }, async () => {
  const nginx = join(folder, 'hard-link');
  execFileSync('ln', [log, nginx]);
  write(2);
  rmSync(log);
  write(4, nginx);
  expect(await watched.run()).toMatchObject({
    total: 6,
    error: expect.stringContaining('no file') as string,
  });
  write(1, nginx);
  write(5);
  expect(await watched.run()).toMatchObject({ total: 12, error: undefined });
});

it('one that is compressed as no reader knows it is read all the same', async () => {
  write(2);
  renameSync(log, `${log}.1`);
  write(3, `${log}.1`);
  execFileSync('xz', [`${log}.1`]);
  write(4);
  expect(await watched.run()).toMatchObject({ total: 9, error: undefined });
});

it('several rotations between two readings, the older ones compressed', async () => {
  write(2);
  for (const lines of [3, 4, 5]) {
    for (const n of [3, 2, 1]) {
      for (const end of ['', '.gz'])
        if (readdirSync(folder).includes(`access.log.${n}${end}`))
          renameSync(`${log}.${n}${end}`, `${log}.${n + 1}${end}`);
    }
    renameSync(log, `${log}.1`);
    if (lines > 3) execFileSync('gzip', [`${log}.2`]);
    write(lines);
  }
  expect(await watched.run()).toMatchObject({ total: 14, error: undefined });
});

const LATE = {
  tried: 'A worker of nginx that writes to the rotated log long after the others have reopened theirs',
  held: 'its lines are counted too',
};
it('a worker that is late is heard', { meta: LATE }, async () => {
  renameSync(log, `${log}.1`);
  write(2);
  expect((await watched.run()).total).toBe(2);
  write(3, `${log}.1`);
  expect((await watched.run()).total).toBe(5);
  write(1, `${log}.1`);
  write(1);
  expect(await watched.run()).toMatchObject({ total: 7, error: undefined });
});

it('one that never reopens its log holds the new one up for a minute', async () => {
  renameSync(log, `${log}.1`);
  write(2);
  write(1, `${log}.1`);
  expect((await watched.run(0)).total).toBe(1);
  // Not quiet a minute later: written to in the future.
  execFileSync('touch', ['-d', '+61 seconds', `${log}.1`]);
  expect((await watched.run(MINUTE_MS + 1_000)).total).toBe(3);
  write(1, `${log}.1`);
  expect((await watched.run(MINUTE_MS + 1_000)).total).toBe(4);
});

it('a file is let go of in the end', async () => {
  const held = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(log);
      } catch {
        return false;
      }
    }).length;
  expect(held()).toBe(1);
  renameSync(log, `${log}.1`);
  write(1);
  await watched.run();
  expect(held()).toBe(2);
  await watched.run(2 * MINUTE_MS);
  expect(held()).toBe(1);
  watched.close();
  await until(held, (count) => count === 0, { timeoutMs: 200_000, what: 'no open log' });
});

it('moved to another disk with a link in its place, it goes on where it was', async () => {
  write(2);
  await watched.run();
  const moved = join(folder, 'disk', 'access.log');
  mkdirSync(join(folder, 'disk'));
  copyFileSync(log, moved);
  rmSync(log);
  symlinkSync(moved, log);
  write(3);
  expect(await watched.run()).toMatchObject({ total: 5, error: undefined });
  // Rotated there, while nobody reads.
  watched.close();
  renameSync(moved, `${moved}.1`);
  write(4);
  watched = start();
  expect(await watched.run()).toMatchObject({ total: 9, error: undefined });
});

it('a log that stays away is told after a minute, and read when it comes', async () => {
  write(2);
  renameSync(log, `${log}.1`);
  expect(await watched.run(0)).toMatchObject({ total: 2, error: undefined });
  const away = await watched.run(MINUTE_MS + 1_000);
  expect(away).toMatchObject({ total: 2, error: expect.stringContaining('there is no file') as string });
  write(3);
  expect(await watched.run(MINUTE_MS + 1_000)).toMatchObject({ total: 5, error: undefined });
});

it('emptied and written to again up to the very same size, and beyond', async () => {
  for (const lines of [3, 9]) {
    const { total } = await watched.run();
    const unread = 2;
    write(unread);
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    write(lines);
    expect(await watched.run()).toMatchObject({ total: total + unread + lines, error: undefined });
  }
});

it('one that is cut short goes on at its new end', async () => {
  write(20);
  const { size } = statSync(log);
  write(2);
  expect((await watched.run()).total).toBe(22);
  truncateSync(log, size);
  expect((await watched.run()).total).toBe(22);
  write(1);
  expect(await watched.run()).toMatchObject({ total: 23, unparsed: 0, error: undefined });
});

const FORBIDDEN = {
  tried: 'A new log that the exporter may not read',
  held: 'what was read before is counted and kept, and the new log from its first line once it may be read',
};
it('the new log may not be read: the old one counts', { meta: FORBIDDEN }, async () => {
  chmodSync(folder, 0o777);
  write(2);
  renameSync(log, `${log}.1`);
  write(3);
  chmodSync(log, 0o000);
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) process.seteuid?.(65_534);
    const run = await watched.run();
    expect(run).toMatchObject({ total: 2, error: expect.stringContaining('may not be read') as string });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  watched.close();
  chmodSync(log, 0o644);
  watched = start();
  expect(await watched.run()).toMatchObject({ total: 5, error: undefined });
});

it('first started while nginx has not begun the new log: it begins at the end of the old one', async () => {
  watched.close();
  rmSync(join(folder, 'state.sqlite'));
  renameSync(log, `${log}.1`);
  writeFileSync(log, '');
  watched = start();
  expect((await watched.run()).total).toBe(0);
  write(2, `${log}.1`);
  watched.close();
  watched = start();
  expect((await watched.run()).total).toBe(2);
  write(3);
  expect(await watched.run()).toMatchObject({ total: 5, error: undefined });
});
