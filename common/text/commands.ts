/**
 * Texts for operators name the commands of Docker Compose, once. Where the services run as systemd units, as
 * docs/without-docker.md sets them up, those commands are replaced as the text is shown. Pure.
 */
export const INSTALLATIONS = ['docker', 'systemd'] as const;
export type Installation = (typeof INSTALLATIONS)[number];

/** Where docs/without-docker.md puts the program, and as whom it runs. */
const FOLDER = '/opt/expensebot-monitoring';
const USER = 'expensebot-monitoring';
/** Services of docker-compose.yml by the names of their units: ours, Debian's and Grafana's. */
const UNITS: Readonly<Record<string, string>> = {
  exporter: 'expensebot-exporter',
  'alert-bridge': 'expensebot-alert-bridge',
  'alert-bridge-b': 'expensebot-alert-bridge-b',
  prometheus: 'prometheus',
  alertmanager: 'prometheus-alertmanager',
  grafana: 'grafana-server',
};
const OURS = ['exporter', 'alert-bridge'];

const unit = (service: string): string => UNITS[service] ?? service;
const listed = (services = ''): readonly string[] => services.split(' ').filter((name) => name !== '');
const units = (services: readonly string[]): string => services.map(unit).join(' ');

const SERVICE = `(?:${Object.keys(UNITS)
  .toSorted((a, b) => b.length - a.length)
  .join('|')})(?![\\w-])`;

type Replace = (command: string, ...found: readonly (string | undefined)[]) => string;

const rule = (arguments_: string, replace: Replace): readonly [RegExp, Replace] => [
  new RegExp(`docker compose(?: -p expensebot-monitoring)? ${arguments_}`, 'g'),
  replace,
];

const RULES = [
  rule(
    'exec alertmanager amtool check-config /etc/alertmanager/',
    () => 'amtool check-config /etc/prometheus/',
  ),
  rule('exec alertmanager amtool', () => 'amtool'),
  rule('exec prometheus promtool', () => 'promtool'),
  rule('exec exporter getent', () => 'getent'),
  rule('exec (?:exporter|alert-bridge) node', () => `cd ${FOLDER} && sudo -u ${USER} node`),
  rule(`logs(?: --tail (\\d+))?((?: ${SERVICE})+)`, (_, lines, services) =>
    ['sudo journalctl', ...(lines === undefined ? [] : [`-n ${lines}`])]
      .concat(listed(services).map((name) => `-u ${unit(name)}`))
      .join(' '),
  ),
  rule(`ps -a((?: ${SERVICE})+)`, (_, services) => `systemctl status ${units(listed(services))}`),
  rule('ps(?: -a)?', () => `systemctl status 'expensebot-*' prometheus prometheus-alertmanager`),
  rule(`kill -s HUP (${SERVICE})`, (_, service = '') => `sudo systemctl reload ${unit(service)}`),
  rule(
    `(?:up -d(?: --force-recreate)?|restart)((?: ${SERVICE})+)`,
    (_, services) => `sudo systemctl restart ${units(listed(services))}`,
  ),
  rule('up -d', () => `sudo systemctl restart ${units(OURS)}`),
];

/** Makes the commands of a text those of the installation. */
export function commandsOf(installation: Installation): (text: string) => string {
  if (installation === 'docker') return (text) => text;
  return (text) => RULES.reduce((shown, [pattern, replace]) => shown.replaceAll(pattern, replace), text);
}
