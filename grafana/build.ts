import { goals } from './dashboards/goals.ts';
import { operations } from './dashboards/operations.ts';
import { overview } from './dashboards/overview.ts';
import type { ClassicDashboard } from './layout.ts';

const dashboards: Readonly<Record<string, () => ClassicDashboard>> = { overview, goals, operations };

/** Every generated file: path from the root of the repository → its text. The same input gives the same bytes. */
export function buildDashboards(): Map<string, string> {
  return new Map(
    Object.entries(dashboards).map(([name, build]) => [
      `grafana/generated/${name}.json`,
      `${JSON.stringify(build(), null, 2)}\n`,
    ]),
  );
}
