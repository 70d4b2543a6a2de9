/** What poses as a neighbour of the bridge and answers in every odd way: a call ends at its deadline, and the next one works. */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryRange } from '../../alert-bridge/charts/prometheus.ts';
import { readAlertmanager } from '../../alert-bridge/monitor/reconcile/firing.ts';
import { createMail } from '../../alert-bridge/fallback/mail.ts';
import { createNtfy } from '../../alert-bridge/fallback/ntfy.ts';
import { createWebhook } from '../../alert-bridge/fallback/webhook.ts';
import { severityOfLabel } from '../../alert-bridge/model/signal.ts';
import { createAlertmanager } from '../../alert-bridge/bot/alertmanager.ts';
import { readHealth } from '../../alert-bridge/bot/exporter-health.ts';
import { createTelegramClient, type Result } from '../../alert-bridge/telegram/client.ts';
import { ping } from '../../alert-bridge/monitor/ping.ts';
import type { Clock } from '../../common/time/clock.ts';
import { getJson, requestJson } from '../../common/clients/http-json.ts';
import { startCoordinated } from '../support/bridge/peers.ts';
import {
  flood,
  floodAtOnce,
  HTTP,
  json,
  onceAsked,
  pipeTo,
  REDIS,
  say,
  SILENCE,
  startPeer,
  trickleAtOnce,
  type Fault,
  type UpdateHandler,
} from '../support/robustness/hostile-peer.ts';
import { startMailServer, type MailServer } from '../support/bridge/mail-server.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

let redis: Server;
let mail: MailServer;
beforeAll(async () => {
  [redis, mail] = await Promise.all([startRedis(), startMailServer()]);
});
afterAll(async () => {
  await Promise.all([redis.close(), mail.close()]);
});

/** Of a call to a hostile peer. */
const SHORT_MS = 400;
/** Of a call to a healthy one: only a failure lasts so long. */
const LONG_MS = 60_000;

interface Caller {
  /** Rejects when the other side did not do what it should. */
  call(timeoutMs: number): Promise<unknown>;
  close?(): Promise<void> | void;
  /** Asks again until it works: what rests after a failure. */
  readonly comesBack?: () => Promise<unknown>;
}

interface Subject {
  readonly open: (port: number) => Caller;
  readonly heals: () => UpdateHandler;
  readonly faults: readonly Fault[];
  /** Some answers are no failure to it. */
  readonly mayBelieve?: boolean;
}

const http = (port: number): string => `http://127.0.0.1:${port}`;
const soon = (timeoutMs: number): AbortSignal => AbortSignal.timeout(timeoutMs);
const never = (): AbortSignal => new AbortController().signal;
const limits = (timeoutMs: number) => ({ timeoutMs, maxBytes: 1_000_000 });
const notice = {
  title: '🚨 Redis does not answer (Telegram is unreachable)',
  text: 'Redis is down\n'.repeat(10),
  id: 'a-b-1',
  reason: 'telegram_unreachable',
} as const;

/** A clock by which no call lasts longer than `patienceMs`, whatever it was to wait. */
const patientFor = (patienceMs: () => number): Clock => ({
  now: () => Date.now(),
  sleep: (ms, signal) => delay(Math.min(ms, patienceMs()), undefined, { signal }),
});

const token = '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const orThrow = <T>(result: Result<T>): void => {
  if (!result.ok) throw new Error(`${result.failure.reason}: ${result.failure.description}`);
};
type TelegramCall = (client: ReturnType<typeof createTelegramClient>) => Promise<Result<unknown>>;

/** The client waits 5 s for a proxy, its calls as long as they are told to. */
const telegram =
  (method: TelegramCall, via: (port: number) => { apiRoot: string; proxyUrl?: string }): Subject['open'] =>
  (port) => {
    let patienceMs = SHORT_MS;
    const client = createTelegramClient({
      token,
      ...via(port),
      timeoutMs: 5_000,
      clock: patientFor(() => patienceMs),
    });
    return {
      call: async (timeoutMs) => {
        patienceMs = timeoutMs;
        orThrow(await method(client));
      },
      close: () => client.close(),
    };
  };
