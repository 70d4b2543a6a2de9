import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { thresholds } from '../../../common/thresholds.ts';
import { buildDashboards } from '../../../grafana/build.ts';
import { GRID_COLUMNS, place } from '../../../grafana/layout.ts';
import { datasource, stat } from '../../../grafana/panels.ts';
import { unknownNames } from '../../support/promql.ts';
import { unwelcomeInRussian } from '../../support/russian.ts';
import { dashboards, queries } from './dashboards.ts';
import type { Dashboard, Panel } from './dashboards.ts';

const root = join(import.meta.dirname, '../../..');

function duplicates(values: readonly (string | number)[]): (string | number)[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

/** Everything a reader or Grafana itself would stumble over. */
function problemsOf({ panels }: Dashboard): string[] {
  const problems = duplicates(panels.map((panel) => panel.id)).map((id) => `id ${id} twice`);
  const contents = panels.filter((panel) => panel.type !== 'row');
  problems.push(...duplicates(contents.map((panel) => panel.title)).map((title) => `title ${title} twice`));
  for (const panel of contents) {
    const { title, description = '', targets = [], fieldConfig } = panel;
    if (title === '') problems.push(`panel ${panel.id} has no title`);
    if (description.length < 20) problems.push(`${title}: no description`);
    if ((fieldConfig?.defaults.unit ?? '') === '') problems.push(`${title}: no unit`);
    if (targets.length === 0) problems.push(`${title}: no query`);
    if (duplicates(targets.map((target) => target.refId)).length > 0) problems.push(`${title}: refId twice`);
    if (targets.some((target) => target.datasource.uid !== datasource.uid))
      problems.push(`${title}: datasource`);
  }
  for (const { title, gridPos } of panels)
    if (gridPos.x + gridPos.w > GRID_COLUMNS) problems.push(`${title}: beyond the grid`);
  panels.forEach((a, index) => {
    for (const b of panels.slice(index + 1))
      if (overlap(a.gridPos, b.gridPos)) problems.push(`${a.title} over ${b.title}`);
  });
  return problems;
}

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Everything with Cyrillic letters that Grafana shows, and legends in whatever letters. */
function textsOf(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string')
    return key === 'legendFormat' || (key !== 'expr' && /\p{Script=Cyrillic}/u.test(value)) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, name));
}

const panelOf = (title: string): Panel => {
  const panel = dashboards.flatMap(([, dashboard]) => dashboard.panels).find((p) => p.title === title);
  if (panel === undefined) throw new Error(`No panel ${title}`);
  return panel;
};

describe('every dashboard', () => {
  it.each(dashboards)('%s has complete panels on a tidy grid', (_path, dashboard) => {
    expect(problemsOf(dashboard)).toEqual([]);
    expect(dashboard.panels.length).toBeGreaterThan(10);
  });

  it.each([
    ['no description', (p: Panel) => ({ ...p, description: '' })],
    ['no unit', (p: Panel) => ({ ...p, fieldConfig: { defaults: {} } })],
    ['beyond the grid', (p: Panel) => ({ ...p, gridPos: { ...p.gridPos, w: 25 } })],
    ['over', (p: Panel) => ({ ...p, gridPos: { ...p.gridPos, x: p.gridPos.x + 1 } })],
    ['id 3 twice', (p: Panel) => ({ ...p, id: 3 })],
    ['refId twice', (p: Panel) => ({ ...p, targets: [...(p.targets ?? []), ...(p.targets ?? [])] })],
  ])('the check notices: %s', (problem, spoil) => {
    const [, dashboard] = dashboards[0] ?? [];
    if (dashboard === undefined) throw new Error('No dashboard');
    const panels = dashboard.panels.map((panel, index) => (index === 1 ? spoil(panel) : panel));
    expect(problemsOf({ ...dashboard, panels }).join('\n')).toContain(problem);
  });

  it.each(dashboards)(
    '%s is found by tag, keeps time and variables, and cannot be edited away',
    (_path, dashboard) => {
      expect(dashboard).toMatchObject({ tags: ['expensebot'], editable: false, schemaVersion: 42 });
      expect(dashboard.links).toEqual([
        expect.objectContaining({
          type: 'dashboards',
          tags: ['expensebot'],
          asDropdown: true,
          keepTime: true,
          includeVars: true,
        }),
      ]);
      // With a placement Grafana 12.3 does not show the drop-down.
      expect(dashboard.links[0]).not.toHaveProperty('placement');
    },
  );

  it.each(queries)('%s reads only what the catalogues declare', (_name, expr) => {
    expect(unknownNames(expr)).toEqual([]);
  });

  it.each(dashboards)('%s is in the Russian of the product', (_path, dashboard) => {
    const texts = textsOf(dashboard);
    expect(texts.length).toBeGreaterThan(30);
    expect(texts.flatMap(unwelcomeInRussian)).toEqual([]);
  });

  it('has the states of /health in the words of the chat and of the status page', () => {
    const mapped = textsOf(panelOf('Состояние'));
    expect(mapped).toEqual(expect.arrayContaining(['Всё работает', 'Работает с перебоями', 'Не работает']));
  });

  it('is built the same every time', () => {
    expect([...buildDashboards()]).toEqual([...buildDashboards()]);
  });
});

