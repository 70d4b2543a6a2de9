import { HANG_UP, terminationRequested } from '../common/process/shutdown.ts';
import { exitCodeOf, SERVICES, spawnService } from './services.ts';

/** `npm start`: both services until Ctrl-C. When one ends, so does the other: half a monitoring looks like a whole one. */
const children = SERVICES.map((name) => {
  const child = spawnService(name);
  return { name, child, exit: exitCodeOf(child) };
});

// The services take SIGHUP for a wish to reload: without this they would outlive a closed terminal.
const isAskedToEnd = terminationRequested(HANG_UP).then(() => undefined);
const firstExit = children.map(({ name, exit }) => exit.then((code) => ({ name, code })));
const ended = await Promise.race([isAskedToEnd, ...firstExit]);
if (ended !== undefined) {
  process.stderr.write(`${ended.name} has ended with code ${ended.code}; stopping the other service.\n`);
}
for (const { child } of children) child.kill('SIGTERM');
const codes = await Promise.all(children.map(({ exit }) => exit));
process.exit(Math.max(ended === undefined ? 0 : 1, ...codes));
