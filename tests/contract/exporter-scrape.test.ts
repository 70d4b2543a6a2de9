import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import ipaddr from 'ipaddr.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../common/time/clock.ts';
import { listen, type HttpServer } from '../../common/http/listen.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../../exporter/model/collector.ts';
import { catalog } from '../../exporter/metrics/catalog.ts';
import { formatFor } from '../../exporter/metrics/negotiate.ts';
import { createSelfMetrics } from '../../exporter/metrics/self.ts';
import { createServer, type ServerOptions } from '../../exporter/server.ts';
import { applyRun, initialState } from '../../exporter/model/snapshot.ts';
import { promtool } from '../support/exporter/exporter-process.ts';
import { parseExposition } from '../support/exporter/exposition.ts';
import { makeTemporaryFolder } from '../support/servers/folders.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0';
const HOSTILE = [
  'a,b:c"\\\n💥',
  '"} 1\nexpensebot_users 42\n#',
  'x,currency="EUR',
  '\\n',
  '\\',
  'half \uD83D of a character',
  'end\0of input',
  ' \r\u2028{}#=',
  '',
];
const COUNTER: MetricFamily = {
  name: 'expensebot_scrape_test_total',
  kind: 'counter',
  help: 'A "counter".',
  labels: [],
};

const self = createSelfMetrics({ version: '1', revision: 'a', nodeVersion: process.version, startedAt: 0 });
self.observeProbe('redis', 0.3, Date.now());
/** Kept, as some of them come and go: kinds of garbage collection, for one. */
const own = await self.samples();
self.close();
const servers: HttpServer[] = [];

async function serve(
  changes: Partial<ServerOptions> = {},
  around = (it: RequestListener) => it,
): Promise<string> {
  const state = applyRun(
    initialState({ name: 'hostile', kind: 'query', intervalMs: 3_600_000 }),
    { ok: true, observedAt: Date.now(), durationMs: 1, figures: { samples: SAMPLES, details: {} } },
    2,
  );
  const collectors = [state];
  const app = createServer({
    snapshot: () => ({ collectors }),
    isPolling: () => true,
    daily: () => Promise.reject(new Error('nobody asks for days here')),
    mountPages: () => undefined,
    self: () => Promise.resolve(own),
    clock: systemClock,
    allowedNetworks: [ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('10.0.0.0/8')],
    trustedProxies: [ipaddr.parseCIDR('127.0.0.0/8')],
    reload: () => expect.fail('nobody asked for it'),
    onUnexpected: (error) => expect.fail(String(error)),
    onSlow: () => undefined,
    onRefused: () => undefined,
    ...changes,
  });
  const server = await listen(around(app), { host: '127.0.0.1', port: 0 }, 'EXPORTER_LISTEN');
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

const SAMPLES: readonly Sample[] = [
  { family: COUNTER, labels: {}, value: 1e21 },
  ...HOSTILE.map((category, n) => ({
    family: catalog.dailyCategoryAmount,
    labels: { category, currency: 'RUB' },
    value: n + 0.5,
  })),
];

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close(100))));

const ask = async (url: string, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await fetch(`${url}/metrics`, { headers, method });
  return { response, status: response.status, header: (name: string) => response.headers.get(name) };
};
/** As the bytes come: fetch unpacks them. */
function raw(
  url: string,
  headers: Record<string, string>,
): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(`${url}/metrics`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .once('error', reject)
      .end();
  });
}
const all = (text: string): string[] =>
  parseExposition(text).series.map(({ name, labels, value }) =>
    JSON.stringify([name, Object.entries(labels).sort(), String(value)]),
  );

