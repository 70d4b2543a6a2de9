import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import type { Escalation } from '../../../../alert-bridge/notify/escalate.ts';
import { startEscalation } from '../../../../alert-bridge/fallback/escalation.ts';
import type { FallbackSender, Notice } from '../../../../alert-bridge/fallback/fallback-sender.ts';
import { startFallback } from '../../../../alert-bridge/fallback/fallback.ts';
import { createReceive } from '../../../../alert-bridge/ingest/receive.ts';
import type { Renderer } from '../../../../alert-bridge/notify/render.ts';
import { startPipeline, type Pipeline } from '../../../../alert-bridge/notify/pipeline.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { createRouting } from '../../../../alert-bridge/notify/routing.ts';
import { POLICY } from '../../../support/bridge/routing.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';
import { silentLog } from '../../../support/machine/silent-log.ts';
import { draw, noPictures, ScriptedChannel } from '../notify/scripted-chat.ts';
import { observer } from '../../../support/bridge/observer.ts';

const MINUTE = 60_000;

/** The defaults of config.yml, with another person. */
export const LADDER: Escalation = {
  ringAfterMs: [MINUTE, 3 * MINUTE, 10 * MINUTE],
  next: [{ chat: '2', afterMs: 5 * MINUTE }],
  fallbackAfterMs: 7 * MINUTE,
  webhookAfterMs: 9 * MINUTE,
};
/** The default of `second_channel`. */
const FALLBACK_AFTER_MS = 50_000;
const CHATS = ['1', '2'];
type Channel = FallbackSender['name'];

/** Two chats, of which the second is told only when nobody in the first takes an incident, mail, ntfy and a webhook. */
export class LadderBench {
  readonly clock: FakeClock;
  readonly outbox = openOutbox(connectSqlite(':memory:'));
  readonly unexpected: unknown[] = [];
  readonly notices: (Notice & { readonly channel: Channel; readonly at: number })[] = [];
  readonly rang: string[] = [];
  /** What Alertmanager keeps silent or knows to be over, and what it will say when it is asked next. */
  silent: ReadonlySet<string> = new Set();
  learns: ReadonlySet<string> | undefined;
  /** Those fail. */
  readonly broken = new Set<Channel>();
  chats: readonly ScriptedChannel[] = [];
  readonly #routing;
  readonly #receive;
  #pipelines: readonly Pipeline[] = [];
  #services: readonly { stop(): Promise<void> }[] = [];
  #ids = 0;

  constructor(escalation: Escalation | undefined, now: number) {
    this.clock = new FakeClock(now);
    this.#routing = createRouting([], {
      name: 'default',
      matchers: [],
      chats: ['1'],
      groupBy: undefined,
      policy: {
        ...POLICY,
        quietHours: { from: 23 * 60, to: 8 * 60, timezone: 'UTC' },
        ...(escalation === undefined ? {} : { escalation }),
      },
    });
    this.#receive = createReceive({
      outbox: this.outbox,
      sharedState: this.outbox.state,
      routing: this.#routing,
      duplicateWindowMs: 0,
      now: () => this.clock.now(),
      newId: () => `s${(this.#ids += 1)}`,
      onUser: () => undefined,
      onAccepted: () => this.wake(),
      onStorageError: (error) => this.unexpected.push(error),
    });
    this.start();
  }

  start(): void {
    const { clock, outbox } = this;
    const seen = this.chats;
    this.chats = CHATS.map((key, index) => seen[index] ?? new ScriptedChannel(clock, key));
    this.#pipelines = this.chats.map((sender) =>
      startPipeline({
        outbox,
        chats: CHATS,
        sender,
        clock,
        lease: alone.lease(sender.chat.key),
        pictures: noPictures,
        muted: () => this.silent,
        routing: this.#routing,
        downtime: undefined,
        render: RENDER,
        random: () => 1,
        observer: {
          ...observer((error) => this.unexpected.push(error)),
          escalated: (reason) => this.rang.push(reason),
        },
      }),
    );
    const common = {
      outbox,
      clock,
      routing: this.#routing,
      render: RENDER,
      lease: alone.fallback,
      locale: 'en',
      log: silentLog,
      onSent: () => undefined,
      onFailed: () => undefined,
      onUnexpected: (error: unknown) => this.unexpected.push(error),
      channels: (['e-mail', 'ntfy', 'webhook'] as const).map((channel) => this.#channel(channel)),
    } as const;
    this.#services = [
      startFallback({
        ...common,
        afterMs: FALLBACK_AFTER_MS,
        failingSince: () => this.#pipelines.map((pipeline) => pipeline.failingSince),
        tell: (signal) => this.#receive.own(signal),
      }),
      startEscalation({
        ...common,
        chats: CHATS,
        silent: () => this.silent,
        askAlertmanager: () => {
          this.silent = this.learns ?? this.silent;
          this.wake();
          return Promise.resolve();
        },
        random: () => 1,
        onRang: (step) => this.rang.push(step),
      }),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#services, ...this.#pipelines].map((one) => one.stop(0)));
  }

  /** What a restart leaves is in the outbox. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  wake(): void {
    this.#pipelines.forEach((pipeline) => pipeline.wake());
  }

  async post(status: 'firing' | 'resolved', name: string, labels: Readonly<Record<string, string>> = {}) {
    const at = new Date(this.clock.now()).toISOString();
    const started = this.#started.get(name) ?? at;
    if (status === 'firing') this.#started.set(name, started);
    else this.#started.delete(name);
    await this.#receive.alertmanager({
      version: '4',
      groupKey: name,
      status,
      receiver: 'bridge',
      externalURL: 'http://alertmanager',
      alerts: [
        {
          status,
          fingerprint: name,
          labels: { alertname: name, component: 'bot', severity: 'critical', ...labels },
          annotations: {},
          startsAt: started,
          endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : at,
        },
      ],
    });
    await settle();
  }
  readonly #started = new Map<string, string>();

  take(name: string): void {
    const at = this.clock.now();
    this.outbox.acknowledge(`alert:${name}:bot`, { by: '@anna', at }, at);
    this.wake();
  }

  /** What a chat was sent, with the minute after that time: `3 reply: ring alert:Down firing 1 count 1`. */
  sent(chat: number, since: number): readonly string[] {
    const { requests, times } = this.chats[chat] ?? { requests: [], times: [] };
    return requests.flatMap(({ method, text }, index) =>
      method === 'edit' ? [] : [`${Math.floor(((times[index] ?? 0) - since) / MINUTE)} ${method}: ${text}`],
    );
  }

  noticed(since: number): readonly string[] {
    return this.notices.map(({ at, channel }) => `${Math.floor((at - since) / MINUTE)} ${channel}`);
  }

  #channel(name: Channel): FallbackSender {
    return {
      name,
      send: (notice) => {
        if (this.broken.has(name)) return Promise.reject(new Error(`${name} did not answer`));
        this.notices.push({ ...notice, channel: name, at: this.clock.now() });
        return Promise.resolve();
      },
    };
  }
}

const RENDER: Renderer = (content) => ({ plain: draw(content) });
