/**
 * `npm run forget -- --user <id>`: removes a user's data from what both services keep, while they run or not, and says
 * what it removed. Exit code 0 when everything was searched, 1 when something could not be, 2 for wrong arguments.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outboxPath, sealOf } from '../alert-bridge/outbox/kept.ts';
import { eraseUser } from '../alert-bridge/outbox/erase.ts';
import { systemClock } from '../common/clock.ts';
import { ConfigError } from '../common/config/problem.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { EnvReader } from '../common/env/reader.ts';
import { readShared, readStateKeys } from '../common/env/shared.ts';
import { createIdentityHasher, hashKeyFrom } from '../common/identity.ts';
import { OperatorError } from '../common/operator-error.ts';
import { openSqlite } from '../common/sqlite.ts';
import { readDatabase } from '../exporter/database-settings.ts';
import { eraseProfile, keepsActivity, profileOf } from '../exporter/kpi/erase.ts';

const USAGE = `Usage: npm run forget -- --user <id> [--profile <id>]

  --user     the user's Telegram id, as events name it
  --profile  the user's id in users_profile, where the database cannot be asked for it any more
`;

/** Waits so long for the services' own writes. */
const BUSY_MS = 30_000;

interface Report {
  /** What was removed, and how many. */
  readonly removed: readonly (readonly [what: string, count: number])[];
  /** What could not be searched, and what to do about it. */
  readonly left: readonly string[];
}

function readArguments(): { user: string; profile: number | undefined } {
  try {
    const { values } = parseArgs({ options: { user: { type: 'string' }, profile: { type: 'string' } } });
    const user = values.user?.trim() ?? '';
    const profile = values.profile === undefined ? undefined : Number(values.profile);
    const isProfile = profile === undefined || (Number.isSafeInteger(profile) && profile > 0);
    if (user !== '' && isProfile) return { user, profile };
  } catch {
    // An option nobody knows: the usage says which there are.
  }
  process.stderr.write(USAGE);
  process.exit(2);
}

function forgetInBridge(folder: string, keys: readonly Buffer[], user: string): Report {
  const path = outboxPath(folder);
  const aside = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => /\.(damaged|other-key)-[\dTZ]+$/.test(name))
    .map(
      (name) => `${join(folder, name)} was set aside and is not searched: delete it with its -wal and -shm.`,
    );
  if (!existsSync(path)) return { removed: [['alert bridge: nothing is kept', 0]], left: aside };
  const database = openSqlite(path);
  try {
    database.pragma(`busy_timeout = ${BUSY_MS}`);
    const erased = eraseUser(database, sealOf(folder, keys), user, systemClock.now());
    const unread = `${erased.unreadable} rows of ${path} cannot be opened with STATE_KEY: searched by what is in the clear only.`;
    return {
      removed: [
        ['alert bridge: signals', erased.signals],
        ['alert bridge: of them waiting, not shown any more', erased.waiting],
        ['alert bridge: states of messages', erased.threads],
        ['alert bridge: open alerts', erased.openAlerts],
        ['alert bridge: members of summaries', erased.digestMembers],
      ],
      left: [...aside, ...(erased.unreadable > 0 ? [unread] : [])],
    };
  } finally {
    database.close();
  }
}

async function forgetInExporter(
  path: string,
  env: EnvReader,
  { user, profile }: { readonly user: string; readonly profile: number | undefined },
): Promise<Report> {
  const what = 'exporter: last activity of a profile';
  const nothing: Report = { removed: [[what, 0]], left: [] };
  if (!keepsActivity(path)) return nothing;
  if (profile !== undefined) return { removed: [[what, eraseProfile(path, profile)]], left: [] };
  // Profiles are known by Telegram ids, which are whole numbers.
  if (!/^\d{1,18}$/.test(user)) return nothing;
  const connection = readDatabase(env);
  if (env.problems.length > 0) throw new ConfigError('exporter', env.problems);
  const answer = await profileOf(connection, user);
  const unknown = (why: string): Report => ({
    removed: [],
    left: [`${path} keeps for 32 days when profiles were active, by their id in users_profile. ${why}`],
  });
  if ('error' in answer) return unknown(`Give that id as --profile: ${answer.error}.`);
  if (answer.id === undefined)
    return unknown('The database knows no such user: if it was one, give --profile.');
  return { removed: [[what, eraseProfile(path, answer.id)]], left: [] };
}

function print({ removed, left }: Report, hash: string): void {
  const width = Math.max(...removed.map(([what]) => what.length));
  for (const [what, count] of removed)
    process.stdout.write(`${what.padEnd(width)}  ${String(count).padStart(6)}\n`);
  process.stdout.write(`
Logs and Sentry know this person as ${hash} only. audit.log goes after 30 days, app.log and jobs.log with their size;
in Sentry search for user.id:${hash} and delete what is there. Messages that were sent stay where they are: delete
them in Telegram, in the mailbox, in ntfy.
`);
  for (const sentence of left) process.stderr.write(`\nNot done: ${sentence}\n`);
}

async function main(): Promise<number> {
  const args = readArguments();
  const loaded = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  const env = new EnvReader(loaded);
  const { stateDir, hashKey } = readShared(env, loaded);
  const keys = readStateKeys(env);
  if (env.problems.length > 0) throw new ConfigError('alert-bridge', env.problems);
  const reports = [
    forgetInBridge(join(stateDir, 'alert-bridge'), keys, args.user),
    await forgetInExporter(join(stateDir, 'exporter', 'kpi.sqlite'), new EnvReader(loaded), args),
  ];
  const whole = {
    removed: reports.flatMap(({ removed }) => removed),
    left: reports.flatMap(({ left }) => left),
  };
  const key = hashKeyFrom({ STATE_DIR: stateDir, ...(hashKey === undefined ? {} : { HASH_KEY: hashKey }) });
  print(whole, createIdentityHasher(key)(args.user));
  return whole.left.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
