/** `npm run demo:break NAME` */
import { readTroubleArguments } from './arguments.ts';
import { askDemo } from './control.ts';
import { surroundings, tellFailure } from './terminal.ts';

try {
  const { folder, name } = readTroubleArguments('break', process.argv.slice(2), surroundings());
  console.log(await askDemo(folder, 'break', name));
} catch (error) {
  process.exitCode = tellFailure(error);
}
