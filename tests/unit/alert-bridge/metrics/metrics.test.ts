import { expect, it } from 'vitest';
import { createMetrics } from '../../../../alert-bridge/metrics/metrics.ts';

const metrics = createMetrics({ version: '1.0.0', revision: '' });
const series = async (): Promise<readonly string[]> => (await metrics.text()).text.split('\n');

it.each([
  [
    'alert_bridge_telegram_requests_total{method="sendMessage"}',
    () => metrics.telegramRequest('sendMessage'),
  ],
  [
    'alert_bridge_telegram_failures_total{method="editMessageText",reason="timeout"}',
    () => metrics.telegramFailure('editMessageText', 'timeout'),
  ],
  ['alert_bridge_posts_rejected_total{code="unauthorized"}', () => metrics.postRejected('unauthorized')],
  ['alert_bridge_second_channel_messages_total{channel="ntfy"}', () => metrics.fallbackSent('ntfy')],
  ['alert_bridge_second_channel_failures_total{channel="e-mail"}', () => metrics.fallbackFailed('e-mail')],
  ['alert_bridge_pictures_dropped_total{reason="busy"}', () => metrics.pictureDropped('busy')],
  ['alert_bridge_telegram_updates_total{outcome="refused"}', () => metrics.updateHandled('refused')],
  ['alert_bridge_commands_total{command="kpi"}', () => metrics.updateHandled('answered', 'kpi')],
])('%s begins at zero, so that the first one is growth', async (name, count) => {
  expect(await series()).toContain(`${name} 0`);
  count();
  expect(await series()).toContain(`${name} 1`);
});

it('invents no gauge', async () => {
  const gauges = (await series()).filter((line) => /timestamp_seconds|_up |_up\{|ha_/.test(line));
  expect(gauges.filter((line) => line.startsWith('alert_bridge_') && !line.includes('process_'))).toEqual([]);
});
