/** The contract's metrics of the access log, held against the log itself. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { byLabel, only, type Checks, type Sources } from './metrics-contract.ts';

/** Nothing is written to the log any more: what was is counted to the last line. */
export const WHILE_NGINX_IS_STOPPED: Checks = {
  expensebot_http_requests_total: ({ series, env }, name) => {
    const expected: Record<string, number> = {};
    for (const { method, status, route } of linesOf(env)) {
      const key = `${method} ${status} ${route}`;
      expected[key] = (expected[key] ?? 0) + 1;
    }
    const found = Object.fromEntries(
      series(name).map(({ labels, value }) => [
        `${labels['method']} ${labels['code']} ${labels['route']}`,
        value,
      ]),
    );
    const never = Object.keys(found).filter((key) => expected[key] === undefined);
    expect(found).toEqual({ ...expected, ...Object.fromEntries(never.map((key) => [key, 0])) });
    for (const key of never) expect(key).toMatch(/^(?:GET|POST) 50[0234] /);
    expect(never).toContain('POST 504 webhook');
    expect(Object.keys(expected)).toEqual(expect.arrayContaining(['POST 200 webhook', 'GET 200 admin']));
  },
  expensebot_http_request_duration_seconds: ({ series, env }, name) => {
    const counts = byLabel(series(`${name}_count`), 'route');
    const sums = byLabel(series(`${name}_sum`), 'route');
    for (const route of ['webhook', 'admin']) {
      const times = linesOf(env).flatMap((line) => (line.route === route ? [line.seconds] : []));
      expect(counts[route], route).toBe(times.length);
      expect(sums[route], route).toBeCloseTo(
        times.reduce((sum, seconds) => sum + seconds, 0),
        3,
      );
    }
  },
  expensebot_access_log_unparsed_lines_total: (sources, name) => {
    expect(only(sources, name)).toBe(0);
  },
};

interface Line {
  readonly method: string;
  readonly status: string;
  readonly route: string;
  readonly seconds: number;
}

/** What the log holds of users' requests, read in the plainest way. */
function linesOf(env: Sources['env']): readonly Line[] {
  const lines = readFileSync(env['NGINX_ACCESS_LOG'] ?? '', 'utf8')
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const [, request = '', rest = ''] = line.split('"');
    const [method = '', path = ''] = request.split(' ');
    if (/^\/(?:health|static|media|favicon\.ico)/.test(path)) return [];
    const route = path.startsWith('/webhook/') ? 'webhook' : path.startsWith('/admin/') ? 'admin' : 'other';
    return [
      { method, status: rest.trim().split(' ')[0] ?? '', route, seconds: Number(line.split(' ').at(-1)) },
    ];
  });
}
