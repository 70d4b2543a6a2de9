/** The lines of tests/support/documents/dotenv-lines.ts before Compose itself, where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DOTENV_LINES, DOTENV_PROCESS } from '../support/documents/dotenv-lines.ts';
import { composeCommand } from './compose-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'dotenv-'));
afterAll(() => rmSync(folder, { recursive: true }));

function config(): { code: number | null; output: string } {
  const [program = '', ...args] = composeCommand ?? [];
  const env = { ...process.env, ...DOTENV_PROCESS, HOME: folder };
  const ended = spawnSync(program, [...args, 'config', '--format', 'json'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { code: ended.status, output: ended.stdout };
}

describe.runIf(composeCommand !== undefined)('Docker Compose reads', () => {
  it.each(DOTENV_LINES.map(({ text, values }) => [JSON.stringify(text), text, values] as const))(
    'the line as the table says: %s',
    (_shown, text, values) => {
      writeFileSync(join(folder, '.env'), text);
      writeFileSync(
        join(folder, 'compose.yml'),
        'services:\n  a:\n    image: a\n    env_file: .env\n    network_mode: none\n',
      );
      const { code, output } = config();
      if (values === undefined) {
        expect(code).not.toBe(0);
        return;
      }
      const read = JSON.parse(output) as { services: { a: { environment?: Record<string, string> } } };
      const unescaped = Object.entries(read.services.a.environment ?? {}).map(
        ([name, value]) => [name, value.replaceAll('$$', '$')] as const,
      );
      expect(Object.fromEntries(unescaped)).toEqual(values);
    },
  );
});