describe('threshold lines', () => {
  it.each([
    ['Процессор', thresholds.cpuUsageMaxRatio.value, ['transparent', 'red']],
    ['Память', thresholds.memoryUsageMaxRatio.value, ['transparent', 'red']],
    ['ИИ: доля успешных запросов', thresholds.aiSuccessMinRatio.value, ['red', 'transparent']],
    ['DAU против обычного дня', 0.8, ['red', 'transparent']],
    ['Скорость расхода бюджета', 14.4, ['transparent', 'red']],
    ['Очереди', thresholds.celeryQueueMaxMessages.value, ['transparent', 'red']],
    ['Сертификаты: осталось', thresholds.certificateExpirySeconds.value, ['red', 'transparent']],
    ['Свободно на диске', thresholds.diskFreeMinBytes.value, ['red', 'transparent']],
  ])('%s: the line stands where the alert does', (title, limit, [below, above]) => {
    expect(panelOf(title).fieldConfig?.defaults.thresholds?.steps).toEqual([
      { color: below, value: null },
      { color: above, value: limit },
    ]);
  });
});

describe('layout', () => {
  const panel = stat({ title: 't', description: 'd', unit: 'short', query: { expr: 'up' } });

  it('starts a new line where the grid ends, below the tallest panel', () => {
    const sized = [
      { width: 16, height: 4, panel },
      { width: 8, height: 6, panel },
      { width: 1, height: 2, panel },
    ];
    expect(place([{ title: 'a', panels: sized }]).map(({ id, gridPos }) => [id, gridPos])).toEqual([
      [1, { x: 0, y: 0, w: 24, h: 1 }],
      [2, { x: 0, y: 1, w: 16, h: 4 }],
      [3, { x: 16, y: 1, w: 8, h: 6 }],
      [4, { x: 0, y: 7, w: 1, h: 2 }],
    ]);
  });

  it('refuses a panel that is wider than the grid', () => {
    expect(() => place([{ title: 'a', panels: [{ width: 25, height: 1, panel }] }])).toThrow(
      'A panel of "a" is 25 wide, the grid 24',
    );
  });
});

describe('provisioning', () => {
  const read = (path: string): unknown =>
    parse(readFileSync(join(root, 'grafana/provisioning', path), 'utf8'));

  it('gives the datasource the uid that the panels name', () => {
    const file = read('datasources/prometheus.yml') as { datasources: unknown[] };
    expect(file).not.toHaveProperty('prune');
    expect(file.datasources).toMatchObject([{ uid: datasource.uid, type: 'prometheus', isDefault: true }]);
  });

  it('reads the dashboards as files that nobody edits or deletes in the browser', () => {
    expect(read('dashboards/expensebot.yml')).toMatchObject({
      providers: [{ type: 'file', allowUiUpdates: false, disableDeletion: true }],
    });
  });

  it('finds exactly the generated files', () => {
    const names = readdirSync(join(root, 'grafana/generated')).map((name) => `grafana/generated/${name}`);
    expect(names.toSorted()).toEqual([...buildDashboards().keys()].toSorted());
  });
});
