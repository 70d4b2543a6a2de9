/** Starts what `metrics-subject.ts` offers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../support/servers/folders.ts';
import { freePort } from '../../support/servers/ports.ts';
import { httpProbe, startServer, type Server } from '../../support/servers/process.ts';
import { PROJECT_ROOT } from '../../support/servers/service.ts';
import { FAMILY } from './series.ts';

const SUBJECT = join(PROJECT_ROOT, 'tests/bench/support/metrics-subject.ts');

export type SubjectKind = 'exporter' | 'restless' | 'prom-client' | 'bare';

export async function startSubject(kind: SubjectKind, argument: string): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: `bench ${kind}`,
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), SUBJECT, kind, String(port), argument],
    env: { NODE_ENV: 'production' },
    host: '127.0.0.1',
    port,
    url,
    folder: makeTemporaryFolder(),
    keepFolder: false,
    probe: httpProbe(`${url}/metrics`),
  });
}

export const scrape = async ({ url }: Server): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** Ratios between servers that serve different things would say nothing. */
export function assertSeries(text: string, expected: number): void {
  const found = countSeries(text, FAMILY.name);
  if (found !== expected) {
    throw new Error(`${found} series of ${FAMILY.name} are served instead of ${expected}`);
  }
}

/** Of a metric with labels. */
export const countSeries = (text: string, metric: string): number => text.split(`\n${metric}{`).length - 1;

/** For the subject `bare`: path of a file that holds the text. */
export function keepBytes(text: string): string {
  const path = join(makeTemporaryFolder(), 'metrics.txt');
  writeFileSync(path, text);
  return path;
}

/** Node.js with an HTTP server that sends the bytes of a file, without a loader: as little as there is. */
export async function startBare(path: string): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = `require('node:http').createServer((q, r) => r.end(require('node:fs').readFileSync(${JSON.stringify(path)}))).listen(${port}, '127.0.0.1')`;
  return startServer({
    name: 'node:http',
    command: process.execPath,
    args: ['-e', program],
    host: '127.0.0.1',
    port,
    url,
    folder: makeTemporaryFolder(),
    keepFolder: false,
    probe: httpProbe(url),
  });
}
