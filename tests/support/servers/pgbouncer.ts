import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { unprivilegedOwner, withClient, type PostgresServer } from './postgres.ts';
import { requireProgram, startServer, type Server } from './process.ts';

export const POOL_MODES = ['session', 'transaction', 'statement'] as const;

/**
 * A pgbouncer before that server, all its settings at their defaults. One database per pool mode, named like it.
 * @param users who may connect, with their passwords
 */
export async function startPgbouncer(
  postgres: PostgresServer,
  users: readonly { readonly user: string; readonly password: string }[],
): Promise<Server> {
  const port = await freePort();
  const owner = unprivilegedOwner();
  const folder = makeTemporaryFolder(owner);
  const [config, userList] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  const databases = POOL_MODES.map(
    (mode) =>
      `${mode} = host=127.0.0.1 port=${postgres.port} dbname=${postgres.database} pool_mode=${mode} pool_size=2`,
  );
  const settings = [
    ...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir ='],
    ...['auth_type = scram-sha-256', `auth_file = ${userList}`],
  ];
  writeFileSync(config, ['[databases]', ...databases, '[pgbouncer]', ...settings, ''].join('\n'));
  writeFileSync(userList, users.map(({ user, password }) => `"${user}" "${password}"\n`).join(''));
  if (owner !== undefined) for (const file of [config, userList]) chownSync(file, owner.uid, owner.gid);
  const [{ user, password }] = users as [(typeof users)[number]];
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/session`;
  return startServer({
    name: 'pgbouncer',
    command: requireProgram(['pgbouncer']),
    args: [config],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: false,
    ...(owner === undefined ? {} : { owner }),
    probe: () =>
      withClient(url, async (client) => {
        await client.query('SELECT 1');
      }),
    stopSignal: 'SIGINT',
  });
}