const directly = (port: number) => ({ apiRoot: http(port) });
const me = { ok: true, result: { id: 1, username: 'bot' } };
const shown = { ok: true, result: { message_id: 1, chat: { id: 1 } } };

/** Connects to whatever it is asked for, which then answers. */
const httpProxyTo =
  (answer: UpdateHandler): UpdateHandler =>
  (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      answer(socket);
    });
const socksProxyTo =
  (answer: UpdateHandler): UpdateHandler =>
  (socket) =>
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        answer(socket);
      });
    });

const SOCKS: readonly Fault[] = [
  ...SILENCE,
  ['takes the greeting and says no more', say(Buffer.from([5, 0]))],
  ['trickles zeros', trickleAtOnce('\x05\0', '\0')],
  ['floods zeros', flood(Buffer.alloc(64 * 1024))],
  ['floods fives', flood(Buffer.alloc(64 * 1024, 5))],
  ['wants a password', say(Buffer.from([5, 2]))],
  ['knows no way', say(Buffer.from([5, 255]))],
  ['answers half', say(Buffer.from([5]))],
  ['answers both at once, half of the second', say(Buffer.from([5, 0, 5, 0, 0, 3, 255, 1]))],
  ['speaks HTTP', say('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
  ['connects to what is silent', socksProxyTo(() => undefined)],
  ['connects to what switches protocols', socksProxyTo(say('HTTP/1.1 101 Switching Protocols\r\n\r\n'))],
];

const TUNNEL: readonly Fault[] = [
  ...HTTP,
  ['refuses without an end', say('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 99\r\n\r\n')],
  ['sends one line without an end', flood(Buffer.alloc(64 * 1024, 97), 'HTTP/1.1 200 OK\r\nx: ')],
  ['connects to what is silent', httpProxyTo(() => undefined)],
  ['connects to what switches protocols', httpProxyTo(say('HTTP/1.1 101 Switching Protocols\r\n\r\n'))],
  ['connects and resets', onceAsked(connectsAndResets)],
];
function connectsAndResets(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n\r\n', () => socket.resetAndDestroy());
}

/** Takes each command in turn; what comes after the last answer is not answered. */
const dialogue =
  (greeting: string, ...answers: readonly string[]): UpdateHandler =>
  (socket) => {
    const left = [...answers];
    socket.write(greeting);
    socket.on('data', () => {
      const next = left.shift();
      if (next !== undefined) socket.write(next);
    });
  };
const EHLO = '250-peer\r\n250 AUTH PLAIN LOGIN\r\n';
const SMTP: readonly Fault[] = [
  ...SILENCE,
  ['greets and says no more', dialogue('220 peer\r\n')],
  ['goes on greeting', floodAtOnce('220-peer\r\n'.repeat(1_000))],
  ['greets in one line without an end', floodAtOnce('a'.repeat(64 * 1024), '220 ')],
  ['trickles a greeting', trickleAtOnce('220 ')],
  ['trickles lines of a greeting', trickleAtOnce('220-peer\r\n', '220-peer\r\n')],
  ['speaks HTTP', dialogue('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
  ['starts TLS and is silent', dialogue('220 peer\r\n', '250-peer\r\n250 STARTTLS\r\n', '220 go ahead\r\n')],
  [
    'starts TLS and speaks none',
    dialogue('220 peer\r\n', '250-peer\r\n250 STARTTLS\r\n', '220 go ahead\r\n', 'no'),
  ],
  ['asks for the password for ever', dialogue('220 peer\r\n', EHLO, ...Array<string>(50).fill('334 \r\n'))],
  ['takes the password and says no more', dialogue('220 peer\r\n', EHLO, '235 in\r\n')],
  [
    'takes the mail and does not say so',
    dialogue('220 peer\r\n', EHLO, '235 in\r\n', '250 ok\r\n', '250 ok\r\n', '354 go\r\n'),
  ],
  ['closes the service', dialogue('421 not now\r\n')],
];

const heals = (body: unknown) => () => json(body);
const smtp = (port: number, timeoutMs: number) =>
  createMail({
    smtpUrl: `smtp://bot%40example.com:canary-smtp@127.0.0.1:${port}`,
    to: 'a@example.com',
    timeoutMs,
  });

const SUBJECTS: Readonly<Record<string, Subject>> = {
  getJson: {
    open: (port) => ({ call: (timeoutMs) => getJson(http(port), limits(timeoutMs)) }),
    heals: heals({}),
    faults: HTTP,
  },
  'requestJson that posts': {
    open: (port) => ({
      call: (timeoutMs) =>
        requestJson(http(port), { ...limits(timeoutMs), method: 'POST', body: { text: 'x'.repeat(10_000) } }),
    }),
    heals: heals({}),
    faults: HTTP,
  },
  'a range of Prometheus': {
    open: (port) => ({
      call: (timeoutMs) => queryRange(http(port), 'up', { from: 0, to: 0, stepMs: 1 }, soon(timeoutMs)),
    }),
    heals: heals({ data: { result: [] } }),
    faults: HTTP,
  },
  "Alertmanager's alerts": {
    open: (port) => ({
      call: (timeoutMs) => createAlertmanager(http(port), severityOfLabel).alerts(soon(timeoutMs)),
    }),
    heals: heals([]),
    faults: HTTP,
  },
  'the comparison with Alertmanager': {
    open: (port) => ({
      call: (timeoutMs) => readAlertmanager(http(port), { now: 0, signal: soon(timeoutMs) }),
    }),
    heals: () => (socket) =>
      socket.once('data', (request) => {
        const isStatus = request.toString().includes('/status ');
        const answer = JSON.stringify(isStatus ? { uptime: '2024-09-21T00:00:00Z' } : []);
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\nconnection: close\r\n\r\n${answer}`,
        );
      }),
    faults: HTTP,
  },
  'the health of the exporter': {
    open: (port) => ({ call: (timeoutMs) => readHealth(http(port), soon(timeoutMs)) }),
    heals: heals({ status: 'healthy', components: {}, metrics: {} }),
    faults: HTTP,
  },
  'the heartbeat': {
    open: (port) => ({ call: (timeoutMs) => ping(http(port), { token, timeoutMs, signal: never() }) }),
    heals: heals({}),
    faults: HTTP,
    // A good status is all that it wants.
    mayBelieve: true,
  },
  ntfy: {
    open: (port) => ({ call: (timeoutMs) => createNtfy(http(port), timeoutMs).send(notice, never()) }),
    heals: heals({}),
    faults: HTTP,
    mayBelieve: true,
  },
  'the webhook of a call service': {
    open: (port) => ({
      call: (timeoutMs) =>
        createWebhook({ url: http(port), secret: 'canary', timeoutMs, now: Date.now }).send(notice, never()),
    }),
    heals: heals({}),
    faults: HTTP,
    mayBelieve: true,
  },
  'e-mail': {
    open: (port) => ({ call: (timeoutMs) => smtp(port, timeoutMs).send(notice, never()) }),
    heals: () => pipeTo(Number(new URL(mail.url).port)),
    faults: SMTP,
  },
  'the Bot API, getMe': {
    open: telegram((client) => client.getMe(), directly),
    heals: heals(me),
    faults: HTTP,
  },
  'the Bot API, getUpdates': {
    open: telegram((client) => client.getUpdates({ offset: 1, waitSeconds: 25 }), directly),
    heals: heals({ ok: true, result: [] }),
    faults: HTTP,
  },
  'the Bot API, sendPhoto': {
    open: telegram(
      (client) =>
        client.sendPhoto({
          chat: { id: 1 },
          png: Buffer.alloc(100_000),
          silent: true,
          caption: 'x',
        } as never),
      directly,
    ),
    heals: heals(shown),
    faults: HTTP,
  },
  'the Bot API by http behind an HTTP proxy': {
    open: telegram(
      (client) => client.getMe(),
      (port) => ({ apiRoot: 'http://api.invalid', proxyUrl: http(port) }),
    ),
    heals: () => httpProxyTo(json(me)),
    faults: TUNNEL,
  },
  'the Bot API by https behind an HTTP proxy': {
    open: telegram(
      (client) => client.getMe(),
      (port) => ({ apiRoot: 'https://api.invalid', proxyUrl: http(port) }),
    ),
    heals: () => httpProxyTo(() => undefined),
    faults: TUNNEL,
  },
  'the Bot API behind a SOCKS proxy': {
    open: telegram(
      (client) => client.getMe(),
      (port) => ({ apiRoot: 'http://api.invalid', proxyUrl: `socks5://127.0.0.1:${port}` }),
    ),
    heals: () => socksProxyTo(json(me)),
    faults: SOCKS,
  },
  'the Redis of several bridges': {
    open: (port) => {
      const bridge = startCoordinated({ url: `redis://127.0.0.1:${port}/0` });
      // Alone: the turn is its own, Redis or not.
      const turn = async (): Promise<void> => {
        await bridge.lease.take(soon(LONG_MS));
        await bridge.lease.end();
      };
      return {
        call: async () => {
          await turn();
          await until(
            () => bridge.peers.isUp,
            (isUp) => !isUp,
            { what: 'known to be away' },
          );
          await turn();
          throw new Error('alone');
        },
        comesBack: async () => {
          await until(() => bridge.peers.isUp, Boolean, { what: 'up' });
          await turn();
          const unexpected = bridge.log.filter((line) => line.startsWith('unexpected'));
          if (unexpected.length > 0) throw new Error(unexpected.join());
        },
        close: () => bridge.close(),
      };
    },
    heals: () => pipeTo(redis.port),
    faults: REDIS,
  },
};

/** Behind its tunnel it wants TLS, which nobody speaks here: only that it asks again is looked at. */
const NEVER_WELL = 'the Bot API by https behind an HTTP proxy';

/** @returns what became of it, in a word */
async function meet(name: string, subject: Subject, hostile: UpdateHandler): Promise<string> {
  await using peer = await startPeer(hostile);
  const caller = subject.open(peer.port);
  try {
    const first = await withinPatience(caller.call(SHORT_MS));
    if (first === 'never ends') return first;
    if (first === 'works' && subject.mayBelieve !== true) return 'believes it';
    let dials = 0;
    const heal = subject.heals();
    peer.talk = (socket) => {
      dials += 1;
      heal(socket);
    };
    if (name === NEVER_WELL) {
      // On a busy machine a short call may be over before it has dialled.
      const again = async (): Promise<number> => {
        await withinPatience(caller.call(SHORT_MS));
        return dials;
      };
      await until(again, (count) => count > 0, { what: 'asked again' });
    } else {
      let next = await withinPatience(caller.comesBack?.() ?? caller.call(LONG_MS));
      // A tunnel that stood too late for the first call is kept for the next one, and leads to the hostile peer still.
      if (next !== 'works' && dials === 0) next = await withinPatience(caller.call(LONG_MS));
      if (next !== 'works') return `then ${next}`;
    }
    await caller.close?.();
    const left = (): number => {
      peer.probe();
      return peer.open.size;
    };
    await until(left, (open) => open === 0, { what: 'nothing left open', timeoutMs: 200_000 });
    return 'goes on';
  } catch (error) {
    return String(error);
  } finally {
    await caller.close?.();
  }
}

async function withinPatience(call: Promise<unknown>): Promise<string> {
  const patience = new AbortController();
  try {
    return await Promise.race([
      call.then(() => 'works'),
      delay(LONG_MS * 1.5, 'never ends', { signal: patience.signal }),
    ]);
  } catch (error) {
    return `fails: ${String(error)}`;
  } finally {
    patience.abort();
  }
}

it.each(Object.entries(SUBJECTS))(
  'a call of %s ends and the next one works, whatever the other side answers',
  {
    meta: {
      tried:
        'Every neighbour of the bridge silent, half closed, reset, or answering 101, garbage, floods and trickles; proxies that never connect',
      held: 'the call ends at its deadline, nothing is left open, and the next good answer is taken',
    },
  },
  async (name, subject) => {
    const outcomes: [string, string][] = [];
    for (let first = 0; first < subject.faults.length; first += 12) {
      const some = subject.faults.slice(first, first + 12).map(async ([fault, hostile]) => {
        outcomes.push([fault, await meet(name, subject, hostile)]);
      });
      await Promise.all(some);
    }
    const wanted = subject.faults.map(([fault]) => [fault, 'goes on']);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(wanted));
  },
);
