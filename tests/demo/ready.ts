/** Waits for states of the chain while it starts. */
import { z } from 'zod';
import type { Clock } from '../../common/time/clock.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { ADMIN_CHAT_ID, urlOf } from './addresses.ts';
import { DemoError } from './arguments.ts';

const DEADLINE_MS = 60_000;
const POLL_MS = 200;
const healthSchema = z.object({
  components: z.record(z.string(), z.object({ status: z.string() })),
  metrics: z.object({ active_users_24h: z.number() }),
});
const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ health: z.string(), labels: z.object({ job: z.string() }) })),
  }),
});

/**
 * Every check of the exporter has answered, Prometheus sees all, the chat shows a message.
 * @throws DemoError that names what is missing when the deadline has passed.
 */
export function waitUntilWhole(telegram: TelegramFake, clock: Clock, signal: AbortSignal): Promise<void> {
  return waitUntilNothing(() => findMissing(telegram, signal), clock, signal);
}

/** The exporter knows where the access log ended. @throws DemoError when the deadline has passed. */
export function waitUntilLogIsRead(clock: Clock, signal: AbortSignal): Promise<void> {
  const findUnread = async (): Promise<string | undefined> => {
    const metrics = await get(`${urlOf('exporter')}/metrics`, signal)
      .then((response) => response.text())
      .catch(() => '');
    const isRead = metrics.includes('expensebot_query_success{query="access_log"} 1');
    return isRead ? undefined : 'the exporter has not read the access log yet';
  };
  return waitUntilNothing(findUnread, clock, signal);
}

/** What can be looked at of Prometheus: its pages, or its alerts for programs where Debian packages it without pages. */
export async function prometheusAddress(signal: AbortSignal): Promise<string> {
  const pages = `${urlOf('prometheus')}/`;
  return (await get(pages, signal)).ok ? pages : `${urlOf('prometheus')}/api/v1/alerts`;
}

async function waitUntilNothing(
  findMissing: () => Promise<string | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + DEADLINE_MS;
  for (;;) {
    const missing = await findMissing();
    if (missing === undefined) return;
    signal.throwIfAborted();
    if (clock.now() > deadline) {
      throw new DemoError(`After ${DEADLINE_MS / 1000} seconds ${missing}.`);
    }
    await clock.sleep(POLL_MS, signal);
  }
}

async function findMissing(telegram: TelegramFake, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { components } = healthSchema.parse(await getJson(`${urlOf('exporter')}/health`, signal));
    const unknown = Object.keys(components).filter((name) => components[name]?.status === 'unknown');
    if (unknown.length > 0) return `the exporter knows nothing of ${unknown.join(', ')} yet`;
    const { data } = targetsSchema.parse(await getJson(`${urlOf('prometheus')}/api/v1/targets`, signal));
    const away = data.activeTargets.filter(({ health }) => health !== 'up').map(({ labels }) => labels.job);
    if (data.activeTargets.length === 0) return 'Prometheus has not read its targets yet';
    if (away.length > 0) return `Prometheus does not see ${away.join(', ')} yet`;
  } catch (error) {
    return `the exporter or Prometheus does not answer as it should (${error instanceof Error ? error.name : 'unknown'})`;
  }
  return telegram.messages(ADMIN_CHAT_ID).length > 0 ? undefined : 'no message has arrived in the chat';
}

async function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  return (await get(url, signal)).json();
}

function get(url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
}
