/** The healthchecks of our two services, as the container runs them, before a server of the test. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTool } from '../support/machine/run-tool.ts';
import { service } from './compose-file.ts';

let server: Server;
let listens: number;
let answer: number;
let asked: (string | undefined)[];
beforeEach(async () => {
  answer = 200;
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url, request.headers.host);
    response.writeHead(answer).end('{"status":"healthy"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  listens = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.close();
});

describe.each([
  ['exporter', 9847],
  ['alert-bridge', 9848],
])('the healthcheck of %s', (name, port) => {
  const check = (): Promise<{ code: number; output: string }> => {
    const [kind, program = '', ...args] = service(name).healthcheck?.test ?? [];
    expect(kind).toBe('CMD');
    const here = args.map((arg) =>
      arg.replaceAll('$$', '$').replace(`/127.0.0.1/${port}`, `/127.0.0.1/${listens}`),
    );
    return runTool(program, here, process.cwd());
  };

  it('passes while the service is alive', async () => {
    expect(await check()).toEqual({ code: 0, output: '' });
    expect(asked).toEqual(['/-/healthy', '127.0.0.1']);
  });

  it.each([403, 500, 503])('fails on %i', async (status) => {
    answer = status;
    expect((await check()).code).toBe(1);
  });

  it('fails where nothing listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect((await check()).code).toBe(1);
  });
});
