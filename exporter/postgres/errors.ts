import pg from 'pg';
import type { CodeWith, Reason } from '../../common/reasons/reason.ts';
import { ProbeError } from '../model/collector.ts';
import { errorCode, networkReason } from '../collectors/http/network-error.ts';

/** The server answered and keeps the connection: classes of SQLSTATE that end only the statement. */
export function isRefusedStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|28|3D|53|57P|58|XX)/.test(error.code ?? '08');
}

/** A table or a column is missing, or this role may not read it: asking again changes nothing until somebody mends it. */
export function isUnreadable(error: unknown): boolean {
  return ['42P01', '42703', '42501'].includes(sqlStateOf(error) ?? '');
}

/** The server's own code of what a session threw; undefined when the server did not say anything. */
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

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
const PLAIN: Readonly<Record<string, CodeWith<never>>> = {
  '28P01': 'database_password',
  '53300': 'database_full',
  '57014': 'database_cancelled',
  '55P03': 'database_locked',
};
/** Of these the server's own words say more: the name of the table. */
const QUOTED: Readonly<Record<string, CodeWith<'words'>>> = {
  '28000': 'database_role',
  '3D000': 'database_missing',
  '57P03': 'database_starting',
  '42P01': 'database_no_table',
  '42703': 'database_no_column',
  '42501': 'database_no_right',
};

/** What pgbouncer says: it has no code of its own for it. */
const STATEMENT_POOLING = /statement pooling mode/;

export function databaseReasons(error: unknown, target: string): Reason | readonly Reason[] {
  if (error instanceof ProbeError) return error.reasons;
  if (error instanceof pg.DatabaseError) {
    if (STATEMENT_POOLING.test(error.message)) return { code: 'database_pooling' };
    const { code: state = '', message: words } = error;
    const plain = PLAIN[state];
    return plain === undefined ? { code: QUOTED[state] ?? 'database_says', words } : { code: plain };
  }
  if (
    errorCode(error) === undefined &&
    error instanceof Error &&
    error.message.startsWith('The server does not')
  ) {
    return { code: 'database_no_tls', target };
  }
  return networkReason(error, target);
}
