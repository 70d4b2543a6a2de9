/** A program in Python that uses the bot's client, steered line by line. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from '../servers/service.ts';

/** The interpreter that Debian's packages belong to; another python may come first on PATH. */
export const PYTHON = '/usr/bin/python3';
/** Folder of the client, for PYTHONPATH. */
export const CLIENT_FOLDER = join(PROJECT_ROOT, 'alert-bridge/clients/python');

const DRIVER = `import asyncio, json, os, sys, threading
import expensebot_monitoring as monitoring
from expensebot_monitoring import *
for line in sys.stdin:
    try:
        answer = {"value": eval(json.loads(line))}
    except BaseException as error:
        answer = {"raised": repr(error)}
    print(json.dumps(answer, default=bool), flush=True)
`;

export interface PythonBot {
  /** Value of an expression; the client's functions are there, its module is \`monitoring\`. @throws Error when it raises */
  ask<T>(expression: string): Promise<T>;
  /** What it has logged. */
  log(): string;
  /** Closes its input, so that it ends by itself; its exit code. */
  end(): Promise<number | null>;
  kill(): void;
}

/** @param prelude statements that run before */
export function startPythonBot(env: Readonly<Record<string, string>>, prelude = ''): PythonBot {
  const child = spawn(PYTHON, ['-X', 'utf8', '-c', `${prelude}\n${DRIVER}`], {
    env: { PATH: '/usr/bin', PYTHONPATH: CLIENT_FOLDER, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const waiting: ((line: string | undefined) => void)[] = [];
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  void ended.then(() => waiting.splice(0).forEach((take) => take(undefined)));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  return {
    ask: async <T>(expression: string): Promise<T> => {
      const line = await new Promise<string | undefined>((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(expression)}\n`);
      });
      if (line === undefined) throw new Error(`The bot ended. ${log}`);
      const answer = JSON.parse(line) as { readonly value?: T; readonly raised?: string };
      if (answer.raised !== undefined) throw new Error(`${expression} raised ${answer.raised}`);
      return answer.value as T;
    },
    log: () => log,
    end: () => {
      child.stdin.end();
      return ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
