/**
 * `npm run forget -- --user <id>`: removes a user's data from what both services keep, while they run or not, and says
 * what it removed. Exit code 0 when everything was searched, 1 when something could not be, 2 for wrong arguments.
 */
import '../common/clients/next-address.ts';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { readHa } from '../alert-bridge/config/config.ts';
import { botIdOf } from '../alert-bridge/bot/access.ts';
import { forgetInBridge } from '../alert-bridge/erase/erase.ts';
import { parseChats } from '../alert-bridge/telegram/chats.ts';
import { systemClock } from '../common/time/clock.ts';
import { ConfigError } from '../common/config/problem.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { EnvReader } from '../common/env/reader.ts';
import { readShared, readStateKeys, readTelegram, type SharedConfig } from '../common/env/shared.ts';
import type { Forgotten } from '../common/forget.ts';
import { createIdentityHasher, hashKeyFrom } from '../common/state/identity.ts';
import { maskInLogs } from '../common/log/mask.ts';
import { OperatorError } from '../common/process/operator-error.ts';
import { redactEnvironment } from '../common/env/redact.ts';
import { listSetAside } from '../common/state/sqlite.ts';
import { readDatabase } from '../exporter/postgres/settings.ts';
import { forgetProfile } from '../exporter/kpi/forget-profile.ts';

const USAGE = `Usage: npm run forget -- --user <id> [--profile <id>] [--set-aside]

  --user       the user's Telegram id, as events name it
  --profile    the user's id in users_profile, where the database cannot be asked for it any more
  --set-aside  deletes files that were damaged or sealed with another key, too: they cannot be searched
`;

/** A shorter one would be found in texts that mean something else: 5 of "5 alerts". */
const MIN_ID_CHARS = 5;
/** The longest that an event can name. */
const MAX_ID_CHARS = 64;

const SERVICES = ['alert-bridge', 'exporter'] as const;

interface Arguments {
  readonly user: string;
  readonly profile: number | undefined;
  readonly deletesSetAside: boolean;
}

class UsageError extends OperatorError {
  override readonly exitCode = 2;
  constructor(sentence: string) {
    super(`${sentence}\n\n${USAGE}`);
  }
}

function readArguments(): Arguments {
  const { values } = parse();
  const user = values.user?.trim() ?? '';
  if (user === '') throw new UsageError('Say who is to be forgotten: --user <id>.');
  if (user.length < MIN_ID_CHARS || user.length > MAX_ID_CHARS || /[\s\p{Cc}]/u.test(user))
    throw new UsageError(
      `${JSON.stringify(user)} is no id: write ${MIN_ID_CHARS} to ${MAX_ID_CHARS} characters without spaces.`,
    );
  const profile = values.profile === undefined ? undefined : Number(values.profile);
  if (profile !== undefined && !(Number.isSafeInteger(profile) && profile > 0))
    throw new UsageError(
      `${JSON.stringify(values.profile)} is no id of users_profile: write a whole number.`,
    );
  return { user, profile, deletesSetAside: values['set-aside'] === true };
}

