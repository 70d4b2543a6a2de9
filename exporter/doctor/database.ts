/** The application's database as the figures need it: reachable, its time-outs kept, every column there and readable. */
import { ok, leftOut, wrong, type Check, type Finding } from '../../common/doctor/check.ts';
import { ProbeError } from '../model/collector.ts';
import type { Session, Row } from '../postgres/postgres.ts';
import { historyGrants } from '../history/migrations.ts';
import { READ_TABLES, readGrant, type ReadTable } from './columns.ts';

const SECTION = 'Database';
const TIMEOUT_MS = 5_000;
/** The server is to cancel a statement that sleeps for longer than this. */
const SHORT_MS = 200;

interface Connected {
  readonly version: string;
  readonly role: string;
  readonly database: string;
}

/** @param history where the history is written; the same session when it is the application's database */
export function databaseChecks(session: Session, history: Session): readonly Check[] {
  const applications = connection(session);
  const histories = session === history ? applications : connection(history);
  return [
    {
      section: SECTION,
      name: 'connection',
      look: async (signal) => {
        try {
          const { version, role, database } = await applications(signal);
          return ok(`PostgreSQL ${version}, database ${database}, role ${role}`);
        } catch (error) {
          return wrong(sentenceOf(error), 'Mend DATABASE_URL, or DB_HOST and the other DB_ variables.');
        }
      },
    },
    {
      section: SECTION,
      name: 'statement time-out',
      look: (signal) => whenConnected(applications, signal, () => checkTimeout(session, signal)),
    },
    ...READ_TABLES.map((wanted) => ({
      section: SECTION,
      name: wanted.table,
      look: (signal: AbortSignal) =>
        whenConnected(applications, signal, ({ role }) => checkTable(session, wanted, role, signal)),
    })),
    {
      section: SECTION,
      name: 'history (schema monitoring)',
      look: (signal) =>
        whenConnected(histories, signal, (connected) => checkHistory(history, connected, signal)),
    },
  ];
}

type Connection = (signal: AbortSignal) => Promise<Connected>;

/** Asked once, however many wait for it. */
function connection(session: Session): Connection {
  let asked: Promise<Connected> | undefined;
  const ask = async (signal: AbortSignal): Promise<Connected> => {
    const text =
      "SELECT current_setting('server_version') AS version, current_user AS role, current_database() AS database";
    const [row] = await session.query({ text, timeoutMs: TIMEOUT_MS }, signal);
    const field = (name: string): string => String(row?.[name]);
    return { version: field('version'), role: field('role'), database: field('database') };
  };
  return (signal) => (asked ??= ask(signal));
}

async function whenConnected(
  connect: Connection,
  signal: AbortSignal,
  look: (connected: Connected) => Promise<Finding>,
): Promise<Finding> {
  let connected: Connected;
  try {
    connected = await connect(signal);
  } catch (error) {
    return leftOut(`no connection: ${sentenceOf(error)}`);
  }
  try {
    return await look(connected);
  } catch (error) {
    return wrong(sentenceOf(error), 'Mend what the sentence names, then run the doctor again.');
  }
}

async function checkTimeout(session: Session, signal: AbortSignal): Promise<Finding> {
  try {
    await session.query({ text: 'SELECT pg_sleep(2)', timeoutMs: SHORT_MS }, signal);
  } catch (error) {
    if (sentenceOf(error).includes('cancelled the statement')) return ok(`kept: ${SHORT_MS} ms`);
    throw error;
  }
  return wrong(
    'the server did not cancel a statement in time',
    'Connect to PostgreSQL itself: what stands between (a pooler) drops statement_timeout.',
  );
}

const COLUMNS = `
  SELECT wanted.name, to_regclass($1) IS NOT NULL AS has_table, attribute.attname IS NOT NULL AS has_column,
         coalesce(has_column_privilege(to_regclass($1), attribute.attnum, 'SELECT'), false) AS readable
  FROM unnest($2::text[]) WITH ORDINALITY AS wanted(name, place)
  LEFT JOIN pg_attribute AS attribute
    ON attribute.attrelid = to_regclass($1) AND attribute.attname = wanted.name AND NOT attribute.attisdropped
  ORDER BY wanted.place`;

async function checkTable(
  session: Session,
  wanted: ReadTable,
  role: string,
  signal: AbortSignal,
): Promise<Finding> {
  const { table, columns } = wanted;
  const statement = { text: COLUMNS, values: [table, columns], timeoutMs: TIMEOUT_MS };
  const rows = await session.query(statement, signal);
  const without = (field: string, among: readonly Row[] = rows): readonly string[] =>
    among.filter((row) => row[field] !== true).map((row) => String(row['name']));
  const otherwise = 'Its figures are not served, everything else is. Check that this is the right database.';
  if (without('has_table').length > 0)
    return wanted.optional === undefined
      ? wrong('the table is missing', otherwise)
      : leftOut(wanted.optional);
  const missing = without('has_column');
  if (missing.length > 0) return wrong(`columns are missing: ${missing.join(', ')}`, otherwise);
  const denied = without('readable');
  if (denied.length === 0) return ok(`${columns.length} columns readable`);
  return wrong(
    `the role ${role} may not read: ${denied.join(', ')}`,
    'As the owner of the table run:',
    readGrant(wanted, role),
  );
}

const HISTORY = `
  SELECT CASE WHEN to_regnamespace('monitoring') IS NULL
    THEN has_database_privilege(current_database(), 'CREATE')
    ELSE has_schema_privilege('monitoring', 'CREATE') END AS writable`;

async function checkHistory(
  session: Session,
  { role, database }: Connected,
  signal: AbortSignal,
): Promise<Finding> {
  const [row] = await session.query({ text: HISTORY, timeoutMs: TIMEOUT_MS }, signal);
  if (row?.['writable'] === true) return ok(`the role ${role} may write it`);
  return wrong(
    `the role ${role} may not write it: it stays in STATE_DIR`,
    `As the owner of ${database} run:`,
    ...historyGrants(role, database),
  );
}

const sentenceOf = (error: unknown): string => {
  if (error instanceof ProbeError) return error.message;
  throw error;
};
