import { describe, expect, it } from 'vitest';
import { thresholds } from '../../../common/thresholds.ts';
import { buildDashboards } from '../../../grafana/build.ts';
import { GRID_COLUMNS, at, place } from '../../../grafana/layout.ts';
import { NO_DATA_COLOR, datasource, panelKit } from '../../../grafana/panels.ts';
import { words } from '../../../grafana/words.ts';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';
import { allRules } from '../prometheus/rule-files.ts';
import { dashboards, inRussian, overrideOf, panelOf, withoutFallback } from './dashboards.ts';
import type { Dashboard, Panel } from './dashboards.ts';

function duplicates(values: readonly (string | number)[]): (string | number)[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

const partsOf = (path: string) => words(path.includes('/ru/') ? 'ru' : 'en').parts;

/** Everything a reader, Grafana itself or grafana/dashboard-linter would stumble over. */
function problemsOf({ panels }: Dashboard, { good, todo }: ReturnType<typeof partsOf>): string[] {
  const problems = duplicates(panels.map((panel) => panel.id)).map((id) => `id ${id} twice`);
  problems.push(...duplicates(panels.map((panel) => panel.title)).map((title) => `title ${title} twice`));
  for (const { title, description, targets, fieldConfig, datasource: source } of panels) {
    if (!description.includes(`**${good}:** `) || !description.includes(`**${todo}:** `))
      problems.push(`${title}: does not say what is good and what to do`);
    if ((fieldConfig.defaults.unit ?? '') === '') problems.push(`${title}: no unit`);
    if (targets.length === 0) problems.push(`${title}: no query`);
    if (duplicates(targets.map((target) => target.refId)).length > 0) problems.push(`${title}: refId twice`);
    if ([source, ...targets.map((target) => target.datasource)].some(({ uid }) => uid !== datasource.uid))
      problems.push(`${title}: datasource`);
    // Grafana's own units of time are words in English: weeks, hours.
    for (const unit of JSON.stringify(fieldConfig).match(
      /"(?:s|ms|m|h|d|decbytes|bytes|reqps|dateTimeFromNow)"/g,
    ) ?? [])
      problems.push(`${title}: the unit ${unit}`);
    // A title stands in half of 1024 pixels, beside the sign of its description.
    if (title.length > 34) problems.push(`${title}: too long`);
  }
  for (const { title, gridPos } of panels)
    if (gridPos.x + gridPos.w > GRID_COLUMNS) problems.push(`${title}: beyond the grid`);
  panels.forEach((a, index) => {
    for (const b of panels.slice(index + 1))
      if (overlap(a.gridPos, b.gridPos)) problems.push(`${a.title} over ${b.title}`);
  });
  return problems;
}

/** What would show an old value, or no value, as if all were well. */
function pretences(panel: Panel, noData: string): string[] {
  const { title, type, fieldConfig, options = {}, targets } = panel;
  const problems: string[] = [];
  if (fieldConfig.defaults.noValue !== noData) problems.push(`${title}: no words for no data`);
  if (JSON.stringify(panel).includes('lastNotNull')) problems.push(`${title}: lastNotNull`);
  const saysUnknown = (mappings: unknown): boolean =>
    JSON.stringify(mappings ?? []).includes(
      JSON.stringify({ match: 'null+nan', result: { text: noData, color: NO_DATA_COLOR, index: 99 } }),
    );
  if (type === 'stat' || type === 'state-timeline') {
    if (!saysUnknown(fieldConfig.defaults.mappings)) problems.push(`${title}: no colour for no data`);
    for (const { refId } of targets)
      if (!saysUnknown(overrideOf(panel, refId, 'mappings')))
        problems.push(`${title}: no colour for no data in ${refId}`);
  }
  if (type === 'stat') {
    for (const { refId, expr, instant } of targets) {
      if (instant !== true) problems.push(`${title}: ${refId} is not of now`);
      if (/\[|slo:/.test(expr) && !/\) and on \(\) max\(\w+\) or on \(\) vector\(NaN\)$/.test(expr))
        problems.push(`${title}: ${refId} outlives what it speaks of`);
      // Without it the tile would be gone.
      if (!expr.endsWith(' or on () vector(NaN)')) problems.push(`${title}: ${refId} can be without a value`);
    }
  }
  if (type === 'table') {
    if (targets.some(({ instant }) => instant !== true)) problems.push(`${title}: not of now`);
    const [first] = targets;
    if (first === undefined || withoutFallback(first.expr) === first.expr)
      problems.push(`${title}: can be without a row`);
    if (!fieldConfig.overrides.every(({ properties }) => JSON.stringify(properties).includes('"null+nan"')))
      problems.push(`${title}: a column has no words for no data`);
    const sort = options['sortBy'];
    if (!Array.isArray(sort) || sort.length === 0) problems.push(`${title}: no order`);
    const columns = fieldConfig.overrides.filter(
      ({ properties }) => !properties.some(({ id }) => id === 'custom.hidden'),
    );
    const free = columns.filter(({ properties }) => !properties.some(({ id }) => id === 'custom.width'));
    for (const { properties } of columns)
      for (const { id, value } of properties)
        // «нет данных» must fit.
        if (id === 'custom.width' && Number(value) < 95) problems.push(`${title}: too narrow`);
    if (columns.length === 0 || free.length > 2) problems.push(`${title}: no widths`);
  }
  if (type === 'timeseries' && JSON.stringify(options['legend']).includes('"calcs":["'))
    problems.push(`${title}: a figure in the legend`);
  return problems;
}

/** Everything with Cyrillic letters that Grafana shows, and legends in whatever letters. */
function textsOf(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string')
    return key === 'legendFormat' || (key !== 'expr' && /\p{Script=Cyrillic}/u.test(value)) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, name));
}

