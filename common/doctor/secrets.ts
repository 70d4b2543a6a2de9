import { daysSince, secretAges, sinceWhen, type DatedSecret } from '../state/secret-ages.ts';
import { codeOf } from '../state/storage.ts';
import { leftOut, ok, warning, type Check, type Finding } from './check.ts';

export interface SecretChecksOptions {
  /** Where the services keep the dates, each in its own. */
  readonly folders: readonly string[];
  readonly secrets: readonly DatedSecret[];
  /** 0: however old. */
  readonly maxAgeDays: number;
  /** Unix ms. */
  readonly now: () => number;
}

/** How old each secret is: those that the doctor is given, and those that only a service is. */
export function secretChecks({ folders, secrets, maxAgeDays, now }: SecretChecksOptions): readonly Check[] {
  const names = new Set(secrets.map(({ name }) => name));
  const others = unlessForbidden(() => secretAges(folders, now()), []).filter(({ name }) => !names.has(name));
  const judge = (since: number | undefined): Finding => {
    if (since === undefined) return leftOut('not noted yet: the services do it when they start');
    const days = daysSince(since, now());
    const age = `${days} days old, since ${new Date(since).toISOString().slice(0, 10)}`;
    if (maxAgeDays === 0 || days < maxAgeDays) return ok(age);
    return warning(`${age}: change it, as docs/security.md#change-secrets says`);
  };
  const forbidden = leftOut('this user may not read the state of the services');
  const check = (name: string, since: () => number | undefined): Check => ({
    section: 'Age of secrets',
    name,
    look: () => Promise.resolve(unlessForbidden(() => judge(since()), forbidden)),
  });
  return [
    ...secrets.map((secret) => check(secret.name, () => sinceWhen(folders, secret))),
    ...others.map(({ name, since }) => check(name, () => since)),
  ];
}

function unlessForbidden<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return otherwise;
  }
}
