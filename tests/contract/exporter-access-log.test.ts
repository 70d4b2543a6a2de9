/** The access log of a real nginx, rotated by a real logrotate. */
import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesOf } from '../../exporter/metrics/exposition.ts';
import { watchLog, type Counted, type Watched } from '../support/exporter/access-log.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { startNginx, type Nginx, type NginxOptions } from '../support/servers/nginx.ts';
import { until } from '../support/machine/until.ts';

const LOCATIONS = `
  location /webhook/ { return 200; }
  location /webhook/broken { return 502; }
  location = /gone { return 404; }
`;
const JSON_FORMAT = `escape=json '{"time_iso8601":"$time_iso8601","request_method":"$request_method",'
  '"request_uri":"$request_uri","status":$status,"request_time":$request_time,"agent":"$http_user_agent"}'`;
const COMBINED_TIME = `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
  '"$http_referer" "$http_user_agent" $request_time'`;

const started: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.close();
});

async function start(options: NginxOptions = {}): Promise<Nginx> {
  const nginx = await startNginx({ locations: LOCATIONS, ...options });
  started.push(nginx.server);
  return nginx;
}

/** A collector as after a restart: it goes on where the one before stopped. */
function watch({ accessLog, server }: Nginx, format: Parameters<typeof watchLog>[2] = {}): Watched {
  const watched = watchLog(accessLog, join(server.folder, 'state.sqlite'), format);
  started.push(watched);
  return watched;
}

const get = async ({ server }: Nginx, path: string, init: RequestInit = {}): Promise<void> => {
  await (await fetch(server.url + path, init)).arrayBuffer();
};
/** No two alike: logs that begin with the same bytes, times included, are one and the same log. */
let update = 0;
const getMany = async (nginx: Nginx, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await get(nginx, `/webhook/${(update += 1)}`);
};

/** nginx writes a line after the answer. */
const untilTotal = (watched: Watched, total: number): Promise<Counted> =>
  until(
    () => watched.run(),
    (counted) => counted.total >= total,
    { what: `${total} requests` },
  );

/** Sends bytes that are no request, and waits for nginx to hang up. */
const sendRubbish = ({ server }: Nginx, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, server.host, () => void socket.write(bytes));
    socket
      .resume()
      .once('error', reject)
      .once('close', () => resolve());
  });

describe.each([
  ['combined', undefined],
  ['combined_time', COMBINED_TIME],
  ['json', JSON_FORMAT],
] as const)('in the format %s', (format, logFormat) => {
  it('every request is counted, whatever was sent', async () => {
    const nginx = await start(logFormat === undefined ? {} : { logFormat });
    const watched = watch(nginx, { format });
    await watched.run();

    await get(nginx, '/webhook/1?token=x', { method: 'POST', body: 'x' });
    await get(nginx, '/webhook/broken');
    await get(nginx, '/gone', { headers: { 'user-agent': 'quote " back \\ slash [x] \t' } });
    await get(nginx, '/admin/', { method: 'DELETE', headers: { referer: 'http://x/"' } });
    await get(nginx, '/health');
    await get(nginx, '/static/app.css');
    await sendRubbish(nginx, Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 34, 92, 10, 10]));
    await sendRubbish(
      nginx,
      Buffer.from('GET /a"b\\c\u00e9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    );

    const counted = await untilTotal(watched, 6);
    expect(counted).toMatchObject({ unparsed: 0, error: undefined });
    expect(counted.requests).toEqual({
      'POST 200 webhook': 1,
      'GET 502 webhook': 1,
      'GET 404 other': 1,
      'DELETE 200 admin': 1,
      'other 400 other': 1,
      'GET 200 other': 1,
    });
    expect(counted.details).toEqual({ requests_per_minute: 6, error_rate: 1 / 6 });
    const times = counted.samples.map(seriesOf).filter((series) => series.includes('duration_seconds_count'));
    expect(times).toHaveLength(format === 'combined' ? 0 : 3);
  });
});

