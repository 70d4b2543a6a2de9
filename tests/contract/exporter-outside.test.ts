import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createAuthority } from '../support/machine/certificates.ts';
import {
  cleanUpExporters,
  DEAD,
  health,
  launch,
  metrics,
  promtool,
  ready,
  valueOf,
} from '../support/exporter/exporter-process.ts';

const servers: Server[] = [];

afterEach(async () => {
  await cleanUpExporters();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

it('the exporter serves the view from outside: the webhook as Telegram sees it, and a bad certificate with its expiry', async () => {
  const authority = await createAuthority();
  const identity = await authority.selfSigned('DNS:localhost');
  await authority.close();
  const webPort = await listen(createTlsServer(identity, (_incoming, response) => void response.end('ok')));
  const webhook = 'https://coins.example.com/hook-secret-path/';
  const errorAt = Math.floor(Date.now() / 1000) - 5;
  const info = {
    url: webhook,
    pending_update_count: 7,
    last_error_date: errorAt,
    last_error_message: `Wrong response at ${webhook}`,
  };
  const apiPort = await listen(
    createHttpServer((_incoming, response) => void response.end(JSON.stringify({ ok: true, result: info }))),
  );
  const running = await ready(
    await launch({
      ...DEAD,
      TELEGRAM_API_ROOT: `http://127.0.0.1:${apiPort}`,
      EXPECTED_WEBHOOK_URL: webhook,
      PUBLIC_HEALTHCHECK_URL: `https://user:web-secret@localhost:${webPort}/health?key=query-secret`,
    }),
  );

  const text = await vi.waitFor(
    async () => {
      const found = await metrics(running);
      expect(found).toMatch(/^expensebot_probe_success\{component="public_endpoint"\} 0$/m);
      expect(found).toMatch(/^expensebot_probe_success\{component="telegram_webhook"\} 0$/m);
      return found;
    },
    { timeout: 200_000, interval: 50 },
  );
  expect(valueOf(text, 'expensebot_telegram_webhook_pending_updates')).toBe(7);
  expect(valueOf(text, 'expensebot_telegram_webhook_url_matches')).toBe(1);
  expect(valueOf(text, 'expensebot_telegram_webhook_last_error_timestamp_seconds')).toBe(errorAt);
  const expiry = valueOf(
    text,
    `expensebot_tls_certificate_expiry_timestamp_seconds{target="localhost:${webPort}"}`,
  );
  expect(Math.abs((expiry ?? 0) - Date.now() / 1000 - 30 * 86_400)).toBeLessThan(60);
  expect(text).toMatch(
    /^expensebot_http_target_phase_seconds\{component="public_endpoint",phase="tls"\} 0\.\d+$/m,
  );
  expect(await promtool(text)).toEqual({ code: 0, output: '' });

  const report = await health(running);
  expect(report.components).toMatchObject({
    // An attempt that the machine was too slow for is counted behind it.
    public_endpoint: {
      error: expect.stringContaining(`the TLS certificate of localhost:${webPort} is self-signed`) as unknown,
    },
    telegram_webhook: {
      error: 'Telegram cannot deliver to the webhook: Wrong response at … (updates waiting: 7)',
      details: { webhook_host: 'coins.example.com', pending_updates: 7 },
    },
  });
  const seen = [text, JSON.stringify(report), running.output()].join('\n');
  expect(seen).not.toMatch(/(?:hook|web|query)-secret|AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/);
});
