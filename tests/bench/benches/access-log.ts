/** Reading an access log against mtail with a program that counts the same, the same file in the same run. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Reader from '../../../exporter/access-log/reader.ts';
import { FORMAT } from '../../support/exporter/access-log.ts';
import { runTool } from '../../support/machine/run-tool.ts';
import type { Bench, Prepared } from '../harness.ts';
import { accessLogLine, MTAIL_PROGRAM } from '../support/access-log.ts';
import { compiled } from '../support/compiled.ts';

const PEER = 'mtail';
const LINES = 1_000_000;
const LINES_AT_ONCE = 10_000;

export const accessLog: Bench = {
  name: 'access-log',
  needs: ['mtail'],
  unit: 'lines/s',
  rounds: 3,
  prepare: async (): Promise<Prepared> => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-access-log-'));
    const log = join(folder, 'access.log');
    const program = join(folder, 'nginx.mtail');
    writeLog(log);
    writeFileSync(program, MTAIL_PROGRAM);
    const { createAccessLogReader } = await compiled<typeof Reader>('exporter/access-log/reader.ts');

    /** Requests as each of them counts them: different counts were not the same work. */
    const totals = new Set<number>();
    return {
      subjects: {
        exporter: async () => {
          const startedAt = performance.now();
          const reader = createAccessLogReader(
            log,
            {
              ...FORMAT,
              format: 'combined_time',
              ignore: ['/health', '/static/', '/media/', '/favicon.ico'],
            },
            fromItsBeginning(log),
          );
          await reader.read({ now: Date.now(), isTimeUp: () => false });
          const seconds = (performance.now() - startedAt) / 1_000;
          const { requests } = reader.tally.save();
          totals.add(requests.reduce((total, { count }) => total + count, 0));
          return LINES / seconds;
        },
        [PEER]: async () => {
          const startedAt = performance.now();
          const settings = ['--one_shot', '--one_shot_format=prometheus', `--log_dir=${folder}`];
          const { output } = await runTool(
            'mtail',
            [...settings, `--progs=${program}`, `--logs=${log}`],
            folder,
          );
          const seconds = (performance.now() - startedAt) / 1_000;
          const counts = [...output.matchAll(/^http_requests_total\{.*\} (\d+)$/gm)];
          totals.add(counts.reduce((total, [, count]) => total + Number(count), 0));
          return LINES / seconds;
        },
      },
      comparisons: [{ name: 'access-log', subject: 'exporter', peer: PEER, goal: { ratio: 2 } }],
      close: () => {
        rmSync(folder, { recursive: true, force: true });
        if (totals.size !== 1) throw new Error(`They did not count the same: ${[...totals].join(', ')}`);
        return Promise.resolve();
      },
    };
  },
};

function writeLog(path: string): void {
  const file = openSync(path, 'w');
  for (let first = 0; first < LINES; first += LINES_AT_ONCE) {
    writeSync(file, Array.from({ length: LINES_AT_ONCE }, (_, n) => accessLogLine(first + n)).join(''));
  }
  closeSync(file);
}

const fromItsBeginning = (log: string): Parameters<typeof Reader.createAccessLogReader>[2] => ({
  log,
  position: {
    inode: statSync(log).ino,
    offset: 0,
    fingerprint: { length: 0, sha256: NO_BYTES_SHA256 },
    isSkipping: false,
    mtimeMs: 0,
  },
  tally: { requests: [], durations: [], unparsed: 0 },
  window: [],
});

const NO_BYTES_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
