import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

/** Grafana's grid: 24 columns; a row of height 1 is 30 pixels. */
export const GRID_COLUMNS = 24;

export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly panel: Builder<dashboard.Panel>;
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Placed[];
}

/**
 * Places sections under each other and panels from left to right, and gives every panel its id:
 * the SDK does neither check the width nor give out ids.
 * Throws RangeError for a panel wider than the grid.
 */
export function place(sections: readonly Section[]): (dashboard.Panel | dashboard.RowPanel)[] {
  const placed: (dashboard.Panel | dashboard.RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const id = placed.length + 1;
    const row = new dashboard.RowBuilder(section.title).id(id).build();
    placed.push({ ...row, gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 } });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width, height, panel } of section.panels) {
      if (width > GRID_COLUMNS)
        throw new RangeError(`A panel of "${section.title}" is ${width} wide, the grid ${GRID_COLUMNS}`);
      if (x + width > GRID_COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      placed.push({ ...panel.build(), id: placed.length + 1, gridPos: { x, y, w: width, h: height } });
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return placed;
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
  readonly annotations: { readonly list: readonly dashboard.AnnotationQuery[] };
  readonly links: readonly Omit<dashboard.DashboardLink, 'placement'>[];
  readonly panels: readonly (dashboard.Panel | dashboard.RowPanel)[];
}

const tag = 'expensebot';

/** A drop-down with every dashboard of this project, which keeps the time and the variables. */
function dropDown(): Omit<dashboard.DashboardLink, 'placement'> {
  // The SDK places links inside the controls menu, where Grafana 12.3 shows no tag drop-down at all:
  // without a placement they stand above the panels.
  const { placement: _placement, ...link } = new dashboard.DashboardLinkBuilder('ExpenseBot')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link')
    .build();
  return link;
}

/** What all dashboards of this project have in common around their sections. */
export function classicDashboard(options: {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<dashboard.VariableModel>[];
  readonly sections: readonly Section[];
}): ClassicDashboard {
  return {
    uid: options.uid,
    title: options.title,
    description: options.description,
    tags: [tag],
    schemaVersion: 42,
    editable: false,
    graphTooltip: dashboard.DashboardCursorSync.Crosshair,
    timezone: 'browser',
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: { list: options.variables.map((variable) => variable.build()) },
    annotations: { list: [] },
    links: [dropDown()],
    panels: place(options.sections),
  };
}
