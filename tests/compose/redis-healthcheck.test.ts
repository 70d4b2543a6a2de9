import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../support/machine/run-tool.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { Server } from '../support/servers/process.ts';
import { service } from './compose-file.ts';

const password = 'right-password';
let redis: Server;
beforeAll(async () => {
  redis = await startRedis({ password });
});
afterAll(async () => {
  await redis.close();
});

/** The healthcheck of docker-compose.yml as the container runs it, on the port of the test's Redis. */
function check(auth: string, without: readonly string[] = []): Promise<{ code: number; output: string }> {
  const [kind, program = '', ...args] = service('redis').healthcheck?.test ?? [];
  expect(kind).toBe('CMD');
  const kept = args.filter((arg) => !without.includes(arg));
  return runTool(program, ['-h', '127.0.0.1', '-p', String(redis.port), ...kept], process.cwd(), {
    REDISCLI_AUTH: auth,
  });
}

describe('the healthcheck of redis', () => {
  it('passes with the password', async () => {
    expect(await check(password)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\n$/) as string,
    });
  });

  it.each(['wrong-password', ''])('fails with the password «%s»', async (auth) => {
    const { code, output } = await check(auth);
    expect(output).toContain('NOAUTH');
    expect(code).not.toBe(0);
  });

  it('would pass on a refused password without -e', async () => {
    const { code, output } = await check('wrong-password', ['-e']);
    expect(output).toContain('NOAUTH');
    expect(code).toBe(0);
  });

  it('gets its password from the same variable as the server', () => {
    const { command, environment } = service('redis');
    expect(environment).toEqual({ REDISCLI_AUTH: '${REDIS_PASSWORD:-}' });
    expect(command).toEqual(
      expect.arrayContaining(['--requirepass', environment?.['REDISCLI_AUTH'] ?? 'none']),
    );
  });

  it.each([
    ['', '', 2],
    ['a', '', 2],
    ['', 'a', 2],
    ['a', 'b', 0],
  ])('is of a server that is not started with the passwords «%s» and «%s»: %i', async (db, cache, code) => {
    expect(service('redis').depends_on).toEqual({
      'check-passwords': { condition: 'service_completed_successfully' },
    });
    const { command = [], environment } = service('check-passwords');
    expect(environment).toEqual({
      DB_PASSWORD: '${DB_PASSWORD:-}',
      REDIS_PASSWORD: '${REDIS_PASSWORD:-}',
    });
    const [shell = '', ...args] = command.map((arg) => arg.replaceAll('$$', '$'));
    const ended = await runTool(shell, args, process.cwd(), { DB_PASSWORD: db, REDIS_PASSWORD: cache });
    expect(ended.code).toBe(code);
    if (code > 0) expect(ended.output).toContain('set DB_PASSWORD and REDIS_PASSWORD in .env');
  });

  it('fails while Redis is gone, and passes when it is back', async () => {
    await redis.kill();
    expect((await check(password)).code).not.toBe(0);
    await redis.restart();
    expect((await check(password)).code).toBe(0);
  });
});
