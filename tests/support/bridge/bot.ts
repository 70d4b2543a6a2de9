import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager } from '../servers/alertmanager.ts';
import { rewriteAlertmanagerConfig } from '../servers/configs.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../servers/folders.ts';
import { freePort } from '../servers/ports.ts';
import type { Server } from '../servers/process.ts';
import { PROJECT_ROOT } from '../servers/service.ts';
import { PRIVATE_CHAT, QUIET, startBridge, startTelegram, WEBHOOK_TOKEN } from './bridge.ts';
import type { ChatSetup, Limits, TelegramFake } from '../telegram/index.ts';

export interface TalkingBridge {
  readonly telegram: TelegramFake;
  readonly alertmanager: Server;
  readonly bridge: Server;
  /** Alerts that fire until the test ends, as Prometheus posts them. */
  fire(alerts: readonly Readonly<Record<string, string>>[]): Promise<void>;
  silences(): Promise<readonly SilenceView[]>;
  /** Ends the bridge and starts it again with the same state; the rest goes on. */
  restartBridge(): Promise<void>;
  close(): Promise<void>;
}

export interface SilenceView {
  readonly id: string;
  readonly createdBy: string;
  readonly endsAt: string;
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
}

/**
 * The bridge with a real Alertmanager beside it, both on the project's own configuration.
 * @param config text of the bridge's config.yml
 * @param others chats that the bot knows beside the private one
 */
export async function startTalkingBridge(
  env: Readonly<Record<string, string>> = {},
  limits: Partial<Limits> = { chatBurst: 1_000 },
  config = QUIET,
  others: readonly ChatSetup[] = [],
): Promise<TalkingBridge> {
  const folder = makeTemporaryFolder();
  const stateFolder = makeTemporaryFolder();
  const telegram = await startTelegram(limits, [PRIVATE_CHAT, ...others]);
  const [bridgePort, alertmanagerPort] = [await freePort(), await freePort()];
  const configFile = join(folder, 'alertmanager.yml');
  writeFileSync(
    configFile,
    rewriteAlertmanagerConfig(readFileSync(join(PROJECT_ROOT, 'prometheus/alertmanager.yml'), 'utf8'), {
      webhookUrl: `http://127.0.0.1:${bridgePort}/webhooks/alertmanager`,
      token: WEBHOOK_TOKEN,
      groupWaitMs: 100,
      groupIntervalMs: 1_000,
      factor: 1 / 30,
    }),
  );
  const alertmanager = await startAlertmanager({ configFile, port: alertmanagerPort });
  const start = (): Promise<Server> =>
    startBridge(
      telegram,
      // Nobody listens there: a demo beside the test must not answer for the exporter.
      { ALERTMANAGER_URL: alertmanager.url, EXPORTER_URL: 'http://127.0.0.1:1', ...env },
      { port: bridgePort, folder: stateFolder, config },
    );
  let bridge = await start();

  return {
    telegram,
    alertmanager,
    get bridge() {
      return bridge;
    },
    fire: async (alerts) => {
      const body = alerts.map(({ summary, ...labels }) => ({
        labels,
        annotations: { summary: summary ?? labels['alertname'] ?? '', runbook: 'ComponentDown' },
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      }));
      const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`Alertmanager answered ${response.status}`);
    },
    silences: async () =>
      (await (await fetch(`${alertmanager.url}/api/v2/silences`)).json()) as SilenceView[],
    restartBridge: async () => {
      await bridge.close();
      bridge = await start();
    },
    close: async () => {
      await bridge.close();
      await alertmanager.close();
      await telegram.close();
      removeTemporaryFolder(folder);
      removeTemporaryFolder(stateFolder);
    },
  };
}
