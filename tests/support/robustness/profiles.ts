import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openKpiStore } from '../../../exporter/kpi/sqlite.ts';
import { silentLog } from '../machine/silent-log.ts';

/** What the exporter keeps of profiles; made where it does not run. */
function withProfiles<T>(folder: string, work: (store: ReturnType<typeof openKpiStore>) => T): T {
  for (const name of ['state', 'log'])
    mkdirSync(join(folder, name, 'exporter'), { recursive: true, mode: 0o700 });
  const store = openKpiStore(join(folder, 'state/exporter/kpi.sqlite'), 'UTC', 0, silentLog);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
export const rememberProfiles = (folder: string, profiles: readonly number[]): void =>
  withProfiles(folder, (store) => {
    const seen = new Map(profiles.map((profile) => [profile, 2]));
    store.saveActivity({ anew: false, seen, forgetBefore: 1, key: 'activity', value: null });
  });
export const profilesIn = (folder: string): readonly number[] =>
  withProfiles(folder, (store) => [...store.loadActivity().keys()]);
