/** Histories of a log that nobody has thought of: written, rotated, copied and emptied, read, begun anew. Every line counts once. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { watchLog, type Watched } from '../support/exporter/access-log.ts';

const STEPS = [
  'write',
  'read',
  'rename',
  'rename, nginx late',
  'copytruncate',
  'compress',
  'restart',
] as const;
type Step = (typeof STEPS)[number];

/** What nginx and logrotate do, and how many lines there are. */
function createWorld(folder: string) {
  const log = join(folder, 'access.log');
  /** What nginx has open. */
  let open = log;
  let written = 0;

  const write = (): void => {
    const lines = 1 + (written % 7);
    for (let n = 0; n < lines; n += 1) {
      written += 1;
      const request = `"GET /page/${written} HTTP/1.1" 200 612 "-" "test"`;
      appendFileSync(open, `203.0.113.7 - - [30/Nov/2026:06:00:00 +0000] ${request}\n`);
    }
  };
  /** `.1` becomes `.2`, and so on. */
  const shift = (): void => {
    const names = readdirSync(folder).filter((name) => /^access\.log\.\d+(\.gz)?$/.test(name));
    const numbered = names.map((name) => Number(/\.(\d+)/.exec(name)?.[1]));
    for (const number of numbered.sort((a, b) => b - a))
      for (const end of ['', '.gz']) {
        const name = `${log}.${number}${end}`;
        if (existsSync(name)) renameSync(name, `${log}.${number + 1}${end}`);
        if (open === name) open = `${log}.${number + 1}`;
      }
  };
  const rename = (): void => {
    shift();
    renameSync(log, `${log}.1`);
    if (open === log) open = `${log}.1`;
    writeFileSync(log, '');
  };
  const steps: Readonly<Record<Exclude<Step, 'read' | 'restart'>, () => void>> = {
    write,
    rename: () => {
      rename();
      open = log;
    },
    'rename, nginx late': rename,
    copytruncate: () => {
      open = log;
      shift();
      copyFileSync(log, `${log}.1`);
      truncateSync(log);
    },
    compress: () => {
      // Nothing is compressed that nginx has open: delaycompress is for that.
      for (const name of readdirSync(folder).filter((one) => /^access\.log\.\d+$/.test(one)))
        if (join(folder, name) !== open) execFileSync('gzip', [join(folder, name)]);
    },
  };
  writeFileSync(log, '');
  write();
  return {
    log,
    first: written,
    do: (step: keyof typeof steps) => steps[step](),
    reopen: () => void (open = log),
    written: () => written,
  };
}

/** Until a run finds nothing more: each goes on by what the one before has left. */
async function readAll(watched: Watched): Promise<number> {
  for (let before = -1; ;) {
    const { total, unparsed, error } = await watched.run();
    expect({ unparsed, error }).toEqual({ unparsed: 0, error: undefined });
    if (total === before) return total;
    before = total;
  }
}

async function live(history: readonly Step[]): Promise<{ counted: number; written: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-history-'));
  const world = createWorld(folder);
  const start = (): Watched => watchLog(world.log, join(folder, 'state.sqlite'));
  let watched = start();
  try {
    await watched.run();
    for (const step of history) {
      if (step === 'read') {
        await watched.run();
      } else if (step === 'restart') {
        watched.close();
        watched = start();
      } else {
        world.do(step);
      }
    }
    // nginx has reopened its log in the end, and somebody asks for a page.
    world.reopen();
    world.do('write');
    return { counted: await readAll(watched), written: world.written() - world.first };
  } finally {
    watched.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const MEANT = {
  tried:
    'Any history of a log: written, renamed, copied and emptied, compressed, read, the exporter restarted, nginx late to reopen',
  held: 'every line counted exactly once',
};
it('every line of any history is counted once', { meta: MEANT, timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 14 }), async (history) => {
      const { counted, written } = await live(history);
      expect(counted).toBe(written);
    }),
    { numRuns: process.env['TEST_LONG'] === undefined ? 60 : 1_000 },
  );
});
