import { execFile } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProbeError } from '../../exporter/model/collector.ts';
import { databaseCollector } from '../../exporter/collectors/database.ts';
import { openDatabase, type Database, type Session } from '../../exporter/postgres/postgres.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { createAuthority, inDays, type Authority } from '../support/machine/certificates.ts';
import { POOL_MODES, startPgbouncer } from '../support/servers/pgbouncer.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';
import { until } from '../support/machine/until.ts';

const timing = { intervalMs: 15_000, timeoutMs: 10_000, disabledReason: undefined };

let server: PostgresServer;
let database: Database;
const open = (url = server.urlFor(READER)): Database => openDatabase({ connectionString: url });

beforeAll(async () => {
  server = await startPostgres();
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
  });
  database = open();
});
afterAll(async () => {
  database.close();
  await server.close();
});

const signal = (): AbortSignal => AbortSignal.timeout(120_000);

describe('the connection', () => {
  const refusal = async (
    text: string,
    session: Session = database.figures,
    timeoutMs = 5_000,
  ): Promise<string> =>
    session.query({ text, timeoutMs }, signal()).then(
      () => 'no refusal',
      (error: unknown) => (error instanceof ProbeError ? error.message : 'fault'),
    );

  it('writes nothing, even where the role could', async () => {
    const owner = open(server.url);
    expect(await refusal('CREATE TABLE t ()', owner.figures)).toContain('in a read-only transaction');
    expect(await refusal('DELETE FROM subscriptions', owner.figures)).toContain('in a read-only transaction');
    owner.close();
  });

  it('may not read a private column', async () => {
    expect(await refusal('SELECT description FROM expenses_expense')).toMatch(/^this role may not read that/);
    expect(await refusal('SELECT telegram_id FROM users_profile')).toMatch(/^this role may not read that/);
    expect(await refusal('SELECT id FROM users_profile')).toBe('no refusal');
  });

  it('has the server cancel what takes too long, and is used again', async () => {
    expect(await refusal('SELECT pg_sleep(10)', database.figures, 100)).toBe(
      'the database cancelled the statement: it took too long',
    );
    expect(await refusal('SELECT 1')).toBe('no refusal');
  });

  it('does not wait long for a locked table', async () => {
    await withClient(server.url, async (client) => {
      await client.query('BEGIN; LOCK TABLE subscriptions');
      expect(await refusal('SELECT is_active FROM subscriptions')).toBe('a table is locked by somebody else');
      await client.query('ROLLBACK');
    });
  });

  it.each([
    [
      'a wrong password',
      () => server.urlFor({ ...READER, password: 'x' }),
      'the database refuses the password (DATABASE_URL or DB_PASSWORD)',
    ],
    [
      'an unknown database',
      () => server.urlFor({ ...READER, database: 'nope' }),
      'there is no such database: database "nope" does not exist',
    ],
    [
      'nobody listening',
      () => 'postgresql://u:p@127.0.0.1:1/x',
      'nothing listens at 127.0.0.1:1 (connection refused)',
    ],
    [
      'an unknown host',
      () => `postgresql://u:p@${UNKNOWN_HOST}:5432/x`,
      `the name of ${UNKNOWN_HOST}:5432 is not known to DNS`,
    ],
  ])('says of %s what it is', async (_case, url, sentence) => {
    const broken = open(url());
    expect(await refusal('SELECT 1', broken.probe)).toBe(sentence);
    broken.close();
  });

  it.each(['::1', '127.0.0.1', '/no/such/folder'])(
    'takes the host %s by itself, outside of a URL',
    async (host) => {
      const byParts = openDatabase({ host, port: 1, user: 'u', password: 'p', database: 'x' });
      expect(await refusal('SELECT 1', byParts.probe)).toContain(host);
      byParts.close();
    },
  );

  it('leaves nothing open where it asked for TLS and there is none', async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    const preferring = open(server.urlFor(READER));
    await databaseCollector(preferring.probe, timing).collect({ signal: signal(), now: 0 });
    preferring.close();
    await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before), { timeout: 200_000 });
  });

  it('lets the probe through while a figure takes its time', async () => {
    const slow = refusal('SELECT pg_sleep(300)', database.figures, 300_000);
    await databaseCollector(database.probe, timing).collect({ signal: signal(), now: 0 });
    const owner = open(server.url);
    const cancel = `SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
      WHERE query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()`;
    await until(
      () => owner.probe.query({ text: cancel, timeoutMs: 5_000 }, signal()),
      ([row]) => row?.['count'] === '1',
    );
    expect(await slow).toContain('cancel');
    owner.close();
  });

  it('survives a restart of the server without a failure in between', async () => {
    const probe = databaseCollector(database.probe, timing);
    await probe.collect({ signal: signal(), now: 0 });
    await server.restart();
    await expect(probe.collect({ signal: signal(), now: 0 })).resolves.toEqual({ samples: [] });
  });

  it('is one per lane while the server is frozen, and answers as soon as it is thawed', async () => {
    const sessions = [database.probe, database.figures];
    const ask = (session: (typeof sessions)[number]): Promise<unknown> =>
      session
        .query({ text: 'SELECT 1', timeoutMs: 1_000 }, AbortSignal.timeout(200))
        .catch((error: unknown) => error);
    await Promise.all(sessions.map(ask));
    server.freeze();
    const held = sessions.map(ask);
    const late = await Promise.all(sessions.flatMap((session) => [ask(session), ask(session), ask(session)]));
    expect(late.map((error) => error instanceof ProbeError && error.message)).toEqual(
      Array.from({ length: 6 }, () => 'another statement still holds the connection'),
    );
    server.thaw();
    await Promise.all(held);
    await vi.waitFor(async () => expect(await ask(database.probe)).toHaveLength(1), { timeout: 200_000 });
    const connections = await withClient(server.url, async (client: pg.Client) => {
      const { rows } = await client.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'expensebot-exporter'",
      );
      return rows[0]?.n;
    });
    expect(connections).toBe(2);
  });

  it('is given up when nothing ever comes, later each time, and reset rather than left half open', async () => {
    const ends: string[] = [];
    let dials = 0;
    const silent = createServer((socket) => {
      dials += 1;
      socket.on('data', () => undefined);
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
      socket.on('end', () => ends.push('half open'));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const impatient = openDatabase(
      { connectionString: `postgresql://u:p@127.0.0.1:${port}/x` },
      { abandonAfterMs: { first: 100, longest: 150 } },
    );
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const startedMs = performance.now();
      expect(await refusal('SELECT 1', impatient.probe)).toBe(`the connection to 127.0.0.1:${port} broke`);
      waits.push(performance.now() - startedMs);
    }
    expect(dials).toBe(3);
    await vi.waitFor(() => expect(ends).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']), 200_000);
    expect(waits[0]).toBeGreaterThan(95);
    expect(waits[1]).toBeGreaterThan(145);
    expect(waits[2]).toBeLessThan(1_000);
    impatient.close();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('pgbouncer in between, with its defaults', () => {
  let pooler: Server;
  beforeAll(async () => {
    pooler = await startPgbouncer(server, [READER, server]);
  });
  afterAll(() => pooler.close());

  const through = (mode: string, { user, password }: { user: string; password: string } = READER): Database =>
    open(`postgresql://${user}:${password}@127.0.0.1:${pooler.port}/${mode}`);
  const refusal = (asked: Promise<unknown>): Promise<unknown> =>
    asked.then(
      () => 'no refusal',
      (error: unknown) => (error instanceof ProbeError ? error.message : error),
    );

  it.each(POOL_MODES)('is read through with pool_mode = %s, time-outs kept', async (mode) => {
    const pooled = through(mode);
    const { probe, figures } = pooled;
    await databaseCollector(probe, timing).collect({ signal: signal(), now: 0 });
    const settings = "current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS most";
    expect(
      await figures.query(
        {
          text: `SELECT $1::text[] AS list, $2::int AS number, ${settings}`,
          values: [['a"b', "c'd"], 7],
          timeoutMs: 5_000,
        },
        signal(),
      ),
    ).toEqual([{ list: ['a"b', "c'd"], number: 7, lock: '1s', most: '5s' }]);
    const foreign = { text: 'SELECT 1 AS one UNION ALL SELECT 2', timeoutMs: 5_000, maxRows: 1 };
    expect(await figures.read(foreign, signal())).toEqual({ columns: ['one'], rows: [['1']] });
    expect(await refusal(figures.read({ ...foreign, text: 'SELECT nope' }, signal()))).toContain(
      'a column is missing: column "nope" does not exist (line 1, column 8)',
    );
    expect(await refusal(figures.query({ text: 'SELECT pg_sleep(10)', timeoutMs: 100 }, signal()))).toBe(
      'the database cancelled the statement: it took too long',
    );
    expect(await refusal(figures.query({ text: 'SELECT 1', timeoutMs: 5_000 }, signal()))).toBe('no refusal');
    pooled.close();
  });

  it.each(POOL_MODES)('is read only, and writes the history, with pool_mode = %s', async (mode) => {
    const pooled = through(mode, server);
    expect(
      await refusal(pooled.figures.query({ text: 'CREATE TABLE t ()', timeoutMs: 5_000 }, signal())),
    ).toContain('in a read-only transaction');
    const written = pooled.history.transaction(
      async (execute) => {
        await execute('CREATE TEMPORARY TABLE kept (value int) ON COMMIT DROP');
        await execute('INSERT INTO kept VALUES ($1)', [1]);
        return execute('SELECT value FROM kept');
      },
      5_000,
      signal(),
    );
    if (mode === 'statement') {
      expect(await refusal(written)).toBe(
        'the pooler lends its connections for one statement (pool_mode = statement) and takes no transaction: use pool_mode = transaction, or HISTORY_DATABASE_URL without the pooler',
      );
    } else expect(await written).toEqual([{ value: 1 }]);
    pooled.close();
  });
});

describe('TLS, as psql has it', () => {
  const USERS = { secure: 'hostssl', plain: 'hostnossl' } as const;
  let authority: Authority;
  let foreign: string;

  beforeAll(async () => {
    authority = await createAuthority();
    const hba = join(server.folder, 'data/pg_hba.conf');
    const owner = statSync(hba);
    const { key, cert } = await authority.issue({ names: 'DNS:localhost', to: inDays(9) });
    foreign = join(server.folder, 'foreign.pem');
    writeFileSync(foreign, (await authority.selfSigned('DNS:localhost')).cert);
    for (const [name, content] of [
      ['server.key', key],
      ['server.crt', cert],
    ] as const) {
      const path = join(server.folder, 'data', name);
      writeFileSync(path, content, { mode: 0o600 });
      chownSync(path, owner.uid, owner.gid);
    }
    const only = Object.entries(USERS).map(([user, kind]) => `${kind} all ${user} all trust\n`);
    const never = Object.keys(USERS).map((user) => `host all ${user} all reject\n`);
    writeFileSync(hba, [...only, ...never, readFileSync(hba, 'utf8')].join(''));
    await withClient(server.url, async (client) => {
      for (const user of Object.keys(USERS)) await client.query(`CREATE ROLE ${user} LOGIN`);
      await client.query('ALTER SYSTEM SET ssl = on');
      await client.query('SELECT pg_reload_conf()');
    });
    await vi.waitFor(() => psql(url('secure', 'sslmode=require')), { timeout: 200_000, interval: 200 });
  });
  afterAll(() => authority.close());

  const url = (user: string, said: string, host = 'localhost'): string =>
    `postgresql://${user}:x@${host}:${server.port}/${server.database}?${said}`;
  const psql = (address: string): Promise<unknown> =>
    promisify(execFile)('psql', ['-Atc', 'SELECT 1', address], { env: { PATH: process.env['PATH'] ?? '' } });
  const ask = async (address: string): Promise<unknown> => {
    const opened = open(address);
    try {
      return await opened.probe.query({ text: 'SELECT 1', timeoutMs: 5_000 }, signal());
    } finally {
      opened.close();
    }
  };
  const isUp = (asked: Promise<unknown>): Promise<boolean> =>
    asked.then(
      () => true,
      () => false,
    );

  it('is up and down as psql is, whatever the URL says', async () => {
    const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
    const files = [authority.caFile, foreign, '/nowhere/root.crt'].map((path) => `sslrootcert=${path}`);
    const addresses = [
      ...['secure', 'plain'].flatMap((user) =>
        ['', ...modes.map((mode) => `sslmode=${mode}`)].map((said) => url(user, said)),
      ),
      ...modes
        .slice(2)
        .flatMap((mode) =>
          files
            .slice(0, mode.startsWith('verify') ? 3 : 2)
            .map((file) => url('secure', `sslmode=${mode}&${file}`)),
        ),
      url('secure', `sslmode=verify-ca&${files[0] ?? ''}`, '127.0.0.1'),
      url('secure', `sslmode=verify-full&${files[0] ?? ''}`, '127.0.0.1'),
      url('secure', 'sslmode=require&ssl_min_protocol_version=TLSv1.3'),
    ];
    const found: [string, boolean, boolean][] = [];
    for (const address of addresses)
      found.push([address, await isUp(ask(address)), await isUp(psql(address))]);
    expect(found.filter(([, ours, theirs]) => ours !== theirs)).toEqual([]);
    expect(new Set(found.map(([, ours]) => ours))).toEqual(new Set([true, false]));
  });

  it('names the file that cannot be read', async () => {
    await expect(ask(url('secure', 'sslmode=verify-ca&sslrootcert=/nowhere/root.crt'))).rejects.toThrow(
      'the sslrootcert /nowhere/root.crt cannot be read (ENOENT)',
    );
  });
});
