import { ai } from './dashboards/ai.ts';
import { dependencies } from './dashboards/dependencies.ts';
import { goals } from './dashboards/goals.ts';
import { monitoring } from './dashboards/monitoring.ts';
import { overview, PANELS } from './dashboards/overview.ts';
import type { Place } from './dashboards/overview.ts';
import { users } from './dashboards/users.ts';
import { classicDashboard, uidOf } from './layout.ts';
import type { Board, ClassicDashboard } from './layout.ts';
import { panelKit } from './panels.ts';
import { words } from './words.ts';
import type { BoardKey, Locale } from './words.ts';

function boardsOf(locale: Locale) {
  const t = words(locale);
  const kit = panelKit(t);
  const others = {
    goals: goals(kit, t),
    dependencies: dependencies(kit, t),
    ai: ai(kit, t),
    users: users(kit, t),
    monitoring: monitoring(kit, t),
  };
  const find = ([board, panel]: (typeof PANELS)[string]): Place => {
    const index = others[board].panels.findIndex(({ key }) => key === panel);
    if (index === -1) throw new RangeError(`The dashboard ${board} has no panel ${panel}`);
    return [uidOf(board), index + 1];
  };
  const boards: Readonly<Record<BoardKey, Board>> = { overview: overview(kit, t, find), ...others };
  return { t, find, boards };
}

/** What a rule says of the panel of its alert, as annotations: the same in every language. */
export function panelAnnotations(): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const { find } = boardsOf('ru');
  return new Map(
    Object.entries(PANELS).map(([alert, panel]) => {
      const [uid, id] = find(panel);
      const [, , before] = panel;
      const dashboard = `${uid}?viewPanel=panel-${id}`;
      return [alert, before === undefined ? { dashboard } : { dashboard, dashboard_before: before }];
    }),
  );
}

function dashboardsOf(locale: Locale): readonly (readonly [BoardKey, ClassicDashboard])[] {
  const { boards, t } = boardsOf(locale);
  return Object.entries(boards).map(([name, board]) => {
    const key = name as BoardKey;
    return [key, classicDashboard(key, board, t)];
  });
}

/** Every generated file: path from the root of the repository → its text. The same input gives the same bytes. */
export function buildDashboards(): Map<string, string> {
  return new Map(
    (['ru', 'en'] as const).flatMap((locale) =>
      dashboardsOf(locale).map(([name, dashboard]): [string, string] => [
        `grafana/generated/${locale}/${name}.json`,
        `${JSON.stringify(dashboard, null, 2)}\n`,
      ]),
    ),
  );
}
