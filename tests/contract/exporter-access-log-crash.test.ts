/** The exporter as it is deployed, killed in the middle of its work while nginx goes on. */
import { afterEach, expect, it } from 'vitest';
import { DEAD, valueOf, type Health } from '../support/exporter/exporter-process.ts';
import { startNginx } from '../support/servers/nginx.ts';
import type { Server } from '../support/servers/process.ts';
import { startService } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';

const started: Server[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.close();
});

const CONFIG = 'access_log: { interval: 500ms, timeout: 500ms }';
const SERIES = 'expensebot_http_requests_total{method="GET",code="200",route="webhook"}';

it('counts every request once, however often it is killed, and no counter ever goes back', async () => {
  const nginx = await startNginx();
  started.push(nginx.server);
  const exporter = await startService(
    'exporter',
    { ...DEAD, NGINX_ACCESS_LOG: nginx.accessLog },
    { config: CONFIG },
  );
  started.push(exporter);
  const scraped = async (): Promise<number> => {
    const response = await fetch(`${exporter.url}/metrics`);
    return valueOf(await response.text(), SERIES) ?? 0;
  };
  const succeeded = async (): Promise<boolean> =>
    (await (await fetch(`${exporter.url}/metrics`)).text()).includes('query_success{query="access_log"} 1');
  await until(succeeded, Boolean);

  let sent = 0;
  let seen = 0;
  const over = new AbortController();
  const load = (async () => {
    while (!over.signal.aborted) {
      await (await fetch(`${nginx.server.url}/webhook/${sent}`)).arrayBuffer();
      sent += 1;
    }
  })();
  for (let kill = 0; kill < 4; kill += 1) {
    // Reading and committing go on twice a second: a scrape that shows something new is in the middle of it.
    const now = await until(scraped, (count) => count > seen, { everyMs: 1 });
    expect(now).toBeGreaterThan(seen);
    await exporter.kill('SIGKILL');
    const atLeast = sent + 20;
    await until(
      () => sent,
      (count) => count >= atLeast,
      { what: 'requests while it is dead' },
    );
    await exporter.restart();
    const after = await until(scraped, (count) => count > 0, { everyMs: 1 });
    expect(after).toBeGreaterThanOrEqual(now);
    seen = after;
  }
  over.abort();
  await load;
  await until(scraped, (count) => count >= sent, { what: `${sent} requests` });
  expect(await scraped()).toBe(sent);

  const report = (await (await fetch(`${exporter.url}/health`)).json()) as Health;
  expect(report.metrics['requests_per_minute']).toBeGreaterThan(0);
  expect(report.metrics['error_rate']).toBe(0);
});
