import { z } from 'zod';
import { buildDashboards } from '../../../grafana/build.ts';

const targetSchema = z.looseObject({
  refId: z.string(),
  expr: z.string(),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.string() }),
});

const panelSchema = z.looseObject({
  id: z.int().positive(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) }),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({
        unit: z.string().optional(),
        thresholds: z
          .object({ steps: z.array(z.object({ color: z.string(), value: z.number().nullable() })) })
          .optional(),
      }),
    })
    .optional(),
  targets: z.array(targetSchema).optional(),
});
export type Panel = z.infer<typeof panelSchema>;

const dashboardSchema = z.looseObject({
  uid: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  editable: z.boolean(),
  schemaVersion: z.int(),
  links: z.array(z.looseObject({})),
  panels: z.array(panelSchema),
});
export type Dashboard = z.infer<typeof dashboardSchema>;

function parseDashboard(text: string): Dashboard {
  return dashboardSchema.parse(JSON.parse(text));
}

/** Every generated dashboard as [path, content]. */
export const dashboards: readonly (readonly [string, Dashboard])[] = [...buildDashboards()].map(
  ([path, text]) => [path, parseDashboard(text)] as const,
);

/** Every query as [panel: refId, PromQL], Grafana's own variables replaced by values of their kind. */
export const queries: readonly (readonly [string, string])[] = dashboards.flatMap(([, dashboard]) =>
  dashboard.panels.flatMap((panel) =>
    (panel.targets ?? []).map(
      (target) =>
        [
          `${panel.title}: ${target.refId}`,
          target.expr.replaceAll('$currency', 'RUB').replaceAll('$__rate_interval', '1m'),
        ] as const,
    ),
  ),
);
