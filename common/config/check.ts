import { redactEnvironment } from '../env/redact.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';

/** What a closer look at a configuration tells beside whether it is valid. */
export interface ConfigReport {
  readonly lines: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Ends the process here, with code 0, when it was started only to read its configuration (`--check-config`).
 * @param lookCloser asks what the configuration speaks of; what cannot be reached is told, and is no fault of the file
 * @throws ConfigError with the problems of that look
 */
export async function endIfOnlyChecking(
  service: 'exporter' | 'alert-bridge',
  lookCloser?: () => Promise<ConfigReport>,
): Promise<void> {
  if (!process.argv.includes('--check-config')) return;
  const { lines, problems } = (await lookCloser?.()) ?? { lines: [], problems: [] };
  if (problems.length > 0) throw new ConfigError(service, problems);
  for (const line of [...lines, 'the configuration is valid.'])
    process.stdout.write(`${service}: ${redactEnvironment(line)}\n`);
  process.exit(0);
}
