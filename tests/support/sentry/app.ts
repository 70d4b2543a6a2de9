/**
 * A small service as ours are, run by the Sentry contract test in a process of its own: express in front, pg and ioredis
 * behind, a job, a logger. It holds canary secrets in every place where an SDK might look.
 */
import express from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createLogging } from '../../../common/log/logging.ts';
import { createRedactor } from '../../../common/redact/redact.ts';
import {
  breadcrumb,
  captureError,
  captureJobError,
  flushSentry,
  isolateSentryScope,
  setUser,
} from '../../../common/sentry/capture.ts';

const canary = JSON.parse(process.env['CANARIES'] ?? '{}') as Record<string, string>;
const get = (name: string): string => canary[name] ?? '';

const logging = createLogging({
  service: 'exporter',
  dir: undefined,
  level: 'debug',
  console: 'none',
  redactor: createRedactor({ secrets: [] }),
});
logging.onBreadcrumb(breadcrumb);
const log = logging.logger('app');

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
const redis = new Redis(process.env['REDIS_URL'] ?? '');
const app = express();
app.use(express.json());

function burn(untilMs: number): number {
  let turns = 0;
  while (performance.now() < untilMs) turns += Math.sqrt(turns + 1);
  return turns;
}

app.post('/orders/:id', async (request, response) => {
  setUser(Number(get('userId')));
  await pool.query('SELECT $1::text AS value', [get('sqlParameter')]);
  await pool.query(`SELECT '${get('sqlLiteral')}' AS value -- ${get('sqlComment')}`);
  await redis.set(`session:${get('redisKey')}`, get('redisValue'));
  await redis.get(`session:${get('redisKey')}`);
  burn(performance.now() + 150);
  log.warn(`calling https://api.telegram.org/bot${get('token')}/sendMessage`, { password: get('password') });
  const body = request.body as Record<string, unknown>;
  try {
    throw new Error(`could not pay with ${get('card')} for ${get('email')}, ${get('phone')}`, {
      cause: new Error(`connect ${process.env['DATABASE_URL'] ?? ''} refused`),
    });
  } catch (error) {
    captureError(error, {
      module: 'app',
      fields: { authorization: `Bearer ${get('bearer')}`, token: get('token') },
    });
  }
  response.json({ ok: Object.keys(body).length });
});

const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const answer = await fetch(`http://127.0.0.1:${port}/orders/7?token=${get('queryToken')}`, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    authorization: `Bearer ${get('bearer')}`,
    cookie: `session=${get('cookie')}`,
    'x-api-key': get('header'),
  },
  body: JSON.stringify({ note: get('body') }),
});
await answer.text();
isolateSentryScope(() => {
  captureJobError('daily-report', new Error(`report for ${get('email')} failed`));
});
const flushed = await flushSentry(5_000);
console.log(JSON.stringify({ status: answer.status, flushed }));
redis.disconnect();
await pool.end();
server.closeAllConnections();
server.close();
await logging.close();