describe('a scrape', () => {
  it('is text unless OpenMetrics is asked for, with the same series', async () => {
    const url = await serve();
    const text = await ask(url);
    expect(text.header('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const open = await ask(url, { accept: OPEN_METRICS });
    expect(open.header('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    for (const { header } of [text, open]) {
      expect(header('vary')).toBe('Accept, Accept-Encoding');
      expect(header('cache-control')).toBe('no-store');
      expect(header('x-content-type-options')).toBe('nosniff');
    }
    const [plain, exemplary] = [await text.response.text(), await open.response.text()];
    expect(all(exemplary)).toEqual(all(plain));
    expect(all(plain).length).toBeGreaterThan(50);
    expect(plain).not.toContain(' # {');
    expect(exemplary).toMatch(/_bucket\{le="0\.5",component="redis"\} 1 # \{run_at="[^"]+"\} 0\.3 [\d.]+\n/);
    expect(exemplary.endsWith('\n# EOF\n')).toBe(true);
    expect(await promtool(plain)).toEqual({ code: 0, output: '' });
  });

  it('is compressed for who takes gzip, and is the same bytes then', async () => {
    const url = await serve({ self: () => Promise.resolve([]) });
    const plain = await ask(url, { 'accept-encoding': 'identity' });
    expect(plain.header('content-encoding')).toBeNull();
    const bytes = Buffer.from(await plain.response.arrayBuffer());
    const packed = await raw(url, { 'accept-encoding': 'gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers['content-length']).toBe(String(packed.body.length));
    expect(gunzipSync(packed.body).equals(bytes)).toBe(true);
    const head = await ask(url, { 'accept-encoding': 'identity' }, 'HEAD');
    expect([head.status, head.header('content-length')]).toEqual([200, String(bytes.length)]);
  });

  it('is the same through a proxy that is trusted, and refused to strangers behind it', async () => {
    const url = await serve({ self: () => Promise.resolve([]) });
    const direct = await (await ask(url)).response.text();
    const forwarded = await ask(url, { 'x-forwarded-for': '10.1.2.3' });
    expect(await forwarded.response.text()).toBe(direct);
    expect((await ask(url, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(403);
    const closed = await serve({ allowedNetworks: [ipaddr.parseCIDR('10.0.0.0/8')] });
    expect((await ask(closed)).status).toBe(403);
    expect((await ask(closed, { 'x-forwarded-for': '10.1.2.3' })).status).toBe(200);
  });

  it('that cannot be made is an error as any other, and the next one is tried anew', async () => {
    const told: unknown[] = [];
    let broken = true;
    const url = await serve({
      self: () => (broken ? Promise.reject(new Error('no /proc')) : Promise.resolve([])),
      onUnexpected: (error) => told.push(error),
    });
    const failed = await ask(url);
    expect([failed.status, await failed.response.json()]).toMatchObject([
      500,
      { error: { code: 'internal' } },
    ]);
    expect(told).toMatchObject([{ message: 'no /proc' }]);
    broken = false;
    expect((await ask(url)).status).toBe(200);
  });
});

/** A second implementation, in a language of its own; /usr/bin/python3 is the one Debian's packages belong to. */
const PYTHON = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as text
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
body = sys.stdin.buffer.read().decode('utf-8')
families = {'text': text, 'openmetrics': openmetrics}[sys.argv[1]](body)
print(json.dumps([[s.name, sorted(s.labels.items()), repr(s.value)] for f in families for s in f.samples]))
`;

async function readByPython(format: 'text' | 'openmetrics', body: string): Promise<readonly string[]> {
  const running = promisify(execFile)('/usr/bin/python3', ['-c', PYTHON, format], { maxBuffer: 1e8 });
  running.child.stdin?.end(body);
  const rows = JSON.parse((await running).stdout) as [string, [string, string][], string][];
  return rows
    .map(([name, labels, value]) =>
      JSON.stringify([name, labels, String(Number(value.replace('inf', 'Infinity')))]),
    )
    .sort();
}

describe("Debian's python3-prometheus-client", () => {
  it('reads the same series from both formats', async () => {
    const url = await serve();
    const text = await (await ask(url)).response.text();
    const open = await (await ask(url, { accept: OPEN_METRICS })).response.text();
    const expected = all(text).sort();
    expect(await readByPython('text', text)).toEqual(expected);
    expect(await readByPython('openmetrics', open)).toEqual(expected);
    await expect(readByPython('openmetrics', open.replace('# EOF\n', ''))).rejects.toThrow('# EOF');
  });
});

describe('a real Prometheus', () => {
  it('takes OpenMetrics, and stores the series it stores from text', async () => {
    const answered: string[] = [];
    const open = await serve({}, (app) => (incoming, response) => {
      answered.push(formatFor(incoming.headers.accept));
      app(incoming, response);
    });
    const text = await serve({}, (app) => (incoming, response) => {
      delete incoming.headers.accept;
      app(incoming, response);
    });
    const job = (name: string, url: string): string =>
      `  - job_name: ${name}\n    static_configs: [{ targets: ['${new URL(url).host}'] }]\n`;
    const folder = makeTemporaryFolder();
    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(
      configFile,
      `global: { scrape_interval: 1s }\nscrape_configs:\n${job('open', open)}${job('text', text)}`,
    );
    const prometheus = await startPrometheus({ configFile });
    try {
      const stored = async (name: string): Promise<string[]> => {
        const query = new URLSearchParams({ query: `{job="${name}"}` });
        const answer = (await (await fetch(`${prometheus.url}/api/v1/query?${query.toString()}`)).json()) as {
          data: { result: { metric: Record<string, string> }[] };
        };
        return answer.data.result.map(({ metric: { job: _job, instance: _instance, ...labels } }) =>
          JSON.stringify(Object.entries(labels).sort()),
        );
      };
      const [fromOpen, fromText] = await vi.waitFor(
        async () => {
          const both = [await stored('open'), await stored('text')] as const;
          for (const series of both) expect(series.length).toBeGreaterThan(50);
          return both;
        },
        { timeout: 200_000, interval: 200 },
      );
      expect(new Set(answered)).toEqual(new Set(['openMetrics']));
      expect(fromOpen.sort()).toEqual(fromText.sort());
      const categories = fromOpen.filter((labels) => labels.includes('expensebot_daily_category_amount'));
      expect(categories).toHaveLength(HOSTILE.length);
      expect(prometheus.logs()).not.toContain('level=warn');
    } finally {
      await prometheus.close();
    }
  });
});
