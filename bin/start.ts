import { terminationRequested } from '../common/shutdown.ts';
import { ended, SERVICES, spawnService } from './services.ts';

/** `npm start`: both services until Ctrl-C. When one ends, so does the other: half a monitoring looks like a whole one. */
const children = SERVICES.map((name) => {
  const child = spawnService(name);
  return { name, child, exit: ended(child) };
});

const isAskedToEnd = terminationRequested().then(() => true);
const firstExit = children.map(({ name, exit }) =>
  exit.then((code) => {
    process.stderr.write(`${name} has ended with code ${code}; stopping the other service.\n`);
    return false;
  }),
);
const wasAsked = await Promise.race([isAskedToEnd, ...firstExit]);
for (const { child } of children) child.kill('SIGTERM');
const codes = await Promise.all(children.map(({ exit }) => exit));
process.exit(wasAsked ? Math.max(...codes) : Math.max(1, ...codes));
