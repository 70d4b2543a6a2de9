/** Every variable of the contract: what it is set to, its default, or that it is not set. Never a secret. Pure. */
import { ENV_NAMES, envVariable } from '../env/variables.ts';
import { leftOut, ok, type Result } from './check.ts';

export function settingsOf(values: Readonly<Record<string, string>>): readonly Result[] {
  return ENV_NAMES.map((name) => ({ section: 'Settings', name, ...settingOf(values[name], name) }));
}

function settingOf(value: string | undefined, name: (typeof ENV_NAMES)[number]) {
  const { default: fallback, secret } = envVariable(name);
  if (value !== undefined) return ok(secret === true ? 'set (a secret, not shown)' : value);
  return fallback === undefined ? leftOut('not set') : ok(`${fallback} (default)`);
}
