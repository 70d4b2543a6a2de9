import { ai } from './dashboards/ai.ts';
import { dependencies } from './dashboards/dependencies.ts';
import { goals } from './dashboards/goals.ts';
import { monitoring } from './dashboards/monitoring.ts';
import { overview } from './dashboards/overview.ts';
import { users } from './dashboards/users.ts';
import { classicDashboard, uidOf } from './layout.ts';
import type { Board, ClassicDashboard } from './layout.ts';
import { panelKit } from './panels.ts';
import { words } from './words.ts';
import type { BoardKey, Locale } from './words.ts';

function dashboardsOf(locale: Locale): Readonly<Record<BoardKey, ClassicDashboard>> {
  const t = words(locale);
  const kit = panelKit(t);
  const others = {
    goals: goals(kit, t),
    dependencies: dependencies(kit, t),
    ai: ai(kit, t),
    users: users(kit, t),
    monitoring: monitoring(kit, t),
  };
  /** Where an alert's panel is: its dashboard, and its place among the panels. */
  const find = (board: keyof typeof others, panel: string): readonly [uid: string, id: number] => {
    const index = others[board].panels.findIndex(({ key }) => key === panel);
    if (index === -1) throw new RangeError(`The dashboard ${board} has no panel ${panel}`);
    return [uidOf(board), index + 1];
  };
  const boards: Readonly<Record<BoardKey, Board>> = { overview: overview(kit, t, find), ...others };
  return Object.fromEntries(
    Object.entries(boards).map(([key, board]) => [key, classicDashboard(key as BoardKey, board, t)]),
  ) as Readonly<Record<BoardKey, ClassicDashboard>>;
}

/** Every generated file: path from the root of the repository → its text. The same input gives the same bytes. */
export function buildDashboards(): Map<string, string> {
  return new Map(
    (['ru', 'en'] as const).flatMap((locale) =>
      Object.entries(dashboardsOf(locale)).map(([name, dashboard]): [string, string] => [
        `grafana/generated/${locale}/${name}.json`,
        `${JSON.stringify(dashboard, null, 2)}\n`,
      ]),
    ),
  );
}