describe('rotated by logrotate', () => {
  const rotate = async (nginx: Nginx, directives: string): Promise<void> => {
    const { folder } = nginx.server;
    const config = join(folder, 'logrotate.conf');
    const postrotate = directives.includes('copytruncate')
      ? ''
      : `postrotate\n kill -USR1 ${nginx.server.pid}\n endscript`;
    writeFileSync(
      config,
      `${nginx.accessLog} {\n rotate 9\n missingok\n nodateext\n ${directives.replaceAll('; ', '\n ')}\n ${postrotate}\n}\n`,
      { mode: 0o600 },
    );
    // The name of a dated file is that of its second.
    const second = Math.floor(Date.now() / 1000);
    if (directives.includes('dateext'))
      await until(
        () => Math.floor(Date.now() / 1000),
        (now) => now > second,
      );
    const result = await runTool('logrotate', ['-f', '-s', join(folder, 'logrotate.state'), config], folder);
    expect(result).toEqual({ code: 0, output: '' });
    // Until then a request is logged in the old file, which may be compressed already: then nobody can count it.
    await until(nginx.hasReopened, Boolean);
  };

  const MODES = [
    'create 0600',
    'nocreate',
    'create 0600; compress',
    'create 0600; compress; delaycompress',
    'create 0600; dateext; dateformat -%Y%m%d-%s; compress',
    'copytruncate',
    'copytruncate; compress',
  ];

  it.each(MODES)('%s: nothing is lost while it is read', async (directives) => {
    const nginx = await start();
    const watched = watch(nginx);
    await watched.run();
    for (let round = 1; round <= 3; round += 1) {
      await getMany(nginx, 5);
      await untilTotal(watched, round * 10 - 5);
      await getMany(nginx, 5);
      await untilLogged(nginx, round * 10);
      await rotate(nginx, directives);
    }
    await getMany(nginx, 1);
    expect(await untilTotal(watched, 31)).toMatchObject({ total: 31, unparsed: 0, error: undefined });
    expect((await watched.run()).total).toBe(31);
  });

  it.each(MODES)('%s: nothing is lost while nobody reads', async (directives) => {
    const nginx = await start();
    const before = watch(nginx);
    await before.run();
    await getMany(nginx, 10);
    await untilTotal(before, 10);
    before.close();
    for (let round = 1; round <= 3; round += 1) {
      await getMany(nginx, 10 * round);
      await untilLogged(nginx, 10 + 5 * round * (round + 1));
      await rotate(nginx, directives);
    }
    await getMany(nginx, 40);
    expect(await untilTotal(watch(nginx), 110)).toMatchObject({ total: 110, unparsed: 0, error: undefined });
    expect((await watch(nginx).run()).total).toBe(110);
  });

  it('under load, renamed five times: every request is counted once', async () => {
    const nginx = await start();
    const watched = watch(nginx);
    await watched.run();
    const over = new AbortController();
    let sent = 0;
    const senders = [1, 2, 3, 4].map(async () => {
      while (!over.signal.aborted) {
        await getMany(nginx, 1);
        sent += 1;
      }
    });
    const reading = (async () => {
      while (!over.signal.aborted) await watched.run(0);
    })();
    for (let round = 1; round <= 5; round += 1) {
      const goal = round * 100;
      await until(
        () => sent,
        (count) => count >= goal,
        { what: 'the load' },
      );
      await rotate(nginx, `${round % 2 === 0 ? 'create 0600' : 'nocreate'}; compress; delaycompress`);
    }
    over.abort();
    await Promise.all([...senders, reading]);
    expect(await untilTotal(watched, sent)).toMatchObject({ total: sent, unparsed: 0 });
    expect((await watched.run()).total).toBe(sent);
  });

  /** Lines in the log and all that it was rotated into. */
  async function untilLogged({ accessLog, server }: Nginx, lines: number): Promise<void> {
    const count = async (): Promise<number> => {
      const names = readdirSync(server.folder).filter((name) => name.startsWith('access.log'));
      const { output } = await runTool('zgrep', ['-c', '', '/dev/null', ...names], server.folder);
      return [...output.matchAll(/:(\d+)$/gm)].reduce((total, [, n]) => total + Number(n), 0);
    };
    await until(count, (n) => n >= lines, { what: `${lines} lines beside ${accessLog}` });
  }
});
