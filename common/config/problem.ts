import { OperatorError } from '../process/operator-error.ts';

/** One thing wrong with the configuration, said so that the reader can mend it. */
export interface ConfigProblem {
  /** Name of the variable, or file and path of the key: `DB_PORT`, `exporter/config.yml: probes.disk.minFreeBytes`. */
  readonly name: string;
  /** What was received, already safe to print; undefined when nothing was. */
  readonly received?: string | undefined;
  /** What to do about it: a sentence that starts with a verb. */
  readonly fix: string;
}

/** All problems of a configuration at once. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
  /** The contract's exit code for a refused configuration. */
  override readonly exitCode = 2;
  readonly problems: readonly ConfigProblem[];

  /** @param service whose configuration it is, for a person who reads of two at once */
  constructor(service: 'exporter' | 'alert-bridge', problems: readonly ConfigProblem[]) {
    super(formatProblems(service, problems));
    this.problems = problems;
  }
}

/** One line each, in the same words; for a person who starts nothing yet. */
export const formatWarnings = (warnings: readonly ConfigProblem[]): string =>
  warnings.map(({ name, fix }) => `warning: ${name}: ${fix}\n`).join('');

export function formatProblems(service: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map(({ name, received, fix }) => {
    const got = received === undefined ? '' : ` received ${received};`;
    return `  ${name}:${got} ${fix}`;
  });
  return `The configuration of the ${service} has ${count}:\n${lines.join('\n')}`;
}
