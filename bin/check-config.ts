import { formatWarnings } from '../common/config/problem.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { exitCodeOf, SERVICES, spawnService } from './services.ts';

/**
 * `npm run check-config`: reads the configuration of both services, says what is wrong with either, starts nothing.
 * `-- --explain payload.json`: says as well what the alert bridge would make of that payload.
 */
const args = process.argv.slice(2);
process.stdout.write(formatWarnings(loadEnvironment({ env: process.env, dotenvPath: '.env' }).warnings));
let worst = 0;
for (const name of SERVICES)
  worst = Math.max(worst, await exitCodeOf(spawnService(name, ['--check-config', ...args])));
process.exit(worst);
