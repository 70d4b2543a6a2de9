import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { catalog as bridge } from '../alert-bridge/metrics/catalog.ts';
import { catalog as exporter } from '../exporter/metrics/catalog.ts';
import { datasource } from './panels.ts';
import type { BoardKey, Words } from './words.ts';

/** Grafana's grid: 24 columns; a row of height 1 is 30 pixels. */
export const GRID_COLUMNS = 24;

export interface Placed {
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly panel: Builder<dashboard.Panel>;
}

export const at = (key: string, width: number, height: number, panel: Builder<dashboard.Panel>): Placed => ({
  key,
  width,
  height,
  panel,
});

/**
 * Lets every panel sink to the highest free place of its width, leftmost first, and gives it its id: the SDK does neither.
 * Throws RangeError for a panel wider than the grid.
 */
export function place(panels: readonly Placed[]): dashboard.Panel[] {
  const used = new Array<number>(GRID_COLUMNS).fill(0);
  return panels.map(({ key, width, height, panel }, index) => {
    if (width > GRID_COLUMNS)
      throw new RangeError(`The panel ${key} is ${width} wide, the grid ${GRID_COLUMNS}`);
    const top = (x: number): number => Math.max(...used.slice(x, x + width));
    const columns = Array.from({ length: GRID_COLUMNS - width + 1 }, (_, x) => x);
    const x = columns.reduce((best, next) => (top(next) < top(best) ? next : best), 0);
    const y = top(x);
    used.fill(y + height, x, x + width);
    return { ...panel.build(), id: index + 1, gridPos: { x, y, w: width, h: height } };
  });
}

/** Grafana's classic dashboard JSON, the form its file provisioning reads; the SDK deprecates its own type of it. */
export interface ClassicDashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly graphTooltip: dashboard.DashboardCursorSync;
  readonly timezone: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly templating: { readonly list: readonly dashboard.VariableModel[] };
  readonly annotations: { readonly list: readonly object[] };
  readonly links: readonly Omit<dashboard.DashboardLink, 'placement'>[];
  readonly panels: readonly dashboard.Panel[];
}

const tag = 'expensebot';

export const uidOf = (board: BoardKey): string => `expensebot-${board}`;

/** A drop-down with every dashboard of this project, which keeps the time and the variables. */
function dropDown(title: string): Omit<dashboard.DashboardLink, 'placement'> {
  // The SDK places links inside the controls menu, where Grafana 12.3 shows no tag drop-down at all:
  // without a placement they stand above the panels.
  const { placement: _placement, ...link } = new dashboard.DashboardLinkBuilder(title)
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link')
    .build();
  return link;
}

const builds = [exporter.buildInfo.name, bridge.buildInfo.name];

/** Without the two that Alertmanager needs and no person reads. */
export const firing = 'ALERTS{alertstate="firing", alertname!~"Watchdog|CauseKnown"}';

/** What explains a bend of any chart: alerts, restarts, deploys. Five minutes long: the longest step of 30 days is shorter. */
function annotations({ annotations: t }: Words): object[] {
  return [
    {
      name: t.alerts,
      iconColor: 'orange',
      // Where it began: one that fires for days would colour the whole chart.
      expr: `${firing} unless ${firing} offset 5m`,
      titleFormat: '{{alertname}} {{component}}',
    },
    {
      name: t.restarts,
      iconColor: 'purple',
      expr: ['expensebot_exporter', 'alert_bridge']
        .map((prefix) => `changes(${prefix}_process_start_time_seconds[5m]) > 0`)
        .join(' or '),
      titleFormat: `${t.restart}: {{job}}`,
    },
    {
      name: t.deploys,
      iconColor: 'blue',
      // A version that was not there within the hour before.
      expr: builds
        .map((name) => `(${name} unless on (version, revision) last_over_time(${name}[1h] offset 5m))`)
        .join(' or '),
      titleFormat: `${t.deploy}: {{job}} {{version}} {{revision}}`,
    },
  ].map((annotation) => ({ ...annotation, datasource, enable: true, hide: true, step: '60s' }));
}

export interface Board {
  readonly panels: readonly Placed[];
  readonly from?: string;
  readonly variables?: readonly Builder<dashboard.VariableModel>[];
}

/** What all dashboards of this project have in common around their panels. */
export function classicDashboard(key: BoardKey, board: Board, t: Words): ClassicDashboard {
  const [title, description] = t.boards[key];
  const source = new dashboard.DatasourceVariableBuilder('datasource')
    .label(t.parts.datasource)
    .type('prometheus')
    .current({ selected: true, text: 'Prometheus', value: 'prometheus' })
    // There is one: a reader on a phone need not see it.
    .hide(dashboard.VariableHide.HideVariable);
  return {
    uid: uidOf(key),
    title,
    description,
    tags: [tag],
    schemaVersion: 42,
    editable: false,
    graphTooltip: dashboard.DashboardCursorSync.Crosshair,
    timezone: 'browser',
    time: { from: board.from ?? 'now-6h', to: 'now' },
    refresh: board.from === 'now-30d' ? '5m' : '30s',
    templating: { list: [source, ...(board.variables ?? [])].map((variable) => variable.build()) },
    annotations: { list: annotations(t) },
    links: [dropDown(t.parts.dashboards)],
    panels: place(board.panels),
  };
}
