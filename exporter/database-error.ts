import pg from 'pg';
import { ProbeError } from './collectors/collector.ts';
import { describeNetworkError, errorCode } from './collectors/network-error.ts';

/** The server answered and keeps the connection: classes of SQLSTATE that end only the statement. */
export function isRefusedStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|28|3D|53|57P|58|XX)/.test(error.code ?? '08');
}

/** A table or a column is missing, or this role may not read it: asking again changes nothing until somebody mends it. */
export function isUnreadable(error: unknown): boolean {
  return ['42P01', '42703', '42501'].includes(sqlStateOf(error) ?? '');
}

/** The server's own code of what a lane threw; undefined when the server did not say anything. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = error instanceof ProbeError ? error.cause : undefined;
  return cause instanceof pg.DatabaseError ? cause.code : undefined;
}

/** Of TLS, or of a server that wants this role with or without it. */
export const isAboutTls = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ? error.code === '28000' : !isOfTheNetwork(error);

/** A connection that failed in this way may succeed with TLS, or without it. */
export const mayWorkOtherwise = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ? /^28/.test(error.code ?? '') : !isOfTheNetwork(error);

/** The other end was not reached, or a bound was broken. */
const isOfTheNetwork = (error: unknown): boolean =>
  error instanceof ProbeError || /^(E(?!RR_)|UNACCEPTABLE)/.test(errorCode(error) ?? '');

const SQLSTATES: Readonly<Record<string, (message: string) => string>> = {
  '28P01': () => 'the database refuses the password (DATABASE_URL or DB_PASSWORD)',
  '28000': (message) => `the database refuses this role: ${message}`,
  '3D000': (message) => `there is no such database: ${message}`,
  '53300': () => 'the database has no connection left (too many clients)',
  '57P03': (message) => `the database takes no connections yet: ${message}`,
  '57014': () => 'the database cancelled the statement: it took too long',
  '55P03': () => 'a table is locked by somebody else',
  '42P01': (message) => `a table is missing: ${message}`,
  '42703': (message) => `a column is missing: ${message}`,
  '42501': (message) => `this role may not read that: ${message}; GRANT SELECT on it`,
};

/** What pgbouncer says: it has no code of its own for it. */
const STATEMENT_POOLING = /statement pooling mode/;

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
export function describeDatabaseError(error: unknown, target: string): string {
  if (error instanceof ProbeError) return error.message;
  if (error instanceof pg.DatabaseError) {
    if (STATEMENT_POOLING.test(error.message))
      return 'the pooler lends its connections for one statement (pool_mode = statement) and takes no transaction: use pool_mode = transaction, or HISTORY_DATABASE_URL without the pooler';
    const known = SQLSTATES[error.code ?? ''];
    return known === undefined ? `the database says: ${error.message}` : known(error.message);
  }
  if (
    errorCode(error) === undefined &&
    error instanceof Error &&
    error.message.startsWith('The server does not')
  ) {
    return `${target} does not speak TLS, and the address asks for it`;
  }
  return describeNetworkError(error, target);
}
