import { z } from 'zod';
import { buildDashboards } from '../../../grafana/build.ts';

const targetSchema = z.looseObject({
  refId: z.string(),
  expr: z.string(),
  instant: z.boolean().optional(),
  legendFormat: z.string().optional(),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.string() }),
});
export type Target = z.infer<typeof targetSchema>;

const stepsSchema = z.object({
  steps: z.array(z.object({ color: z.string(), value: z.number().nullable() })),
});

const propertySchema = z.object({ id: z.string(), value: z.unknown() });

const panelSchema = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['stat', 'table', 'timeseries', 'state-timeline']),
  title: z.string(),
  description: z.string(),
  datasource: z.object({ uid: z.string() }),
  gridPos: z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) }),
  fieldConfig: z.looseObject({
    defaults: z.looseObject({
      unit: z.string().optional(),
      noValue: z.string().optional(),
      mappings: z.array(z.unknown()).optional(),
      thresholds: stepsSchema.optional(),
      custom: z.looseObject({}).optional(),
    }),
    overrides: z
      .array(
        z.object({
          matcher: z.object({ id: z.string(), options: z.unknown() }),
          properties: z.array(propertySchema),
        }),
      )
      .default([]),
  }),
  options: z.looseObject({}).optional(),
  transformations: z.array(z.looseObject({ id: z.string(), options: z.looseObject({}) })).optional(),
  targets: z.array(targetSchema),
});
export type Panel = z.infer<typeof panelSchema>;

const dashboardSchema = z.looseObject({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  editable: z.boolean(),
  schemaVersion: z.int(),
  links: z.array(z.looseObject({})),
  templating: z.object({
    list: z.array(z.looseObject({ name: z.string(), type: z.string(), refresh: z.int().optional() })),
  }),
  annotations: z.object({
    list: z.array(z.looseObject({ name: z.string(), expr: z.string(), enable: z.boolean() })),
  }),
  panels: z.array(panelSchema),
});
export type Dashboard = z.infer<typeof dashboardSchema>;

/** Every generated dashboard as [path, content]. */
export const dashboards: readonly (readonly [string, Dashboard])[] = [...buildDashboards()].map(
  ([path, text]) => [path, dashboardSchema.parse(JSON.parse(text))] as const,
);

/** Both languages ask the same: a test holds that. */
export const inRussian = dashboards.filter(([path]) => path.includes('/ru/'));

/** Throws Error for a panel that does not exist. */
export function panelOf(stream: string, title: string): Panel {
  const [, dashboard] = dashboards.find(([path]) => path.endsWith(`/${stream}.json`)) ?? [];
  const panel = dashboard?.panels.find((one) => one.title === title);
  if (panel === undefined) throw new Error(`No panel ${title} in ${stream}`);
  return panel;
}

/** An override's value of a property, of the fields that `options` of a matcher names. */
export function overrideOf(panel: Panel, options: string, id: string): unknown {
  const found = panel.fieldConfig.overrides.filter(({ matcher }) => matcher.options === options);
  return found.flatMap(({ properties }) => properties).findLast((property) => property.id === id)?.value;
}

/** Grafana's own variables replaced by values of their kind. */
export function interpolated(expr: string): string {
  return expr
    .replaceAll('$currency', 'RUB')
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__interval', '5m')
    .replaceAll('$__range', '1h');
}

const FALLBACK = / or on \(\) (?:vector\(NaN\)|label_replace\(vector\(NaN\), "\w+", "[^"]+", "", ""\))$/;

/** What a tile or a table asks, without the value or the row that stands for "not known". */
export const withoutFallback = (expr: string): string => expr.replace(FALLBACK, '');

export interface NamedQuery {
  /** `board / panel / refId`. */
  readonly name: string;
  readonly expr: string;
  readonly instant: boolean;
}

/** Every query of the panels and of the annotations, in one language. */
export const queries: readonly NamedQuery[] = inRussian.flatMap(([path, dashboard]) => {
  const stream = /(\w+)\.json$/.exec(path)?.[1] ?? path;
  return dashboard.panels.flatMap((panel) =>
    panel.targets.map(({ refId, expr, instant }) => ({
      name: `${stream} / ${panel.title} / ${refId}`,
      expr: interpolated(withoutFallback(expr)),
      instant: instant === true,
    })),
  );
});

export const annotationQueries: readonly NamedQuery[] = (inRussian[0]?.[1].annotations.list ?? []).map(
  ({ name, expr }) => ({ name: `annotation / ${name}`, expr, instant: false }),
);