describe('every dashboard', () => {
  it('exists once in each language, and asks the same', () => {
    const names = (locale: string) =>
      [...buildDashboards().keys()].filter((path) => path.includes(`/${locale}/`));
    expect(names('ru')).toHaveLength(6);
    expect(names('ru').map((path) => path.replace('/ru/', '/en/'))).toEqual(names('en'));
    for (const [path, dashboard] of inRussian) {
      const [, english] = dashboards.find(([other]) => other === path.replace('/ru/', '/en/')) ?? [];
      const asked = (one: Dashboard | undefined) =>
        one?.panels.map(({ id, type, gridPos, targets }) => [id, type, gridPos, targets.length]);
      expect(asked(dashboard)).toEqual(asked(english));
    }
  });

  it.each(dashboards)('%s has complete panels on a tidy grid', (path, dashboard) => {
    expect(problemsOf(dashboard, partsOf(path))).toEqual([]);
    expect(dashboard.panels.length).toBeGreaterThan(7);
    expect(dashboard.panels.length).toBeLessThanOrEqual(16);
  });

  it.each(dashboards)('%s takes no old value and no missing one for a good one', (path, dashboard) => {
    expect(dashboard.panels.flatMap((panel) => pretences(panel, partsOf(path).noData))).toEqual([]);
  });

  it.each([
    ['does not say what is good', (p: Panel) => ({ ...p, description: 'x' })],
    ['no unit', (p: Panel) => ({ ...p, fieldConfig: { ...p.fieldConfig, defaults: {} } })],
    ['beyond the grid', (p: Panel) => ({ ...p, gridPos: { ...p.gridPos, w: 25 } })],
    ['over', (p: Panel) => ({ ...p, gridPos: { ...p.gridPos, x: p.gridPos.x - 1 } })],
    ['id 3 twice', (p: Panel) => ({ ...p, id: 3 })],
    ['refId twice', (p: Panel) => ({ ...p, targets: [...p.targets, ...p.targets] })],
    ['datasource', (p: Panel) => ({ ...p, datasource: { uid: 'prometheus' } })],
    [
      'the unit "decbytes"',
      (p: Panel) => ({ ...p, fieldConfig: { ...p.fieldConfig, defaults: { unit: 'decbytes' } } }),
    ],
  ])('the check notices: %s', (problem, spoil) => {
    const [path = '', dashboard] = dashboards[0] ?? [];
    if (dashboard === undefined) throw new Error('No dashboard');
    const panels = dashboard.panels.map((panel, index) => (index === 1 ? spoil(panel) : panel));
    expect(problemsOf({ ...dashboard, panels }, partsOf(path)).join('\n')).toContain(problem);
  });

  it.each([
    [
      'no words for no data',
      'Сейчас',
      (text: string) => text.replaceAll('"noValue":"нет данных"', '"noValue":"0"'),
    ],
    ['outlives', 'Надёжность', (text: string) => text.replace(/ and on \(\) max\(\w+\)/, '')],
    ['no colour for no data', 'Сейчас', (text: string) => text.replaceAll(NO_DATA_COLOR, 'green')],
    ['lastNotNull', 'Сейчас', (text: string) => text.replace('["last"]', '["lastNotNull"]')],
    ['is not of now', 'Сейчас', (text: string) => text.replace('"instant":true', '"instant":false')],
    ['can be without a value', 'Сейчас', (text: string) => text.replace(' or on () vector(NaN)', '')],
    [
      'can be without a row',
      'Активные алерты',
      (text: string) => text.replace('label_replace(vector(NaN)', 'label_replace(vector(1)'),
    ],
    ['a column has no words', 'Активные алерты', (text: string) => text.replace('null+nan', 'nan')],
    ['no order', 'Активные алерты', (text: string) => text.replace(/"sortBy":\[.*?\]/, '"sortBy":[]')],
    [
      'too narrow',
      'Активные алерты',
      (text: string) => text.replace('"custom.width","value":95', '"custom.width","value":50'),
    ],
    ['no widths', 'Активные алерты', (text: string) => text.replaceAll('custom.width', 'custom.other')],
    ['a figure in the legend', 'Запросы', (text: string) => text.replace('"calcs":[]', '"calcs":["last"]')],
  ])('the check of pretences notices: %s', (problem, title, spoil) => {
    const text = JSON.stringify(panelOf('overview', title));
    expect(spoil(text)).not.toBe(text);
    expect(pretences(JSON.parse(spoil(text)) as Panel, 'нет данных').join('\n')).toContain(problem);
  });

  it.each(dashboards)('%s keeps time and variables, and cannot be edited away', (_path, dashboard) => {
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
    const [source, ...others] = dashboard.templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    // Of dashboard-linter: reload on a change of the time range.
    for (const { refresh } of others) expect(refresh).toBe(2);
  });

  it.each(dashboards)('%s marks alerts, restarts and deploys on every chart', (_path, dashboard) => {
    expect(dashboard.annotations.list).toHaveLength(3);
    expect(dashboard.annotations.list.every(({ enable }) => enable)).toBe(true);
    const asked = dashboard.annotations.list.map(({ expr }) => expr).join('\n');
    for (const metric of ['ALERTS', 'process_start_time_seconds', 'build_info'])
      expect(asked).toContain(metric);
  });

  it.each(inRussian)('%s is in the Russian of the product', (_path, dashboard) => {
    const texts = textsOf(dashboard);
    expect(texts.length).toBeGreaterThan(30);
    expect(texts.flatMap(unwelcomeInRussian)).toEqual([]);
  });

  it.each(dashboards.filter(([path]) => path.includes('/en/')))('%s is in English', (_path, dashboard) => {
    expect(textsOf(dashboard).filter((text) => /\p{Script=Cyrillic}/u.test(text))).toEqual([]);
  });

  it('is built the same every time', () => {
    expect([...buildDashboards()]).toEqual([...buildDashboards()]);
  });
});

