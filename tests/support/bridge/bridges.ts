import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUIET, startBridge, WEBHOOK_TOKEN } from './bridge.ts';
import { startAlertmanager } from '../servers/alertmanager.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../servers/folders.ts';
import { rewriteAlertmanagerConfig } from '../servers/configs.ts';
import { freePort } from '../servers/ports.ts';
import type { Server } from '../servers/process.ts';
import { startRedis } from '../servers/redis.ts';
import { PROJECT_ROOT } from '../servers/service.ts';
import type { TelegramFake } from '../telegram/index.ts';

export type Pair = readonly [Server, Server];

/** Two bridges that tell the same chat and agree through a Redis. */
export interface Bridges {
  readonly redis: Server;
  readonly bridges: Pair;
  close(): Promise<void>;
}

export interface BridgesOptions {
  /** Of both; quiet unless it is given. */
  readonly config?: string;
  /** Environment of one of them beside what joins them. */
  readonly env?: (
    index: 0 | 1,
    redis: Server,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

export async function startBridges(telegram: TelegramFake, options: BridgesOptions = {}): Promise<Bridges> {
  const { config = QUIET } = options;
  const env: Required<BridgesOptions>['env'] = options.env ?? (() => ({}));
  const redis = await startRedis();
  const start = async (index: 0 | 1): Promise<Server> =>
    startBridge(
      telegram,
      { HA: 'true', REDIS_URL: redis.url, STATE_KEY: 'ab'.repeat(32), ...(await env(index, redis)) },
      { port: await freePort(), config },
    );
  const bridges = [await start(0), await start(1)] as const;
  return {
    redis,
    bridges,
    close: async () => {
      await Promise.all([...bridges, redis].map((server) => server.close()));
    },
  };
}

/** Two Alertmanagers in a cluster, on the configuration of docker-compose.ha.yml: each posts to both bridges. */
export async function startAlertmanagers(bridges: Pair): Promise<{ both: Pair; close(): Promise<void> }> {
  const folder = makeTemporaryFolder();
  const configFile = join(folder, 'alertmanager.yml');
  const source = readFileSync(join(PROJECT_ROOT, 'prometheus/ha/alertmanager.yml'), 'utf8');
  const [first, second] = bridges.map(({ url }) => `${url}/webhooks/alertmanager`);
  writeFileSync(
    configFile,
    rewriteAlertmanagerConfig(source, {
      webhookUrl: [first ?? '', second ?? ''],
      token: WEBHOOK_TOKEN,
      groupWaitMs: 200,
      groupIntervalMs: 1_000,
      factor: 1 / 30,
    }),
  );
  const ports = [await freePort(), await freePort()] as const;
  const both = [
    await startAlertmanager({ configFile, cluster: { port: ports[0], peers: [] } }),
    await startAlertmanager({ configFile, cluster: { port: ports[1], peers: [ports[0]] } }),
  ] as const;
  return {
    both,
    close: async () => {
      await Promise.all(both.map((server) => server.close()));
      removeTemporaryFolder(folder);
    },
  };
}

/** Tells both of them of these alerts, as Prometheus would. */
export async function alertBoth(
  alertmanagers: Pair,
  alerts: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  for (const { url } of alertmanagers) {
    const response = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  }
}
