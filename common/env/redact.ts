import { loadEnvironment } from './load.ts';
import { createRedactor } from '../redact/redact.ts';
import { environmentSecrets } from '../redact/environment.ts';

/** Takes the secrets of this process's environment out of what is printed before, or without, a log. Never throws. */
export function redactEnvironment(text: string): string {
  const { values } = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  return createRedactor(environmentSecrets(values)).text(text);
}
