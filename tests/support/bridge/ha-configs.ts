/** The files of docker-compose.ha.yml for Prometheus and Alertmanager: those of docker-compose.yml, and the second of each pair. Pure. */

const HEADER =
  '# Generated from ../FILE by `npm run generate`: the same, with two bridges and two Alertmanagers.\n';

/** @throws Error when the file does not name both services */
export function withSecondTargets(prometheusYaml: string): string {
  // A file names others from its own folder.
  const fromItsFolder = replaced(prometheusYaml, '- rules/', '- ../rules/');
  return (
    HEADER.replace('FILE', 'prometheus.yml') +
    ['alertmanager:9093', 'alert-bridge:9848'].reduce((text, target) => {
      const second = target.replace(':', '-b:');
      return replaced(text, `['${target}']`, `['${target}', '${second}']`);
    }, fromItsFolder)
  );
}

/** Every Alertmanager posts to both bridges. @throws Error when the file does not post to the first */
export function withSecondWebhook(alertmanagerYaml: string): string {
  const [webhook = ''] = /^ {6}- url: http:\/\/alert-bridge:.*\n(?: {8}.*\n)+/m.exec(alertmanagerYaml) ?? [];
  // What is said of the first need not be said again.
  const second = webhook.replace('//alert-bridge:', '//alert-bridge-b:').replaceAll(/^ +#.*\n/gm, '');
  return HEADER.replace('FILE', 'alertmanager.yml') + replaced(alertmanagerYaml, webhook, webhook + second);
}

function replaced(text: string, part: string, by: string): string {
  if (part === '' || !text.includes(part)) throw new Error(`The file does not say ${part}`);
  return text.replaceAll(part, by);
}
