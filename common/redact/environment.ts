/** What the redactor must know of a loaded environment. Pure. */
import { ENV_NAMES, envVariable } from '../env/variables.ts';

/** Password of a URL as written and as decoded; passwords with unencoded `@` or `/` included. */
function urlPasswords(value: string): string[] {
  const raw = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#]*:(.*)@[^@]*$/is.exec(value)?.[1];
  if (raw === undefined) return [];
  try {
    return [raw, decodeURIComponent(raw)];
  } catch {
    return [raw];
  }
}

/** The user part of a URL without a password is the secret itself: a Sentry DSN is `https://<key>@host/<project>`. */
function urlKey(value: string): string[] {
  const key = /^[a-z][a-z0-9+.-]*:\/\/([^:@/]+)@/i.exec(value)?.[1];
  return key === undefined ? [] : [key];
}

/** Of a URL with credentials only these are secret, so that a log still tells which host was meant. */
function secretsOf(value: string): string[] {
  const parts = [...urlPasswords(value), ...urlKey(value)];
  return parts.length > 0 ? parts : [value];
}

export interface EnvironmentSecrets {
  readonly secrets: readonly string[];
  readonly ids: readonly string[];
}

/**
 * Every secret value of the contract, the passwords inside its URLs, and the ids of chats and administrators, ready for
 * `createRedactor`.
 */
export function environmentSecrets(values: Readonly<Record<string, string>>): EnvironmentSecrets {
  const secrets: string[] = [];
  for (const name of ENV_NAMES) {
    const value = values[name];
    if (value === undefined) continue;
    secrets.push(...(envVariable(name).secret === true ? secretsOf(value) : urlPasswords(value)));
  }
  const ids = [values['ADMIN_TELEGRAM_ID'], values['ADMIN_USER_IDS']]
    .flatMap((list) => (list ?? '').split(','))
    .map((entry) => entry.split(':')[0]?.trim() ?? '')
    .filter((id) => id !== '');
  return { secrets, ids };
}
