/** Every variable of the contract: what it is set to, its default, or that it is not set; and how it was read. Never a secret. Pure. */
import { ENV_NAMES, envVariable } from '../env/variables.ts';
import type { ReadEnvironment } from '../env/load.ts';
import { leftOut, ok, warning, type Result } from './check.ts';

export function settingsOf({ values, warnings }: ReadEnvironment): readonly Result[] {
  return [
    ...ENV_NAMES.map((name) => ({ section: 'Settings', name, ...settingOf(values[name], name) })),
    ...warnings.map(({ name, fix }) => ({ section: 'Settings', name, ...warning(fix) })),
  ];
}

function settingOf(value: string | undefined, name: (typeof ENV_NAMES)[number]) {
  const { default: fallback, secret } = envVariable(name);
  if (value !== undefined) return ok(secret === true ? 'set (a secret, not shown)' : value);
  return fallback === undefined ? leftOut('not set') : ok(`${fallback} (default)`);
}