describe('the overview', () => {
  const alerts = panelOf('overview', 'Активные алерты');

  it('begins with the alerts that fire, the most severe first', () => {
    const [, overview] = inRussian.find(([path]) => path.endsWith('/overview.json')) ?? [];
    expect(overview?.panels[0]).toEqual(alerts);
    expect(alerts.gridPos).toMatchObject({ x: 0, y: 0 });
    expect(alerts).toMatchObject({
      type: 'table',
      options: { sortBy: [{ displayName: 'Срочность', desc: false }, {}] },
    });
  });

  it('has words and a panel for every alert of the rules, which the rules name as well', () => {
    const expected = ['None', ...new Set(allRules().map(({ alert }) => alert))].filter(
      (name) => !['Watchdog', 'CauseKnown'].includes(name),
    );
    const of = (column: string): Readonly<Record<string, { text: string }>> => {
      const [mapping] = overrideOf(alerts, column, 'mappings') as {
        options: Record<string, { text: string }>;
      }[];
      return mapping?.options ?? {};
    };
    expect(Object.keys(of('Что')).toSorted()).toEqual(expected.toSorted());
    for (const { alert, annotations } of allRules().filter(({ alert }) => expected.includes(alert)))
      expect(annotations['dashboard'], alert).toBe(
        `${of('board')[alert]?.text}?viewPanel=panel-${of('panel')[alert]?.text}`,
      );
    const uids = new Map(inRussian.map(([, { uid, panels }]) => [uid, panels.map(({ id }) => String(id))]));
    for (const name of expected)
      expect(uids.get(of('board')[name]?.text ?? ''), name).toContain(of('panel')[name]?.text);
  });

  it('has one block of six tiles beside it, on the first screen of a phone', () => {
    const verdict = panelOf('overview', 'Сейчас');
    expect(verdict.targets).toHaveLength(6);
    // 844 pixels less Grafana's own 195; 38 a row, panels one below the other.
    expect((alerts.gridPos.h + verdict.gridPos.h) * 38).toBeLessThan(844 - 195);
  });

  it('has the states of /health in the words of the chat and of the status page', () => {
    const mapped = textsOf(panelOf('overview', 'Сейчас'));
    expect(mapped).toEqual(expect.arrayContaining(['Всё работает', 'Работает с перебоями', 'Не работает']));
  });
});

