/**
 * One reading transaction, sent at once: PostgreSQL takes all that comes before a Sync for one. It has no BEGIN, so that
 * a pooler which lends its servers for one statement (pgbouncer with `pool_mode = statement`) takes it too.
 */
import pg from 'pg';

export interface ReadStatement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface ReadResult<Row> {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly Row[];
}

/** How `pg` makes rows of what comes, of all statements. */
export interface RowFormat {
  readonly rowMode: 'array';
  readonly types: pg.CustomTypesConfig;
}

/** Of the transaction alone: a pooler gives the same session to others afterwards. */
const SETTINGS = `SELECT set_config('transaction_read_only', 'on', true), set_config('cursor_tuple_fraction', '1', true),
  set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)`;

/**
 * Runs the statements one after another.
 * @returns what each of them answers
 * @throws what `pg` throws; a server's refusal is a pg.DatabaseError, and of the transaction nothing is left
 */
export async function readOnly<Row>(
  client: pg.Client,
  statements: readonly ReadStatement[],
  timeoutsMs: { readonly statement: number; readonly lock: number },
  format?: RowFormat,
): Promise<readonly ReadResult<Row>[]> {
  const values = [Math.max(1, Math.floor(timeoutsMs.statement)), timeoutsMs.lock];
  const batch = new Batch([{ text: SETTINGS, values }, ...statements], format);
  const results = await new Promise<unknown>((resolve, reject) => {
    batch.on('error', reject);
    batch.once('end', resolve);
    client.query(batch);
  });
  return (results as readonly ReadResult<Row>[]).slice(1);
}

/** `pg` sends a Sync with every statement; only the sending differs here. */
class Batch extends pg.Query {
  override submit: (connection: pg.Connection) => void;

  constructor(statements: readonly ReadStatement[], format: RowFormat | undefined) {
    // The configuration of a query wants a text, which is never sent.
    super({ text: '', ...format } as pg.QueryConfig);
    this.submit = (connection) => {
      connection.stream.cork();
      for (const { text, values = [] } of statements) {
        connection.parse({ name: '', text, types: [] }, true);
        connection.bind({ values: values.map(onTheWire) }, true);
        connection.describe({ type: 'P', name: '' }, true);
        connection.execute(null, true);
      }
      connection.sync();
      connection.stream.uncork();
    };
  }
}

/** How `pg` itself writes a parameter; exported and not declared. */
const onTheWire = (value: unknown): string | Buffer | null => utils.prepareValue(value);
const { utils } = pg as unknown as {
  utils: { prepareValue: (value: unknown) => string | Buffer | null };
};
