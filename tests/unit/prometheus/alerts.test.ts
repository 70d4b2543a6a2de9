import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unknownNames } from '../../support/documents/promql.ts';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';
import { allRules, prometheusFolder } from './rule-files.ts';
import type { AlertRule } from './rule-files.ts';

const runbookFolder = join(prometheusFolder, '../docs/runbooks');
const rules = allRules();
const numbered = rules.map((rule, index) => [`${rule.alert} #${index}`, rule] as const);
const cyrillic = /[а-яё]/i;

/** Texts a tired person reads on a phone: both languages, short first line, what to do in the second. */
function textProblems({ alert, for: pending, labels, annotations }: AlertRule): string[] {
  const { summary = '', description = '', summary_en = '', description_en = '', runbook } = annotations;
  const { resolved = '', resolved_en = '' } = annotations;
  const isForTheChain = ['Watchdog', 'CauseKnown'].includes(alert);
  return [
    !/^([A-Z][a-z]+)+$/.test(alert) && 'name is not CamelCase',
    !['critical', 'warning', 'info'].includes(labels['severity'] ?? '') && 'unknown severity',
    !cyrillic.test(summary) && 'summary is not Russian',
    !cyrillic.test(description) && 'description is not Russian',
    (summary_en === '' || cyrillic.test(summary_en)) && 'summary_en is not English',
    (description_en === '' || cyrillic.test(description_en)) && 'description_en is not English',
    runbook !== alert && 'runbook is not the name of the alert',
    ...[summary, description, resolved].flatMap(unwelcomeInRussian),
    !isForTheChain && !cyrillic.test(resolved) && 'resolved is not Russian',
    !isForTheChain && (resolved_en === '' || cyrillic.test(resolved_en)) && 'resolved_en is not English',
    /docker compose(?! -p expensebot-monitoring)/.test(description) &&
      'a command that runs in one folder only',
    annotations['pending_for'] !== pending && 'pending_for is not the time of its `for`',
    summary.replaceAll(/\{\{.*?\}\}/gs, '').length > 80 && 'summary is longer than a line',
    !isForTheChain && !/Сначала|скажет/.test(description) && 'description does not say what to do',
    /\{\{\s*\$value|humanize/.test(summary) && 'summary has a figure: it goes out of date',
    (annotations['value'] === undefined) !== (annotations['unit'] === undefined) &&
      'value and unit go together',
  ].filter((problem) => problem !== false);
}

describe('alert rules', () => {
  it.each(numbered)('%s reads only what the catalogues declare', (_name, rule) => {
    expect(unknownNames(rule.expr)).toEqual([]);
  });

  it('a metric or a label that no catalogue declares is noticed', () => {
    expect(unknownNames('expensebot_component_upp == 0')).toEqual([
      'no catalogue declares the metric expensebot_component_upp',
    ]);
    expect(unknownNames('expensebot_component_up{kind="x"} == 0')).toEqual([
      'no metric of it has the label kind',
    ]);
    expect(unknownNames('alert_bridge_delivery_seconds > 1')).toHaveLength(1);
    expect(unknownNames('rate(alert_bridge_delivery_seconds_bucket[5m])')).toEqual([]);
  });

  it.each(numbered)('%s is worded in both languages', (_name, rule) => {
    expect(textProblems(rule)).toEqual([]);
  });

  it('a rule that says nothing is noticed', () => {
    const bare = { alert: 'bad_name', expr: 'up == 0', labels: {}, annotations: {} };
    expect(textProblems(bare).length).toBeGreaterThan(6);
  });

  it('what users feel at once is critical, AI providers and sites are not', () => {
    const severityOf = (needle: string) =>
      rules.filter((rule) => rule.expr.includes(needle)).map((rule) => rule.labels['severity']);
    expect(severityOf('component_up{component="database"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="redis"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="telegram_webhook"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="dns"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="telegram_api"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="public_endpoint"}[')).toEqual(['critical']);
    expect(severityOf('component_up{component="celery_workers"}[')).toEqual(['critical', 'warning']);
    expect(severityOf('component_up{component=~"http:.*"}[')).toEqual(['warning']);
    expect(severityOf('component=~"(openai')).toEqual(['warning']);
    expect(severityOf('absent(up{job="exporter"})')).toEqual(['critical']);
  });
});

describe('alertmanager.yml', () => {
  const { inhibit_rules: inhibitions } = parse(
    readFileSync(join(prometheusFolder, 'alertmanager.yml'), 'utf8'),
  ) as { inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[] };
  /** Names as Alertmanager matches them: the whole value. */
  const namesIn = (matchers: readonly string[]): RegExp =>
    new RegExp(`^(?:${matchers.flatMap((one) => /^alertname=~?"(.+)"$/.exec(one)?.[1] ?? []).join('|')})$`);
  const whileAway = inhibitions.filter(({ source_matchers: source }) => source.includes('job="exporter"'));

  it('is silent of all that the exporter tells while the exporter is away', () => {
    const ofExporter = /expensebot_|\b(?:http|ai|slo):/;
    const alerts = rules.filter(
      ({ alert, expr }) => ofExporter.test(expr) && alert !== 'TelegramPollingDown',
    );
    const heard = alerts.filter(
      ({ alert }) => !whileAway.some(({ target_matchers: target }) => namesIn(target).test(alert)),
    );
    expect(heard.map(({ alert }) => alert)).toEqual([]);
    expect(alerts.length).toBeGreaterThan(20);
  });

  it('names only alerts that exist', () => {
    const names = new Set(rules.map(({ alert }) => alert));
    const unknown = inhibitions
      .flatMap(({ source_matchers: source, target_matchers: target }) => [source, target])
      .map(namesIn)
      .flatMap((pattern) => pattern.source.slice(4, -2).split('|'))
      .filter((part) => ![...names].some((name) => new RegExp(`^${part}$`).test(name)));
    expect(unknown).toEqual([]);
  });
});

describe('runbooks', () => {
  const alerts = new Set(rules.map((rule) => rule.alert));
  const files = readdirSync(runbookFolder);

  it('exist for every alert, and for nothing else', () => {
    expect(files.toSorted()).toEqual([...alerts].map((alert) => `${alert}.md`).toSorted());
    expect(alerts.size).toBeGreaterThan(5);
  });
});
