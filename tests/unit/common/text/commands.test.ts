import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsOf } from '../../../../common/text/commands.ts';
import { read, ROOT } from '../../docs/documents.ts';

const systemd = commandsOf('systemd');
const compose = 'docker compose -p expensebot-monitoring';

it.each([
  [`${compose} logs --tail 20 alert-bridge`, 'sudo journalctl -n 20 -u expensebot-alert-bridge'],
  [
    `${compose} logs --tail 100 prometheus alertmanager`,
    'sudo journalctl -n 100 -u prometheus -u prometheus-alertmanager',
  ],
  [
    `${compose} logs alert-bridge | grep 'does not hear'`,
    "sudo journalctl -u expensebot-alert-bridge | grep 'does not hear'",
  ],
  [`${compose} ps -a exporter`, 'systemctl status expensebot-exporter'],
  [`${compose} ps -a`, "systemctl status 'expensebot-*' prometheus prometheus-alertmanager"],
  [`${compose} restart alertmanager`, 'sudo systemctl restart prometheus-alertmanager'],
  [`${compose} kill -s HUP exporter`, 'sudo systemctl reload expensebot-exporter'],
  [
    `then \`docker compose up -d\`.`,
    'then `sudo systemctl restart expensebot-exporter expensebot-alert-bridge`.',
  ],
  [
    'docker compose up -d --force-recreate alert-bridge alertmanager.',
    'sudo systemctl restart expensebot-alert-bridge prometheus-alertmanager.',
  ],
  [
    `${compose} exec exporter node dist/bin/doctor.js --no-send`,
    'cd /opt/expensebot-monitoring && sudo -u expensebot-monitoring node dist/bin/doctor.js --no-send',
  ],
  [
    `${compose} exec alertmanager amtool check-config /etc/alertmanager/alertmanager.yml`,
    'amtool check-config /etc/prometheus/alertmanager.yml',
  ],
  // The application's own containers: it need not run as the monitoring does.
  ['docker logs --tail 50 expense_bot_app', 'docker logs --tail 50 expense_bot_app'],
  ['docker compose restart celery;', 'docker compose restart celery;'],
])('%s becomes %s under systemd, and stays in Docker', (written, told) => {
  expect(systemd(written)).toBe(told);
  expect(commandsOf('docker')(written)).toBe(written);
});

/** Everything that reaches a person through the bridge or the doctor. */
const sources = [
  ...['docs/runbooks', 'prometheus/rules', 'alert-bridge/monitor', 'alert-bridge/notify'],
  ...['alert-bridge/bot/locale', 'alert-bridge/render/locale', 'alert-bridge/cli/doctor'],
].flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => join(folder, file)));

describe.each(sources.filter((path) => /\.(?:md|yml|ts)$/.test(path)))('%s', (path) => {
  it('has no command of Compose that systemd could not be told instead', () => {
    const text = read(path)
      // What Prometheus and the program fill in.
      .replaceAll(/\{\{ \$labels\.\w+ \}\}|\$\{(?:service|name)\}/g, 'exporter')
      .replaceAll('${command}', 'ps -a exporter')
      // Two bridges are set up by hand there: docs/operations.md.
      .replaceAll(/docker compose -p expensebot-monitoring -f docker-compose\.yml -f .*/g, '');
    expect(systemd(text).match(/docker compose.*/g) ?? []).toEqual([]);
  });
});