describe('thresholds are those of the alerts', () => {
  const ms = (seconds: number): number => seconds * 1000;
  it.each([
    [
      'overview',
      'Время ответа',
      [
        thresholds.httpP50MaxSeconds.value,
        thresholds.httpP95MaxSeconds.value,
        thresholds.httpP99MaxSeconds.value,
      ].map(ms),
    ],
    ['overview', 'Свободно на дисках', [thresholds.diskFreeMinBytes.value / 1e9]],
    ['goals', 'Скорость расхода бюджета', [3, 14.4]],
    ['goals', 'Ошибки 5xx', [0.01, thresholds.httpErrorMaxRatio.value]],
    ['goals', 'ИИ: успешные запросы', [thresholds.aiSuccessTargetRatio.value]],
    ['goals', 'Активные против обычного дня', [0.8]],
    [
      'dependencies',
      'Процессор и память',
      [thresholds.cpuUsageMaxRatio.value, thresholds.memoryUsageMaxRatio.value],
    ],
    ['dependencies', 'Очереди', [thresholds.celeryQueueMaxMessages.value]],
    ['dependencies', 'Первая в очереди ждёт', [thresholds.celeryMessageMaxSeconds.value / 60]],
    ['monitoring', 'Самый старый ждёт', [thresholds.deliveryMaxSeconds.value / 60]],
    ['ai', 'Успешные запросы', [thresholds.aiSuccessMinRatio.value, thresholds.aiSuccessTargetRatio.value]],
  ])('lines of %s: %s', (stream, title, limits) => {
    const panel = panelOf(stream, title);
    expect(panel.fieldConfig.defaults.thresholds?.steps.map(({ value }) => value)).toEqual([null, ...limits]);
    // An area would be red for good.
    expect(panel.fieldConfig.defaults.custom).toMatchObject({ thresholdsStyle: { mode: 'dashed' } });
  });

  it.each([
    ['overview', 'Надёжность', 'A', thresholds.availabilityTargetRatio.value],
    ['overview', 'Скорость и ИИ', 'A', ms(thresholds.httpP50MaxSeconds.value)],
    ['overview', 'Скорость и ИИ', 'B', ms(thresholds.httpP95MaxSeconds.value)],
    ['overview', 'Скорость и ИИ', 'C', ms(thresholds.httpP99MaxSeconds.value)],
    ['overview', 'Скорость и ИИ', 'D', thresholds.aiSuccessTargetRatio.value],
    ['goals', 'Цели за 30 дней', 'A', thresholds.requestsTargetRatio.value],
    ['goals', 'Цели за 30 дней', 'C', thresholds.availabilityTargetRatio.value],
    ['dependencies', 'Вебхук бота', 'A', thresholds.webhookPendingMaxUpdates.value],
    ['dependencies', 'Выполняются дольше всех', 'Идёт', thresholds.celeryTaskMaxSeconds.value],
    ['monitoring', 'Задания', 'Успех назад', thresholds.dailyJobMaxSeconds.value],
  ])('colours of %s: %s, %s', (stream, title, field, limit) => {
    expect(overrideOf(panelOf(stream, title), field, 'thresholds')).toMatchObject({
      steps: [{ value: null }, { value: limit }],
    });
  });

  it('names in a tile the target that it has', () => {
    const { names } = words('ru');
    expect([names.p50, names.p95, names.p99]).toEqual(['P50 < 200 мс', 'P95 < 500 мс', 'P99 < 1 с']);
    expect([names.availability, names.errors, names.aiSuccess]).toEqual([
      'Аптайм > 99,9 %',
      'Ошибки < 1 %',
      'ИИ > 95 %',
    ]);
  });
});

describe('layout', () => {
  const panel = panelKit(words('en')).tiles(
    ['t', 's', 'g', 'd'],
    [{ name: 'up', expr: 'max(up)', unit: 'locale' }],
  );

  it('lets panels sink to the highest free place, leftmost first', () => {
    const sized = [
      at('a', 12, 10, panel),
      at('b', 12, 4, panel),
      at('c', 12, 3, panel),
      at('d', 24, 2, panel),
    ];
    expect(place(sized).map(({ id, gridPos }) => [id, gridPos])).toEqual([
      [1, { x: 0, y: 0, w: 12, h: 10 }],
      [2, { x: 12, y: 0, w: 12, h: 4 }],
      [3, { x: 12, y: 4, w: 12, h: 3 }],
      [4, { x: 0, y: 10, w: 24, h: 2 }],
    ]);
  });

  it('refuses a panel that is wider than the grid', () => {
    expect(() => place([at('a', 25, 1, panel)])).toThrow('The panel a is 25 wide, the grid 24');
  });
});
