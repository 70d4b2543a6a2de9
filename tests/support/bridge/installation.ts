/**
 * The fixture of the tests that watch a chat: the Telegram fake, and the bridges that speak to it. What is started
 * through it ends with it, the newest first; a bridge that ends is asked whether its ledger holds.
 */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { makeTemporaryFolder, removeTemporaryFolder } from '../servers/folders.ts';
import type { Server } from '../servers/process.ts';
import type { ServiceOptions } from '../servers/service.ts';
import type { ChatSetup, Limits, TelegramFake } from '../telegram/index.ts';
import { startBridge, startTelegram } from './bridge.ts';
import { startBridges, type Bridges, type BridgesOptions } from './bridges.ts';

export class Installation {
  readonly #opened: { close(): unknown }[] = [];
  #telegram: TelegramFake | undefined;
  #bridge: Server | undefined;
  #pair: Bridges | undefined;

  get telegram(): TelegramFake {
    return started(this.#telegram);
  }

  /** The bridge that was started last. */
  get bridge(): Server {
    return started(this.#bridge);
  }

  /** The two bridges that were started together last. */
  get pair(): Bridges {
    return started(this.#pair);
  }

  /** @param chats that the bot knows; a private one unless they are given */
  async startTelegram(limits?: Partial<Limits>, chats?: ChatSetup[]): Promise<TelegramFake> {
    this.#telegram = this.closeAtTheEnd(await startTelegram(limits, chats));
    return this.#telegram;
  }

  /** @param options as of `startBridge` */
  async startBridge(
    env: Readonly<Record<string, string>> = {},
    options: ServiceOptions = {},
  ): Promise<Server> {
    this.#bridge = this.closeAtTheEnd(await startBridge(this.telegram, env, options));
    return this.#bridge;
  }

  async startPair(options: BridgesOptions = {}): Promise<Bridges> {
    this.#pair = this.closeAtTheEnd(await startBridges(this.telegram, options));
    return this.#pair;
  }

  closeAtTheEnd<T extends { close(): unknown }>(server: T): T {
    this.#opened.push(server);
    return server;
  }

  /** A folder that is there until the end. */
  makeFolder(): string {
    const folder = makeTemporaryFolder();
    this.closeAtTheEnd({ close: () => removeTemporaryFolder(folder) });
    return folder;
  }

  async close(): Promise<void> {
    for (const one of this.#opened.splice(0).toReversed()) await one.close();
    this.#telegram = this.#bridge = this.#pair = undefined;
  }
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test uses what it has not started');
  return value;
}

export interface InstallationOptions {
  /** Of the Telegram fake. */
  readonly limits?: Partial<Limits>;
  readonly chats?: ChatSetup[];
  /** One for all tests of the file or block; without it a new one for each test. */
  readonly shared?: boolean;
}

/**
 * An installation for the tests of the file or block. Hooks run in the order in which they are written: what the
 * bridge needs is started by a hook above this, and ends after the bridge.
 * @param start what is started beside Telegram: one bridge, unless it is given
 */
export function useInstallation(
  start: (world: Installation) => unknown = (world) => world.startBridge(),
  { limits, chats, shared = false }: InstallationOptions = {},
): Installation {
  const world = new Installation();
  const open = async (): Promise<void> => {
    await world.startTelegram(limits, chats);
    await start(world);
  };
  const close = (): Promise<void> => world.close();
  if (shared) {
    beforeAll(open);
    afterAll(close);
  } else {
    beforeEach(open);
    afterEach(close);
  }
  return world;
}
