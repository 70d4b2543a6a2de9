import { exitCodeOf, SERVICES, spawnService } from './services.ts';

/** `npm run check-config`: reads the configuration of both services, says what is wrong with either, starts nothing. */
let worst = 0;
for (const name of SERVICES)
  worst = Math.max(worst, await exitCodeOf(spawnService(name, ['--check-config'])));
process.exit(worst);
