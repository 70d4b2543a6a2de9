/** docker-compose.remote-write.yml: what it changes of docker-compose.yml, and its script as a process. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root, service } from '../compose/compose-file.ts';
import { rewritePrometheusConfig } from '../support/servers/configs.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import { httpProbe, startServer } from '../support/servers/process.ts';
import { startVictoriaMetrics } from '../support/servers/victoria-metrics.ts';

const { prometheus } = z
  .strictObject({
    services: z.strictObject({
      prometheus: z.strictObject({
        environment: z.record(z.string(), z.string()),
        entrypoint: z.tuple([z.literal('sh'), z.literal('-euc'), z.string(), z.string()]),
        tmpfs: z.array(z.string()),
      }),
    }),
  })
  .parse(parse(readFileSync(join(root, 'docker-compose.remote-write.yml'), 'utf8'))).services;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The container's script on this machine: its folders are others, and it scrapes itself only. */
async function startAsInTheContainer(url: string, token = '') {
  const folder = makeTemporaryFolder();
  cleanups.push(() => removeTemporaryFolder(folder));
  const port = await freePort();
  cpSync(join(root, 'prometheus/rules'), join(folder, 'rules'), { recursive: true });
  const config = rewritePrometheusConfig(readFileSync(join(root, 'prometheus/prometheus.yml'), 'utf8'), {
    scrapeIntervalMs: 1_000,
    evaluationIntervalMs: 1_000,
    targets: {
      exporter: null,
      'alert-bridge': null,
      alertmanager: null,
      prometheus: `127.0.0.1:${port}`,
    },
    alertmanagers: [],
    ruleFiles: ['rules/*.yml'],
  });
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const [command, flag, script, name] = prometheus.entrypoint;
  const ofCompose = service('prometheus').command ?? [];
  const local = (text: string): string =>
    text
      .replaceAll('$$', '$')
      .replaceAll('/tmp/', `${folder}/copy-of-`)
      .replaceAll('/etc/prometheus/', `${folder}/`);
  const server = await startServer({
    name: 'Prometheus with remote_write',
    command,
    args: [
      flag,
      local(script),
      name,
      ...ofCompose.map((arg) => local(arg).replace('=/prometheus', `=${folder}/data`)),
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: { REMOTE_WRITE_URL: url, REMOTE_WRITE_TOKEN: token },
    host: '127.0.0.1',
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    keepFolder: true,
    probe: httpProbe(`http://127.0.0.1:${port}/-/ready`),
  });
  cleanups.push(() => server.close());
}

describe('docker-compose.remote-write.yml', () => {
  it('starts what docker-compose.yml starts, with two variables of .env', () => {
    expect(prometheus.environment).toEqual({
      REMOTE_WRITE_URL: '${REMOTE_WRITE_URL:?set REMOTE_WRITE_URL in .env}',
      REMOTE_WRITE_TOKEN: '${REMOTE_WRITE_TOKEN:-}',
    });
    expect(service('prometheus').command?.[0]).toBe('--config.file=/etc/prometheus/prometheus.yml');
    // Compose would fill in a single dollar sign itself.
    expect(prometheus.entrypoint[2].replaceAll('$$', '')).not.toContain('$');
  });

  it('brings scraped and recorded series to VictoriaMetrics, with the label of the installation', async () => {
    const storage = await startVictoriaMetrics();
    cleanups.push(() => storage.close());
    await startAsInTheContainer(`${storage.url}/api/v1/write`);
    const count = async (selector: string): Promise<string | undefined> => {
      const query = encodeURIComponent(`count(${selector})`);
      const answer = await fetch(`${storage.url}/api/v1/query?query=${query}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1];
    };
    await expect.poll(() => count('up{job="prometheus", monitor="expensebot"}')).toBe('1');
    await expect.poll(() => count('slo:budget:ratio{monitor="expensebot"}')).toBe('2');
    expect(await count('{__name__!="", monitor!="expensebot"}')).toBeUndefined();
  });

  it('shows the token where one is set', async () => {
    const seen = vi.fn<(authorization: string | undefined) => void>();
    const receiver = createServer((request, response) => {
      seen(request.headers.authorization);
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => receiver.close());
    const { port } = receiver.address() as AddressInfo;
    await startAsInTheContainer(`http://127.0.0.1:${port}/write?tenant=a%20b`, 'a-token');
    await expect.poll(() => seen.mock.calls[0]).toEqual(['Bearer a-token']);
  });
});
