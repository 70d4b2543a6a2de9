/** `npm run demo`: the whole chain on this machine, on real servers and invented data, until Ctrl-C. */
import { systemClock } from '../../common/time/clock.ts';
import { HANG_UP, terminationRequested } from '../../common/process/shutdown.ts';
import { ensurePackages, realSystem } from '../support/install.ts';
import { PROFILES } from '../support/machine/packages.ts';
import { assertPortsFree, urlOf } from './addresses.ts';
import { DemoError, readDemoArguments } from './arguments.ts';
import type { DemoArguments } from './arguments.ts';
import { Running, startChain } from './chain.ts';
import { startControl } from './control.ts';
import type { DemoFolder } from './folder.ts';
import { openDemoFolder } from './folder.ts';
import { prometheusAddress, waitUntilWhole } from './ready.ts';
import { explainFullDisk } from './room.ts';
import { surroundings, tellFailure } from './terminal.ts';
import type { Troubles } from './troubles.ts';
import { createTroubles } from './troubles.ts';

/** From the signal to the exit a person is promised five seconds. */
const CLOSE_DEADLINE_MS = 4000;
const LOOK_EVERY_MS = 500;

const clock = systemClock;
const { project } = surroundings();
const stopping = new AbortController();
// A terminal that is closed asks to end as Ctrl-C does, and takes no more lines.
void terminationRequested(HANG_UP).then(() => stopping.abort());
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stopping.abort());

/** A function, because it changes while others are awaited. */
const isStopping = (): boolean => stopping.signal.aborted;

const say = (line: string): void => {
  console.log(`[${(performance.now() / 1000).toFixed(1).padStart(5)} s] ${line}`);
};

async function main(args: DemoArguments): Promise<number> {
  await ensurePackages(PROFILES.demo, { ...realSystem(), say });
  if (isStopping()) return 0;
  const folder = await openDemoFolder(args.folder, args.fresh);
  await assertPortsFree();
  const running = new Running();
  try {
    // Not awaited past a signal: a step under way ends with what it uses, or with this process.
    await Promise.race([run(args, folder, running), aborted(stopping.signal)]);
    return 0;
  } catch (error) {
    if (isStopping()) return 0;
    return tellFailure(explainFullDisk(error, args.folder));
  } finally {
    say('Stopping everything ...');
    await running.close(CLOSE_DEADLINE_MS);
    folder.release();
    say('Stopped.');
  }
}

async function run(args: DemoArguments, folder: DemoFolder, running: Running): Promise<void> {
  const { signal } = stopping;
  say(`Data and logs are in ${folder.path}.`);
  const options = { folder, project, locale: args.locale, clock, say, signal };
  const chain = await startChain(options, running).catch((error: unknown) => {
    if (isStopping() || error instanceof DemoError) throw error;
    throw new DemoError(
      `The demo could not start. ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  });
  await waitUntilWhole(chain.telegram, clock, signal);
  const troubles = createTroubles(chain);
  running.users.push(await startControl(folder.path, troubles.list));
  say('Ready.');
  console.log(guide(args, troubles, await prometheusAddress(signal)));
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    const dead = running.servers.find((server) => !server.running && !troubles.isMeantToBeDown(server));
    if (dead !== undefined && !isStopping()) {
      const lastLines = dead.logs().trim().split('\n').slice(-5).join('\n');
      throw new DemoError(
        `${dead.name} has ended by itself, so the demo ends too. Its last output:\n${lastLines}`,
      );
    }
  }
}

function guide({ locale, folder }: DemoArguments, { list }: Troubles, prometheus: string): string {
  const names = list.map(({ name }) => name).join(', ');
  return `
  Open     the chat        ${urlOf('telegram')}/?lang=${locale}    (it can be answered: /status, the buttons)
           status page     ${urlOf('exporter')}/
           Celery          ${urlOf('exporter')}/celery
           Prometheus      ${prometheus}
           Alertmanager    ${urlOf('alertmanager')}/api/v2/alerts
           what was told   ${urlOf('bridge')}/api/v1/signals
           for programs    ${urlOf('exporter')}/health, ${urlOf('exporter')}/metrics, ${urlOf('bridge')}/metrics

  Break    npm run demo:break redis       (in another terminal; also: ${names})
  Heal     npm run demo:heal redis

  Rules, routes and checks are the project's own, with shorter waits: what takes a minute in production takes
  ten seconds here, and the same alert is told anew after one minute instead of thirty.
  Logs: ${folder}/exporter/log and ${folder}/bridge/log.  Ctrl-C stops everything; the data stay.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

try {
  const args = readDemoArguments(process.argv.slice(2), surroundings());
  process.exit(await main(args).catch((error: unknown) => tellFailure(explainFullDisk(error, args.folder))));
} catch (error) {
  process.exit(tellFailure(error));
}
