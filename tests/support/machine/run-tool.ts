import { execFile } from 'node:child_process';
import { requireProgram } from '../servers/process.ts';

export interface ToolResult {
  readonly code: number;
  /** Standard output and standard error together. */
  readonly output: string;
}

/** promtool prints what every question is answered with. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs an installed tool to its end, whatever its exit code. Rejects when it cannot be started or is killed. */
export function runTool(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    execFile(
      requireProgram([program]),
      args,
      { cwd, env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        const output = stdout + stderr;
        if (error === null) resolve({ code: 0, output });
        else if (typeof error.code === 'number') resolve({ code: error.code, output });
        else reject(new Error(`${program} ${args.join(' ')} did not run`, { cause: error }));
      },
    );
  });
}
