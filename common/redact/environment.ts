/** What the redactor must know of a loaded environment. Pure. */
import { valuesOf } from '../env/aliases.ts';
import { ENV_NAMES, envVariable } from '../env/variables.ts';
import { nameKind } from './keys.ts';

/** User and password of a URL as written; passwords with unencoded `@` or `/`, and a missing scheme, included. */
const CREDENTIALS = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^:/?#]*):(?!\/\/)(.*)@[^@]*$/is;

/** The user part of a URL without a password is the secret itself: a Sentry DSN is `https://<key>@host/<project>`. */
const LONE_USER = /^[a-z][a-z0-9+.-]*:\/\/([^:@/]+)@/i;

/** Of these the path is a secret too: who knows it may post there. */
const SECRET_PATHS: ReadonlySet<string> = new Set([
  'HEARTBEAT_URL',
  'FALLBACK_NTFY_URL',
  'FALLBACK_WEBHOOK_URL',
  'EXPECTED_WEBHOOK_URL',
]);

/** A piece of a path as short as that is a word ("webhook", "telegram"), unless there are digits in it. */
const MIN_WORD_CHARS = 12;
const MIN_PIECE_CHARS = 8;

/** As written, as decoded, and as the URL parser spells it. */
function spellings(raw: string): string[] {
  return [raw, attempt(() => decodeURIComponent(raw)), attempt(() => respelled(raw))].flatMap(
    (one) => one ?? [],
  );
}

function respelled(password: string): string {
  const url = new URL('http://host');
  url.password = password;
  return url.password;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** What is secret in a URL, wherever it may stand; empty for what is none. */
function secretsInUrl(value: string, hasSecretPath: boolean): string[] {
  const [, user = '', password] = CREDENTIALS.exec(value) ?? [];
  const found = spellings(password ?? LONE_USER.exec(value)?.[1] ?? '');
  // As they go into Basic authentication, of which base64 makes one text.
  if (password !== undefined && user !== '')
    found.push(
      ...spellings(password).map((one) => `${attempt(() => decodeURIComponent(user)) ?? user}:${one}`),
    );
  const url = attempt(() => new URL(value));
  if (url === undefined) return found;
  for (const [name, text] of url.searchParams)
    if (hasSecretPath || nameKind(name, text) === 'secret') found.push(...spellings(text));
  if (hasSecretPath) {
    const pieces = url.pathname.split('/').filter(isTelling);
    found.push(...pieces.flatMap(spellings));
  }
  return found;
}

const isTelling = (piece: string): boolean =>
  piece.length >= (/\d/.test(piece) ? MIN_PIECE_CHARS : MIN_WORD_CHARS);

const isUrl = (name: string, value: string): boolean => /_(?:URL|DSN)$/.test(name) && value.includes('://');

const secretParts = (name: string, value: string): string[] =>
  secretsInUrl(value, SECRET_PATHS.has(name)).filter((part) => part !== '');

/** Of a URL with credentials only these are secret, so that a log still tells which host was meant. */
function secretsOf(name: string, value: string): string[] {
  const parts = secretParts(name, value);
  if (isUrl(name, value) && (CREDENTIALS.test(value) || LONE_USER.test(value))) return parts;
  // What stands after the colon of a bot's token opens as much as the whole: the number before it is no secret.
  const half = /^\d+:(.+)$/s.exec(value)?.[1];
  // Keys may stand in a list: STATE_KEY=new,old.
  const items = value.includes(',') ? value.split(',').map((item) => item.trim()) : [];
  return [value, ...(half === undefined ? [] : [half]), ...items, ...parts];
}

export interface NamedSecret {
  /** The variable in which it stands. */
  readonly name: string;
  readonly value: string;
}

/**
 * Every secret that is set, by the name it is set by, so that two of them can be compared: of a URL what is secret in it,
 * of a list of keys the one that counts. What holds no secret, a URL without a password for instance, is left out.
 */
export function namedSecrets(values: Readonly<Record<string, string>>): readonly NamedSecret[] {
  return ENV_NAMES.flatMap((setting) =>
    valuesOf(values, setting).flatMap(({ name, value: written }) => {
      const isWhole = envVariable(setting).secret === true && !isUrl(setting, written);
      // A name without a password is a secret in a DSN only.
      const user = setting === 'SENTRY_DSN' ? undefined : LONE_USER.exec(written)?.[1];
      const parts = secretParts(setting, written).filter((part) => !spellings(user ?? '').includes(part));
      const value = isWhole ? (written.split(',')[0] ?? '') : parts.join('\n');
      return value === '' ? [] : [{ name, value }];
    }),
  );
}

export interface EnvironmentSecrets {
  readonly secrets: readonly string[];
  readonly ids: readonly string[];
}

/**
 * Every secret value of the contract, also under the application's names, the parts of it that are a secret by themselves, the passwords inside URLs, and the
 * ids of chats and administrators, ready for `createRedactor`.
 */
export function environmentSecrets(values: Readonly<Record<string, string>>): EnvironmentSecrets {
  const secrets = ENV_NAMES.flatMap((name) =>
    valuesOf(values, name).flatMap(({ value }) =>
      envVariable(name).secret === true ? secretsOf(name, value) : secretsInUrl(value, false),
    ),
  );
  const ids = [values['ADMIN_TELEGRAM_ID'], values['ADMIN_USER_IDS']]
    .flatMap((list) => (list ?? '').split(','))
    .map((entry) => entry.split(':')[0]?.trim() ?? '')
    .filter((id) => id !== '');
  return { secrets: [...new Set(secrets)].filter((secret) => secret !== ''), ids };
}
