import type { EnvReader } from '../../common/env/reader.ts';
import type { DatabaseConnection } from './connection.ts';
import { SSL_MODES, sslModeOf } from './tls.ts';

const POSTGRES_PROTOCOLS = ['postgres:', 'postgresql:'];

/** The application's. */
export function readDatabase(env: EnvReader): DatabaseConnection {
  if (env.isSet('DATABASE_URL')) {
    return readUrl(env, 'DATABASE_URL');
  }
  return {
    host: env.string('DB_HOST'),
    port: env.port('DB_PORT'),
    database: env.string('DB_NAME'),
    user: env.string('DB_USER'),
    password: env.optional('DB_PASSWORD'),
  };
}

/** Where the history is written, when that is somewhere else. */
export function readHistoryDatabase(env: EnvReader): DatabaseConnection | undefined {
  if (!env.isSet('HISTORY_DATABASE_URL')) return undefined;
  return readUrl(env, 'HISTORY_DATABASE_URL');
}

function readUrl(env: EnvReader, name: 'DATABASE_URL' | 'HISTORY_DATABASE_URL'): DatabaseConnection {
  const text = env.string(name);
  const authority = /^postgres(?:ql)?:\/\/([^/?]*)/i.exec(text)?.[1];
  const host = authority?.slice(authority.lastIndexOf('@') + 1);
  const hasHost = host !== '' || /[?&]host=./.test(text);
  if (host?.includes(',') === true) {
    env.problem(name, text, 'Write one host and port: the exporter watches one server.');
  } else if (!hasHost || (host === '' && authority !== '')) {
    env.problem(
      name,
      text,
      'Write a host, or the folder of the Unix socket: postgresql:///database?host=/var/run/postgresql&user=name.',
    );
  } else {
    const connectionString = env.url(name, POSTGRES_PROTOCOLS) ?? '';
    if (URL.canParse(connectionString) && sslModeOf(new URL(connectionString).searchParams) === undefined)
      env.problem(name, text, `Write one of these for sslmode: ${SSL_MODES.join(', ')}.`);
    return { connectionString };
  }
  return { connectionString: '' };
}
