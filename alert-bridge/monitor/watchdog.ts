import type { Clock } from '../../common/time/clock.ts';
import { elapsedSince } from '../../common/time/elapsed.ts';
import { getJson } from '../../common/clients/http-json.ts';
import type { Logger } from '../../common/log/logging.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { NewSignal } from '../model/signal.ts';
import type { TelegramClient } from '../telegram/client.ts';
import { diagnose, type ChainUrls } from './diagnose.ts';
import { startHeartbeat } from './heartbeat.ts';
import { ping } from './ping.ts';
import { expectBot } from './application.ts';
import type { CheckIns } from './check-ins.ts';
import { expectCheckIns, expectWatchdog } from './expectations.ts';
import { watchForAbsence, type AbsenceWatch } from './absence.ts';

export interface ChainWatchOptions {
  readonly urls: ChainUrls;
  readonly heartbeatUrl: string | undefined;
  /** The bearer token of a peer's check-in, which is posted to; undefined: a service that counts GETs. */
  readonly heartbeatToken: string | undefined;
  readonly silentAfterMs: number;
  /** When the Watchdog was last seen, Unix ms. */
  readonly lastSeenAt: () => number | undefined;
  readonly checkIns: CheckIns;
  /** The state that other bridges know too. */
  readonly sharedState: KeyValue;
  /** IANA name: times in messages are of this zone. */
  readonly timezone: string;
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly client: Pick<TelegramClient, 'getMe'>;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly onUnexpected: (error: unknown) => void;
}

const TIMEOUT_MS = 5_000;
/** A storm of 10,000 alerts is some 10 MB. */
const ANSWER_LIMITS = { timeoutMs: TIMEOUT_MS, maxBytes: 64 * 1024 * 1024 } as const;

/**
 * Watches the chain around this bridge: what is before it through the Watchdog, those who must report through their
 * check-ins, and all of it for somebody outside.
 */
export function startChainWatch(options: ChainWatchOptions): AbsenceWatch {
  const { urls, heartbeatUrl, heartbeatToken, client, log, lastSeenAt, silentAfterMs, clock } = options;
  const startedAt = clock.now();
  const absence = watchForAbsence(
    [
      expectWatchdog({
        lastSeenAt,
        startedAt,
        silentAfterMs,
        diagnose: (signal) => diagnose(urls, (url) => getJson(url, { ...ANSWER_LIMITS, signal })),
      }),
      expectBot(options.sharedState),
      ...expectCheckIns(options.checkIns, startedAt, { now: () => clock.now(), timezone: options.timezone }),
    ],
    options,
  );
  const heartbeat =
    heartbeatUrl === undefined
      ? undefined
      : startHeartbeat({
          clock,
          watchdogArrives: () => elapsedSince(lastSeenAt() ?? 0, clock.now()) <= silentAfterMs,
          telegramAnswers: async (signal) => (await client.getMe({ signal })).ok,
          ping: (signal) => ping(heartbeatUrl, { token: heartbeatToken, timeoutMs: TIMEOUT_MS, signal }),
          onChange: (reason) =>
            reason === undefined
              ? log.info('The heartbeat goes out')
              : log.warn('No heartbeat goes out', { reason }),
          onUnexpected: options.onUnexpected,
        });
  return {
    look: (component) => absence.look(component),
    stop: async () => {
      await Promise.all([absence.stop(), heartbeat?.stop()]);
    },
  };
}
