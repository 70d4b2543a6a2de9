/**
 * Since when each secret is the same. A service keeps beside its state a fingerprint of every secret that it was given: of a
 * salted hash so few digits that a changed secret is noticed, and that a guess can never be proved by it.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { NamedSecret } from '../redact/environment.ts';
import { codeOf, moveAside } from './storage.ts';

export interface DatedSecret extends NamedSecret {
  /** When the file that it was read from was last changed, Unix ms; undefined: it stands in the environment. */
  readonly changedAt: number | undefined;
}

export interface SecretAge {
  readonly name: string;
  /** Unix ms. */
  readonly since: number;
}

/** One in 65,536 secrets has the same ones. */
const FINGERPRINT_HEX_CHARS = 4;
const DAY_MS = 24 * 3_600_000;
/** A service notes its secrets once a day: what it has not seen for so long is set no more. */
const SEEN_WITHIN_MS = 2 * DAY_MS;
/** Files from before have the date of a tool, and not of a person. */
const EARLIEST_FILE_MS = Date.UTC(2000, 0);

const time = z.number().nonnegative();
const fileSchema = z.object({
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  secrets: z.record(z.string(), z.object({ fingerprint: z.string(), since: time, seenAt: time })),
});
type Known = z.infer<typeof fileSchema>;

const pathIn = (folder: string): string => join(folder, 'secret-ages.json');

/** Whole days. @param now Unix ms */
export const daysSince = (since: number, now: number): number =>
  Math.max(0, Math.floor((now - since) / DAY_MS));

/**
 * Notes the secrets that a service was given. One that is known keeps its date, a changed one gets another: that of its file,
 * else of now.
 * @param folder of the service alone
 * @param now Unix ms
 * @throws the error of a disk that is full, read-only or forbids it.
 */
export function noteSecrets(folder: string, secrets: readonly DatedSecret[], now: number): void {
  const path = pathIn(folder);
  const known = read(path);
  if (known === 'damaged') moveAside(path, now);
  const { salt, secrets: before } = isKnown(known)
    ? known
    : { salt: randomBytes(16).toString('hex'), secrets: {} };
  const noted: Known['secrets'] = { ...before };
  for (const secret of secrets) {
    const { name, changedAt } = secret;
    const fingerprint = fingerprintOf(secret, salt);
    const former = before[name];
    const isSame = former?.fingerprint === fingerprint;
    // Another one was seen after the file's date, where somebody has put back a file that keeps its date.
    const begun = Math.max(fileDate(changedAt) ?? now, former?.seenAt ?? 0);
    noted[name] = { fingerprint, since: Math.min(isSame ? former.since : begun, now), seenAt: now };
  }
  write(path, { salt, secrets: noted });
}

/** As `noteSecrets`: secrets change when a service starts, and it starts whatever the disk says. */
export function noteSecretsAtStart(
  folder: string,
  secrets: readonly DatedSecret[],
  now: number,
  onUnexpected: (error: unknown) => void,
): void {
  try {
    noteSecrets(folder, secrets, now);
  } catch (error) {
    onUnexpected(error);
  }
}

const fileDate = (changedAt = 0): number | undefined =>
  changedAt < EARLIEST_FILE_MS ? undefined : Math.floor(changedAt);

/**
 * What services have noted and still see. Two that were given the same name: the younger counts, since after a change one of
 * them may not have been started anew.
 * @param now Unix ms
 */
export function secretAges(folders: readonly string[], now: number): readonly SecretAge[] {
  const ages = new Map<string, number>();
  for (const known of knownIn(folders))
    for (const [name, { since, seenAt }] of Object.entries(known.secrets))
      if (now - seenAt <= SEEN_WITHIN_MS) ages.set(name, Math.max(since, ages.get(name) ?? 0));
  return [...ages].map(([name, since]) => ({ name, since }));
}

/** Since when a secret is what it is now, Unix ms; undefined: nobody has noted it. */
export function sinceWhen(folders: readonly string[], secret: NamedSecret): number | undefined {
  const dates = knownIn(folders).flatMap(({ salt, secrets }) => {
    const noted = secrets[secret.name];
    return noted?.fingerprint === fingerprintOf(secret, salt) ? [noted.since] : [];
  });
  return dates.length === 0 ? undefined : Math.min(...dates);
}

const knownIn = (folders: readonly string[]): readonly Known[] =>
  folders.map((folder) => read(pathIn(folder))).filter(isKnown);

const isKnown = (known: Known | 'damaged' | undefined): known is Known => typeof known === 'object';

/** `damaged`: it is there, and says nothing. Undefined: it is not there. @throws what the disk throws */
function read(path: string): Known | 'damaged' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** As a whole or not at all. */
function write(path: string, known: Known): void {
  const temporary = `${path}.new`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(known));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The name belongs to it: equal secrets do not look alike. */
const fingerprintOf = ({ name, value }: NamedSecret, salt: string): string =>
  createHmac('sha256', salt).update(`${name}=${value}`).digest('hex').slice(0, FINGERPRINT_HEX_CHARS);
