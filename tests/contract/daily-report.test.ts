/** The report's figures from an exporter on a real socket: what it answers, what it does not, and what is no answer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import type { Outbox } from '../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../alert-bridge/outbox/sqlite.ts';
import { createReporter, type Reporter } from '../../alert-bridge/report/report.ts';
import { dailyFigures } from '../support/exporter/daily-figures.ts';

const DATE = '2024-09-21';
const at = (time: string): number => Date.parse(`${time}+03:00`);
const never = new AbortController().signal;

let server: Server;
let answer: { status: number; body: string } | 'hang';
let asked: string[];
let outbox: Outbox;
let silent: string[];
let now: number;

const connect = (): Reporter =>
  createReporter({
    exporterUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    timezone: 'Europe/Moscow',
    outbox,
    now: () => now,
    onSilent: (date, reason) => silent.push(`${date}: ${reason}`),
  });

beforeEach(async () => {
  answer = { status: 200, body: JSON.stringify(dailyFigures(DATE)) };
  asked = [];
  silent = [];
  now = at('2024-09-01T12:00:00');
  outbox = openOutbox(connectSqlite(':memory:'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (answer !== 'hang') response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('figures', () => {
  it('are those of the exporter', async () => {
    now = at('2024-09-22T10:00:15');
    const report = await connect().gather(DATE, never);
    expect(report).toMatchObject({ date: DATE, formedAt: now, figures: dailyFigures(DATE) });
    expect(asked).toEqual([`/api/v1/daily/${DATE}`]);
    expect(silent).toEqual([]);
  });

  it.each([
    [503, '{"error":{"code":"unavailable","message":"later"}}', 'the answer was 503'],
    [200, 'not JSON', 'is not valid JSON'],
    [200, JSON.stringify({ ...dailyFigures(DATE), users: { total: -1 } }), 'not what was agreed: users.'],
    [200, JSON.stringify(dailyFigures('2024-09-20')), 'it told of 2024-09-20 instead'],
    [200, `"${'x'.repeat(1_000_001)}"`, 'longer than 1000000 bytes'],
  ])('are unknown when the answer is %i %.40s', async (status, body, reason) => {
    answer = { status, body };
    expect(await connect().gather(DATE, never)).toMatchObject({ figures: null });
    expect(silent).toHaveLength(1);
    expect(silent[0]).toContain(reason);
    expect(silent[0]).not.toContain('127.0.0.1');
  });

  it('are unknown when nobody listens', async () => {
    const reporter = connect();
    server.close();
    expect(await reporter.gather(DATE, never)).toMatchObject({ figures: null });
    expect(silent).toHaveLength(1);
  });

  it('are not waited for when the bridge stops', async () => {
    answer = 'hang';
    const stopping = new AbortController();
    const gathering = connect().gather(DATE, stopping.signal);
    stopping.abort();
    expect(await gathering).toMatchObject({ figures: null });
    expect(silent).toEqual([]);
  });
});

describe('errors of the day', () => {
  const accept = (
    id: string,
    occurredAt: number,
    kind: 'critical_error' | 'bot_stopped' = 'critical_error',
    count = 1,
  ) =>
    outbox.accept([
      {
        signals: [
          {
            id,
            type: kind,
            severity: 'critical',
            occurredAt,
            body: kind === 'bot_stopped' ? { kind } : { kind, errorType: 'DB', details: '', count },
          },
        ],
        chatsOf: () => [],
        suppress: () => undefined,
        now,
      },
    ]);

  it('are the critical errors that happened on it, each once, and stay when their signals are pruned', async () => {
    const reporter = connect();
    accept('before', at('2024-09-20T23:59:59'));
    accept('first', at('2024-09-21T00:00:00'));
    accept('first', at('2024-09-21T00:00:00'));
    accept('last, of three', at('2024-09-21T23:59:59.999'), 'critical_error', 3);
    accept('after', at('2024-09-22T00:00:00'));
    accept('no error', at('2024-09-21T12:00:00'), 'bot_stopped');
    expect(await reporter.gather(DATE, never)).toMatchObject({ errors: 4 });
    outbox.prune({
      settledBefore: at('2030-01-01T00:00:00'),
      incidentsBefore: at('2030-01-01T00:00:00'),
    });
    expect(await reporter.gather(DATE, never)).toMatchObject({ errors: 4 });
  });

  it('are unknown for a day that began before counting did, also after a restart', async () => {
    now = at('2024-09-21T00:00:01');
    connect();
    now = at('2024-09-23T10:00:00');
    expect(await connect().gather(DATE, never)).toMatchObject({ errors: null });
    expect(await connect().gather('2024-09-22', never)).toMatchObject({ errors: 0 });
  });
});
