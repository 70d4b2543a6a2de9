import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { startChain } from '../support/bridge/chain.ts';
import { CHAT_ID } from '../support/bridge/bridge.ts';
import { until } from '../support/machine/until.ts';

it('the heartbeat goes out while the chain works; Alertmanager gone → the chat hears which hop is broken; back → resolved', async () => {
  let beats = 0;
  const outside = createServer((_request, response) => {
    beats += 1;
    response.end();
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const { port } = outside.address() as AddressInfo;
  const chain = await startChain({
    bridge: { HEARTBEAT_URL: `http://127.0.0.1:${port}/ping` },
    // Longer than a busy machine takes from the start of the bridge to that of Prometheus.
    bridgeConfig: 'watchdog: { silent_after: 45s }',
  });
  try {
    await until(
      () => beats,
      (count) => count > 0,
      { what: 'the first heartbeat', timeoutMs: 90_000 },
    );
    await chain.alertmanager.stop();
    const alert = await chain.telegram.waitForMessage(
      CHAT_ID,
      ({ text }) => text.includes('Алерты не доходят'),
      {
        timeoutMs: 120_000,
      },
    );
    expect(alert).toMatchObject({ silent: false });
    expect(alert.text).toContain('Alertmanager не отвечает');
    await chain.alertmanager.restart();
    const reply = await chain.telegram.waitForMessage(
      CHAT_ID,
      ({ reply_to }) => reply_to === alert.message_id,
      {
        timeoutMs: 120_000,
      },
    );
    expect(reply.text).toContain('✅ Алерты снова доходят');
  } finally {
    await chain.close();
    outside.close();
  }
});
