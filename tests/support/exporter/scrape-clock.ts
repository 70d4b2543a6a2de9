/**
 * Run as a process of its own, so that nothing a test does is in its figures: asks two addresses in turn, each over one connection
 * that is kept, until SIGTERM; then prints how long each answer took.
 */
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds from one moment to the next. */
const EVERY_MS = 100;

export interface Moment {
  /** Milliseconds until the whole answer was there. */
  readonly subjectMs: number;
  readonly peerMs: number;
}

async function main(subject: string, peer: string): Promise<void> {
  const agents = [
    new Agent({ keepAlive: true, maxSockets: 1 }),
    new Agent({ keepAlive: true, maxSockets: 1 }),
  ];
  const moments: Moment[] = [];
  const asked = new AbortController();
  process.once('SIGTERM', () => asked.abort());
  process.stdout.write('ready\n');
  while (!asked.signal.aborted) {
    // The peer first and last in turn: whoever is second finds the process awake.
    const peerFirst = moments.length % 2 === 0;
    const early = peerFirst ? await askFor(peer, agents[1]) : 0;
    const subjectMs = await askFor(subject, agents[0]);
    moments.push({ subjectMs, peerMs: peerFirst ? early : await askFor(peer, agents[1]) });
    await delay(EVERY_MS);
  }
  for (const agent of agents) agent.destroy();
  process.stdout.write(`${JSON.stringify(moments)}\n`);
}

function askFor(url: string, agent: Agent | undefined): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - startedMs);
        else reject(new Error(`${url} answers ${response.statusCode ?? 'nothing'}`));
      });
    }).on('error', reject);
  });
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
