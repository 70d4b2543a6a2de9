import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../common/time/clock.ts';
import { listen } from '../../common/http/listen.ts';
import { createServer } from '../../exporter/server.ts';
import {
  cleanUpExporters,
  connectionsOf,
  DEAD,
  health,
  launch,
  metrics,
  ready,
  valueOf,
  type RunningExporter,
} from '../support/exporter/exporter-process.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { Server } from '../support/servers/process.ts';

const SUCCESSFUL = 'expensebot_exporter_config_last_reload_successful';
const LOADED_AT = 'expensebot_exporter_config_last_reload_success_timestamp_seconds';

/** Nothing here is about speed. */
const PATIENCE = { timeout: 200_000, interval: 50 };

let redis: Server;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
afterEach(cleanUpExporters);

const start = async (): Promise<RunningExporter> => ready(await launch({ ...DEAD, REDIS_URL: redis.url }));
const configOf = ({ folder }: RunningExporter): string => join(folder, 'config.yml');
const reload = async ({ url }: RunningExporter) => {
  const response = await fetch(`${url}/-/reload`, { method: 'POST' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const componentsOf = async (running: RunningExporter) => (await health(running)).components;

describe('a reload', () => {
  it('keeps what is the same, adds, changes and removes the rest, and says so', async () => {
    const running = await start();
    const original = readFileSync(configOf(running), 'utf8');
    const target = (name: string): string =>
      `http_targets: [{ name: ${name}, url: '${running.url}/-/healthy', interval: 7s, timeout: 2s }]\n`;
    writeFileSync(configOf(running), `${original}${target('one')}`);
    expect(await reload(running)).toEqual({
      status: 200,
      body: {
        status: 'reloaded',
        added: ['http:one'],
        changed: [],
        removed: [],
        note: 'Environment variables and .env are read at a start only.',
      },
    });
    const seen = async (component: string): Promise<void> => {
      // A check that fails once, on a machine that is busy, has time for it, and is made again.
      await vi.waitFor(
        async () => expect((await componentsOf(running))[component]).toMatchObject({ status: 'healthy' }),
        PATIENCE,
      );
    };
    await seen('http:one');
    await seen('redis');
    const connections = connectionsOf(running.child.pid ?? 0, redis.port);
    const before = await componentsOf(running);
    await vi.waitFor(
      async () => expect(await metrics(running)).toContain('_count{component="http:one"}'),
      PATIENCE,
    );

    const slower = original.replace('redis: { interval: 500ms', 'redis: { interval: 600ms');
    writeFileSync(configOf(running), `${slower}${target('two')}`);
    const { body } = await reload(running);
    expect(body).toMatchObject({ added: ['http:two'], changed: ['redis'], removed: ['http:one'] });
    await seen('http:two');
    await seen('redis');
    const after = await componentsOf(running);
    expect(after).not.toHaveProperty(['http:one']);
    expect(after['memory']).toMatchObject({ since: (before['memory'] as { since?: string }).since });
    // The old connection is cut, the new collector has one of its own.
    await vi.waitFor(
      () => expect(connectionsOf(running.child.pid ?? 0, redis.port)).toBe(connections),
      PATIENCE,
    );
    await vi.waitFor(async () => expect(await metrics(running)).not.toContain('http:one'), PATIENCE);
    expect(running.output()).toMatch(
      /The configuration was reloaded: http:two added; redis changed; http:one removed\./,
    );
  });

  it('refuses a bad file by name, keeps the one before, and lives on', async () => {
    const running = await start();
    const original = readFileSync(configOf(running), 'utf8');
    const loadedAt = valueOf(await metrics(running), LOADED_AT);
    expect(loadedAt).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(valueOf(await metrics(running), SUCCESSFUL)).toBe(1);
    const components = Object.keys(await componentsOf(running));

    writeFileSync(configOf(running), `${original}nonsense: 1\nhttp_targets: [{ name: x, url: 'ftp://x' }]\n`);
    const { status, body } = await reload(running);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'invalid_config' } });
    for (const name of ['nonsense', 'http_targets.0.url', 'The configuration before stays in force.']) {
      expect(JSON.stringify(body)).toContain(name);
      if (name.startsWith('h')) expect(running.output()).toContain(name);
    }
    const told = async (): Promise<(number | undefined)[]> => {
      const text = await metrics(running);
      return [valueOf(text, SUCCESSFUL), valueOf(text, LOADED_AT)];
    };
    await vi.waitFor(async () => expect(await told()).toEqual([0, loadedAt]), 200_000);
    expect(Object.keys(await componentsOf(running))).toEqual(components);

    writeFileSync(configOf(running), original);
    expect((await reload(running)).body).toMatchObject({ added: [], changed: [], removed: [] });
    await vi.waitFor(async () => expect((await told())[0]).toBe(1), 200_000);
    expect((await told())[1]).toBeGreaterThan(loadedAt ?? Infinity);
  });

  it('comes by SIGHUP too', async () => {
    const running = await start();
    writeFileSync(configOf(running), 'probes: { cpu: { enabled: false }, memory: { enabled: false } }');
    running.child.kill('SIGHUP');
    await vi.waitFor(
      async () => expect((await componentsOf(running))['memory']?.status).toBe('disabled'),
      60_000,
    );
    writeFileSync(configOf(running), 'probes: 5');
    running.child.kill('SIGHUP');
    await vi.waitFor(() => expect(running.output()).toContain('was not reloaded'), 200_000);
    expect((await componentsOf(running))['memory']?.status).toBe('disabled');
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  it.each([
    ['192.0.2.7', {}, 403],
    ['10.0.0.5', { 'x-forwarded-for': '127.0.0.1' }, 403],
    ['::ffff:127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, 403],
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.1, 192.0.2.7' }, 403],
    ['127.0.0.1', { 'x-forwarded-for': 'unknown' }, 403],
    ['127.0.0.1', { 'x-real-ip': '192.0.2.7' }, 403],
    ['127.0.0.1', { forwarded: 'for=192.0.2.7' }, 403],
    ['127.0.0.1', { origin: 'http://127.0.0.1:9847' }, 403],
    ['127.0.0.1', { 'x-forwarded-for': '::1' }, 200],
    ['::1', {}, 200],
  ])(
    'from %s with %j is answered %i: connection and forwarded address must be of this machine',
    async (address, headers, status) => {
      let reloads = 0;
      const app = createServer({
        snapshot: () => ({ collectors: [] }),
        isPolling: () => true,
        daily: () => Promise.reject(new Error('nobody asks for days here')),
        mountPages: () => undefined,
        self: () => Promise.resolve([]),
        clock: systemClock,
        reload: () => {
          reloads += 1;
          return { isLoaded: true, changes: { added: [], changed: [], removed: [] } };
        },
        allowedNetworks: [ipaddr.parseCIDR('10.0.0.0/8')],
        trustedProxies: [ipaddr.parseCIDR('0.0.0.0/0')],
        onUnexpected: (error) => expect.fail(String(error)),
        onSlow: () => undefined,
        onRefused: () => undefined,
      });
      const server = await listen(
        (request, response) => {
          Object.defineProperty(request.socket, 'remoteAddress', { value: address });
          app(request, response);
        },
        { host: '127.0.0.1', port: 0 },
        'EXPORTER_LISTEN',
      );
      const answer = await fetch(`http://127.0.0.1:${server.port}/-/reload`, { method: 'POST', headers });
      await server.close(0);
      expect([answer.status, reloads]).toEqual([status, Number(status === 200)]);
    },
  );
});
