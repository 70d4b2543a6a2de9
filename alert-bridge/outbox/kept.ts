import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import { loadOrCreateKey } from '../../common/identity.ts';
import type { Logger } from '../../common/log/logging.ts';
import { OperatorError } from '../../common/operator-error.ts';
import {
  copySqlite,
  isDamage,
  openIntactSqlite,
  openSqlite,
  setAside,
  suspect,
} from '../../common/sqlite.ts';
import { keyPath, stateKeysOf, outboxPath } from './folder.ts';
import type { Outbox } from './outbox.ts';
import { createSeal, UnreadableError, type Seal } from './seal.ts';
import { OtherKeyError } from './sealed-rows.ts';
import { openOutbox, type OutboxOptions } from './sqlite.ts';

/** The state that was there and cannot be used: the bridge goes on without it. */
export interface LostState {
  /** Name of the file it is in now. */
  readonly file: string;
  readonly cause: 'damaged' | 'other_key';
}

export interface KeptOutbox {
  readonly outbox: Outbox;
  readonly lost: LostState | undefined;
}

/**
 * Seals with STATE_KEY, else with the key in the file, made on first use. Where both are, what the file's key has
 * sealed opens too, and is sealed anew.
 * @throws as `loadOrCreateKey`.
 */
export function sealOf(folder: string, given: readonly Buffer[]): Seal {
  const [first = loadOrCreateKey(keyPath(folder)), ...others] = stateKeysOf(folder, given);
  return createSeal([first, ...others]);
}

/** The outbox of a folder. A file that is damaged or sealed with another key is set aside, and a new one is begun. */
export function openKeptOutbox(folder: string, seal: Seal, now: number, options?: OutboxOptions): KeptOutbox {
  const path = outboxPath(folder);
  const { database, setAside: damaged } = openIntactSqlite(path, now);
  try {
    const lost = damaged === undefined ? undefined : ({ file: basename(damaged), cause: 'damaged' } as const);
    return { outbox: openOutbox(database, seal, options), lost };
  } catch (error) {
    database.close();
    if (!(error instanceof OtherKeyError)) throw error;
    const file = basename(setAside(path, now, 'other-key'));
    return { outbox: openOutbox(openSqlite(path), seal, options), lost: { file, cause: 'other_key' } };
  }
}

/**
 * What a folder keeps, in memory: what is done with it changes nothing. The bridge may be running. Empty where nothing
 * is kept.
 * @throws OperatorError when it cannot be read or opened.
 */
export function copyOutbox(folder: string, stateKeys: readonly Buffer[]): Outbox {
  const path = outboxPath(folder);
  if (!existsSync(path)) return openOutbox(openSqlite(':memory:'));
  try {
    const outbox = openOutbox(copySqlite(path), sealOf(folder, stateKeys));
    outbox.dropUnreadable(0);
    return outbox;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${path} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}

export interface StateOptions {
  readonly folder: string;
  readonly stateKeys: readonly Buffer[];
  /** Names of the chats that are told. */
  readonly chats: readonly string[];
  /** Whether other bridges are told what this one shows. */
  readonly isShared: boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

export interface KeptState extends KeptOutbox {
  readonly seal: Seal;
  /**
   * Gives up what an error of the outbox speaks of.
   * @returns whether nothing can be kept safe any more: the bridge must end, and its next start sets the file aside
   */
  isBeyondRepair(error: unknown): boolean;
}

/** Opens what the bridge keeps, gives up what nobody can use any more, and says so in the log. */
export function openState({ folder, stateKeys, chats, isShared, clock, log }: StateOptions): KeptState {
  const seal = sealOf(folder, stateKeys);
  const { outbox, lost } = openKeptOutbox(folder, seal, clock.now(), { isShared });
  if (lost !== undefined) log.error('The state could not be used and is set aside', { ...lost });
  const dropUnreadable = (): void => {
    const unreadable = outbox.dropUnreadable(clock.now());
    if (unreadable > 0)
      log.error('What was altered on disk, or sealed with another STATE_KEY, is given up', { unreadable });
  };
  dropUnreadable();
  const orphans = outbox.dropUnknownChats(chats, clock.now());
  if (orphans > 0) log.warn('Signals waited for chats that are no longer in ADMIN_TELEGRAM_ID', { orphans });
  return {
    outbox,
    seal,
    lost,
    isBeyondRepair: (error) => {
      if (error instanceof UnreadableError) dropUnreadable();
      if (!isDamage(error)) return false;
      suspect(outboxPath(folder));
      return true;
    },
  };
}
