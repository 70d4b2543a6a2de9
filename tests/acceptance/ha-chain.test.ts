/** The configuration of docker-compose.ha.yml as processes: Prometheus, two Alertmanagers, two bridges, and the end of one of each. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, QUIET, readMetrics } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { startAlertmanagers } from '../support/bridge/bridges.ts';
import { rewritePrometheusConfig, scaleRules } from '../support/servers/configs.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';
import { queries } from '../unit/grafana/dashboards.ts';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const at = ({ host, port }: Server): string => `${host}:${port}`;

let folder: string;
let alertmanagers: Awaited<ReturnType<typeof startAlertmanagers>>;
let prometheus: Server;
const prepare = async (installation: Installation): Promise<void> => {
  folder = installation.makeFolder();
  const { bridges } = await installation.startPair({
    config: `${QUIET}checkins: [{ name: backup, period: 1h }]\n`,
  });
  alertmanagers = installation.closeAtTheEnd(await startAlertmanagers(bridges));
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
        'alert-bridge': bridges.map(at),
      },
      alertmanagers: alertmanagers.both.map(at),
      ruleFiles: [rules],
    }),
  );
  prometheus = installation.closeAtTheEnd(await startPrometheus({ port, configFile, resendDelayMs: 2_000 }));
};
const world = useInstallation(prepare, { limits: { chatBurst: 1_000 } });

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
  world.telegram.messages(CHAT_ID).filter(({ text, reply_to }) => reply_to === null && words.test(text));

it('both hear everything, the chat hears it once, and goes on hearing when one of each is killed', async () => {
  const [first] = world.pair.bridges;
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('Мониторинг ослеп'), {
    timeoutMs: 200_000,
  });
  await until(
    () => Promise.all(world.pair.bridges.map(readMetrics)),
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