function parse() {
  const id = { type: 'string' } as const;
  try {
    return parseArgs({ options: { user: id, profile: id, 'set-aside': { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function forgetSetAside(folder: string, isDeleting: boolean): Forgotten {
  const files = existsSync(folder) ? listSetAside(folder) : [];
  if (isDeleting) {
    for (const { path } of files) rmSync(path, { force: true });
    return { found: [['files that were set aside: deleted', files.length]], left: [] };
  }
  const sentence = (path: string): string =>
    `${path} was set aside and cannot be searched: run this again with --set-aside to delete it.`;
  return { found: [], left: files.map(({ path }) => sentence(path)) };
}

function forgetInLogs({ stateDir, logDir }: SharedConfig, texts: readonly string[]): Forgotten {
  const masked = (service: string): Forgotten => {
    const [state, folder] = [join(stateDir, service), join(logDir, service)];
    const missing = `The logs of ${service} are not in ${folder}: run this where they are as well, or set LOG_DIR.`;
    if (!existsSync(folder)) return { found: [], left: existsSync(state) ? [missing] : [] };
    try {
      return {
        found: [[`logs of ${service}, mentions: made unreadable`, maskInLogs(folder, texts)]],
        left: [],
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { found: [], left: [`The logs of ${service} could not be searched: ${reason}.`] };
    }
  };
  return all(SERVICES.map(masked));
}

/** What cannot be done in one place must not keep the others from it. */
async function attempt(folder: string, forget: () => Promise<Forgotten>): Promise<Forgotten> {
  try {
    return await forget();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('SQLITE_'))
      return { found: [], left: [`What is in ${folder} cannot be searched now (${code}).`] };
    if (!(error instanceof OperatorError) || error instanceof ConfigError) throw error;
    return { found: [], left: [error.message] };
  }
}

const all = (parts: readonly Forgotten[]): Forgotten => ({
  found: parts.flatMap(({ found }) => found),
  left: parts.flatMap(({ left }) => left),
});

function print({ found, left }: Forgotten, user: string, hash: string): void {
  const width = Math.max(0, ...found.map(([what]) => what.length));
  for (const [what, count] of found)
    process.stdout.write(`${what.padEnd(width)}  ${String(count).padStart(6)}\n`);
  if (found.every(([, count]) => count === 0))
    process.stdout.write(`\nNothing was kept that names ${user}.\n`);
  process.stdout.write(`
Out of reach: messages that were sent (delete them in Telegram, in the mailbox, in ntfy), backups, what Docker
or the journal keeps of the console, and Sentry, which knows this person as ${hash} only: search there for user.id:${hash}.
`);
  for (const sentence of left) process.stderr.write(`\nNot done: ${sentence}\n`);
}

async function main(): Promise<number> {
  const { user, profile, deletesSetAside } = readArguments();
  const loaded = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  const env = new EnvReader(loaded);
  const common = readShared(env, loaded);
  const keys = readStateKeys(env);
  const { redis: connection } = readHa(env);
  const { token } = readTelegram(env);
  if (env.problems.length > 0) throw new ConfigError('alert-bridge', env.problems);
  const folders = SERVICES.map((service) => join(common.stateDir, service));
  if (!folders.some((folder) => existsSync(folder)))
    throw new OperatorError(
      `Neither service has kept anything in ${common.stateDir}: set STATE_DIR to the folder they use.`,
    );
  const [bridge = '', exporter = ''] = folders;
  const chats = parseChats(env.optional('ADMIN_TELEGRAM_ID') ?? '').targets.map(({ key }) => key);
  const hashKey = common.hashKey === undefined ? {} : { HASH_KEY: common.hashKey };
  const hash = createIdentityHasher(hashKeyFrom({ STATE_DIR: common.stateDir, ...hashKey }))(user);
  const database = () => {
    const reader = new EnvReader(loaded);
    const connection = readDatabase(reader);
    if (reader.problems.length > 0) throw new ConfigError('exporter', reader.problems);
    return connection;
  };
  const stores = {
    folder: bridge,
    keys,
    shared: connection && { connection, botId: botIdOf(token ?? ''), chats },
  };
  const forgotten = all([
    await attempt(bridge, () => forgetInBridge(stores, user, systemClock.now())),
    await attempt(exporter, () => forgetProfile(join(exporter, 'kpi.sqlite'), database, user, profile)),
    ...folders.map((folder) => forgetSetAside(folder, deletesSetAside)),
    // Last: what is done above may be told there.
    forgetInLogs(common, [user, hash]),
    { found: [], left: configured(common, user) },
  ]);
  print(forgotten, user, hash);
  return forgotten.left.length === 0 ? 0 : 1;
}

const configured = ({ ids }: SharedConfig, user: string): readonly string[] =>
  ids.includes(user)
    ? [
        `${user} is in ADMIN_TELEGRAM_ID or ADMIN_USER_IDS: what waits for that chat, and its name in the ledger, stay.`,
      ]
    : [];

try {
  process.exitCode = await main();
} catch (error) {
  const text = error instanceof OperatorError ? error.message : inspect(error);
  process.stderr.write(`${redactEnvironment(text)}\n`);
  process.exitCode = error instanceof OperatorError ? error.exitCode : 1;
}
