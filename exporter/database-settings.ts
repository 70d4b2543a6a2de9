import type { EnvReader } from '../common/env/reader.ts';
import type { DatabaseConnection } from './database-seat.ts';

const POSTGRES_PROTOCOLS = ['postgres:', 'postgresql:'];

/** The application's. */
export function readDatabase(env: EnvReader): DatabaseConnection {
  if (env.isSet('DATABASE_URL')) {
    return { connectionString: env.url('DATABASE_URL', POSTGRES_PROTOCOLS) ?? '' };
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
  return { connectionString: env.url('HISTORY_DATABASE_URL', POSTGRES_PROTOCOLS) ?? '' };
}
