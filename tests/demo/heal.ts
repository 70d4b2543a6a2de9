/** `npm run demo:heal NAME` */
import { readTroubleArguments } from './arguments.ts';
import { askDemo } from './control.ts';
import { surroundings, tellFailure } from './terminal.ts';

try {
  const { folder, name } = readTroubleArguments('heal', process.argv.slice(2), surroundings());
  console.log(await askDemo(folder, 'heal', name));
} catch (error) {
  process.exitCode = tellFailure(error);
}
