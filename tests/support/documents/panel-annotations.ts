/** Rules and their tests, with the panel of each alert beside its runbook. Pure. */

/** @param panels the annotations that name the panel of an alert, by alerts: those that nobody is shown have none */
export const withPanels = (
  yamlText: string,
  panels: ReadonlyMap<string, Readonly<Record<string, string>>>,
): string =>
  yamlText.replaceAll(
    // A runbook has the name of its alert.
    /^( *)runbook: (\w+)\n(?:\1dashboard\w*: .*\n)*/gm,
    (_, indent: string, alert: string) =>
      Object.entries({ runbook: alert, ...panels.get(alert) })
        .map(([name, value]) => `${indent}${name}: ${value}\n`)
        .join(''),
  );
