import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { alone } from '../../../../alert-bridge/peers/peers.ts';
import { startPipeline, type Pipeline } from '../../../../alert-bridge/notify/pipeline.ts';
import type { Hold } from '../../../../alert-bridge/notify/maintenance.ts';
import type { Ledger } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { Routing } from '../../../../alert-bridge/notify/routing.ts';
import type { NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { FakeClock, settle } from '../../../support/machine/fake-clock.ts';
import { draw, noPictures, ScriptedChannel, T0 } from './scripted-chat.ts';
import { observer } from '../../../support/bridge/observer.ts';

type Told = Omit<NewSignal, 'id' | 'occurredAt'>;

/** One chat with its delivery and its outbox, by a clock of its own. */
export class DeliveryBench {
  readonly clock: FakeClock;
  readonly outbox = openOutbox(connectSqlite(':memory:'));
  readonly unexpected: unknown[] = [];
  /** What Alertmanager keeps silent, by fingerprint; undefined: it was not asked yet. */
  muted: ReadonlySet<string> | undefined = new Set();
  /** What is held, besides quiet hours. */
  maintenance: (now: number) => readonly Hold[] = () => [];
  readonly #routing: Routing;
  sender: ScriptedChannel;
  delivery: Pipeline;
  #ids = 0;

  constructor(routing: Routing, now = T0) {
    this.#routing = routing;
    this.clock = new FakeClock(now);
    this.sender = new ScriptedChannel(this.clock);
    this.delivery = this.#start();
  }

  /** As after a crash: a new process, a new chat to look at, the same outbox. */
  async restart(): Promise<void> {
    await this.delivery.stop(0);
    this.sender = new ScriptedChannel(this.clock);
    this.delivery = this.#start();
  }

  async accept(...told: Told[]): Promise<void> {
    const now = this.clock.now();
    const signals = told.map((signal) => ({ ...signal, id: `s${(this.#ids += 1)}`, occurredAt: now }));
    this.outbox.accept([{ signals, chatsOf: () => ['1'], suppress: () => undefined, now }]);
    this.delivery.wake();
    await settle();
  }

  texts(): string[] {
    return this.sender.requests.map(({ method, text }) => `${method}: ${text}`);
  }

  ledger(): Ledger {
    return this.outbox.ledger();
  }

  #start(): Pipeline {
    return startPipeline({
      lease: alone.lease('1'),
      pictures: noPictures,
      outbox: this.outbox,
      sender: this.sender,
      muted: () => this.muted,
      maintenance: (now) => this.maintenance(now),
      clock: this.clock,
      routing: this.#routing,
      downtime: undefined,
      render: (content) => ({ plain: draw(content) }),
      random: () => 1,
      observer: observer((error) => this.unexpected.push(error)),
    });
  }
}
