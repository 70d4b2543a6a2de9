/** Runs `npm run doctor` from the build, with nothing but this environment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../servers/service.ts';

export interface DoctorRun {
  readonly code: number;
  readonly output: string;
}

/** @param folder where it is run, without a `.env` */
export function runDoctor(
  env: Readonly<Record<string, string>>,
  folder: string,
  args: readonly string[] = [],
): Promise<DoctorRun> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(PROJECT_ROOT, 'dist/bin/doctor.js'), ...args],
      { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 170_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code !== 'number') reject(new Error('the doctor did not run', { cause: error }));
        else resolve({ code, output: stdout + stderr });
      },
    );
  });
}

/** The line of a check: what it says, without its sign. */
export function lineOf({ output }: DoctorRun, name: string): string | undefined {
  const line = output.split('\n').find((one) => one.slice(14).startsWith(`${name} `));
  return line?.trim().replace(/ {2,}/g, '  ');
}
