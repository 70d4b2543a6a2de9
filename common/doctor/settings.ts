/** Every variable of the contract: what it is set to, its default, or that it is not set; and how it was read. Never a secret. Pure. */
import { ENV_NAMES, envVariable } from '../env/variables.ts';
import { valuesOf } from '../env/aliases.ts';
import type { ReadEnvironment } from '../env/load.ts';
import { leftOut, ok, warning, type Result } from './check.ts';

export function settingsOf({ values, warnings }: ReadEnvironment): readonly Result[] {
  return [
    ...ENV_NAMES.map((name) => ({ section: 'Settings', name, ...settingOf(values, name) })),
    ...warnings.map(({ name, fix }) => ({ section: 'Settings', name, ...warning(fix) })),
  ];
}

function settingOf(values: ReadEnvironment['values'], name: (typeof ENV_NAMES)[number]) {
  const { default: fallback, secret } = envVariable(name);
  const [first, ...others] = valuesOf(values, name);
  if (first !== undefined) {
    const sources = [first, ...others].map((one) => one.name).join(', ');
    const by = first.name === name ? '' : ` by ${sources}`;
    return ok(secret === true ? `set${by} (a secret, not shown)` : `${first.value}${by}`);
  }
  return fallback === undefined ? leftOut('not set') : ok(`${fallback} (default)`);
}
