import { READ_TABLES, readGrant } from '../../../exporter/doctor/columns.ts';

/** A role that may read what the exporter needs and nothing else: the one of docs/configuration.md. */
export const READER = { user: 'monitoring_reader', password: 'reader-password' } as const;

/** Creates the role in a database that has the application's tables. */
export const CREATE_READER = [
  `CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password}';`,
  ...READ_TABLES.map((table) => readGrant(table, READER.user)),
].join('\n');
