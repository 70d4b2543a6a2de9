/** The configuration of docker-compose.ha.yml as processes: Prometheus, two Alertmanagers, two bridges, and the end of one of each. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, QUIET, readMetrics, startTelegram } from '../support/bridge/bridge.ts';
import { startAlertmanagers, startBridges, type Bridges } from '../support/bridge/bridges.ts';
import { rewritePrometheusConfig, scaleRules } from '../support/servers/configs.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';
import { queries } from '../unit/grafana/dashboards.ts';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const at = ({ host, port }: Server): string => `${host}:${port}`;

let folder: string;
let telegram: TelegramFake;
let set: Bridges;
let alertmanagers: Awaited<ReturnType<typeof startAlertmanagers>>;
let prometheus: Server;
beforeEach(async () => {
  folder = makeTemporaryFolder();
  telegram = await startTelegram({ chatBurst: 1_000 });
  set = await startBridges(telegram, { config: `${QUIET}checkins: [{ name: backup, period: 1h }]\n` });
  alertmanagers = await startAlertmanagers(set.bridges);
  const rules = join(folder, 'monitoring.yml');
  writeFileSync(rules, scaleRules(read('prometheus/rules/monitoring.yml'), { forMs: 1_000 }));
  const configFile = join(folder, 'prometheus.yml');
  const port = await freePort();
  writeFileSync(
    configFile,
    rewritePrometheusConfig(read('prometheus/ha/prometheus.yml'), {
      scrapeIntervalMs: 500,
      evaluationIntervalMs: 500,
      targets: {
        exporter: null,
        prometheus: `127.0.0.1:${port}`,
        alertmanager: alertmanagers.both.map(at),
        'alert-bridge': set.bridges.map(at),
      },
      alertmanagers: alertmanagers.both.map(at),
      ruleFiles: [rules],
    }),
  );
  prometheus = await startPrometheus({ port, configFile, resendDelayMs: 2_000 });
});
afterEach(async () => {
  await prometheus.close();
  await alertmanagers.close();
  await set.close();
  await telegram.close();
  removeTemporaryFolder(folder);
});

async function ask(
  expr: string,
): Promise<readonly { metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result;
}

const ringing = (words: RegExp) =>
  telegram.messages(CHAT_ID).filter(({ text, reply_to }) => reply_to === null && words.test(text));

it('both hear everything, the chat hears it once, and goes on hearing when one of each is killed', async () => {
  const [first] = set.bridges;
  await telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('Мониторинг ослеп'), {
    timeoutMs: 200_000,
  });
  await until(
    () => Promise.all(set.bridges.map(readMetrics)),
    (all) => all.every((value) => value('alert_bridge_watchdog_last_seen_timestamp_seconds') > 0),
    { what: 'the Watchdog at both', timeoutMs: 200_000 },
  );
  expect((await ask('sum(up{job="alert-bridge"})'))[0]?.value[1]).toBe('2');
  expect((await ask('alertmanager_cluster_members')).map(({ value }) => value[1])).toEqual(['2', '2']);
  const ofEach = queries.filter(({ expr }) => expr.includes('by (instance) (alert_bridge_'));
  expect(ofEach.length).toBeGreaterThan(3);
  for (const { name: what, expr } of ofEach)
    await until(
      () => ask(expr),
      ({ length }) => length === 2,
      { what },
    );
  expect(await ask('ALERTS{alertname=~"Bridge.*"}')).toEqual([]);

  await Promise.all([first.kill('SIGKILL'), alertmanagers.both[0].kill('SIGKILL')]);
  const down = /Мониторинг: не отвечает (alert-bridge|alertmanager)/;
  await until(
    () => ringing(down),
    ({ length }) => length === 2,
    {
      what: 'what was killed in the chat',
      timeoutMs: 200_000,
    },
  );
  expect(ringing(/Мониторинг ослеп/)).toHaveLength(1);
});
