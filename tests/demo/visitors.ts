/** Who comes to the bot's site: Telegram with its updates, somebody at the admin pages, browsers. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Clock } from '../../common/time/clock.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import type { Site } from './site.ts';

export interface VisitorsOptions {
  readonly site: Pick<Site, 'url' | 'webhookUrl' | 'caFile'>;
  readonly botUsername: string;
  readonly telegram: TelegramFake;
  readonly clock: Clock;
}

const VISIT_EVERY_MS = 400;
const TIMEOUT_MS = 2000;
/** Telegram tells of the last error for ever; what waits is delivered once somebody answers again. */
const UPDATES_KEPT = 500;

/** Visits until stopped. What Telegram could not deliver shows in its getWebhookInfo, in Telegram's words. */
export function startVisitors({ site, botUsername, telegram, clock }: VisitorsOptions): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  const ca = readFileSync(site.caFile);
  let pendingUpdates = 0;

  const visit = (method: string, url: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const outgoing = request(url, { method, ca, signal, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  const deliverUpdate = async (): Promise<void> => {
    const failure = await visit('POST', site.webhookUrl).then(
      (status) => (status === 200 ? undefined : `Wrong response from the webhook: ${status}`),
      () => 'Connection refused',
    );
    if (stopping.signal.aborted) return;
    if (failure === undefined && pendingUpdates === 0) return;
    pendingUpdates = failure === undefined ? 0 : Math.min(pendingUpdates + 1, UPDATES_KEPT);
    telegram.setBotState(botUsername, {
      pendingUpdates,
      ...(failure === undefined
        ? {}
        : { lastErrorDate: Math.floor(clock.now() / 1000), lastErrorMessage: failure }),
    });
  };
  const run = async (): Promise<void> => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      await deliverUpdate();
      // nginx is what people break here.
      if (round % 5 === 0) await visit('GET', `${site.url}/static/style.css`).catch(() => undefined);
      if (round % 8 === 0) await visit('GET', `${site.url}/admin/`).catch(() => undefined);
      await clock.sleep(VISIT_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
