import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '../../common/time/clock.ts';
import { loadOrCreateKey, loadOrRenewKey } from '../../common/state/identity.ts';
import type { Logger } from '../../common/log/logging.ts';
import { OperatorError } from '../../common/process/operator-error.ts';
import {
  copySqlite,
  isDamage,
  NewerSchemaError,
  openIntactSqlite,
  openSqlite,
  setAside,
  suspect,
} from '../../common/state/sqlite.ts';
import { codeOf, isStorageTrouble, moveAside, type AsideReason } from '../../common/state/storage.ts';
import type { BridgeStateLostBody } from '../model/signal.ts';
import { keyPath, markClosed, markPath, stateKeysOf, outboxPath } from './folder.ts';
import type { Outbox } from './outbox.ts';
import { createSeal, UnreadableError, type Seal } from './seal.ts';
import { OtherKeyError } from './sealed-rows.ts';
import { openOutbox, type OutboxOptions } from './sqlite.ts';
import { setRowsAside } from './state-rows.ts';

/** The state that was there, or a part of it, and cannot be used: the bridge goes on without it. */
export type LostState = Omit<BridgeStateLostBody, 'kind' | 'bridge'>;

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

/**
 * The outbox of a folder. A file that is damaged, sealed with another key, or written by a newer release is set aside, and
 * a new one is begun.
 * @throws the error of a disk that is full, read-only or locked: then nothing is set aside
 */
export function openKeptOutbox(folder: string, seal: Seal, now: number, options?: OutboxOptions): KeptOutbox {
  const path = outboxPath(folder);
  const { database, setAside: damaged } = openIntactSqlite(path, now);
  try {
    const lost = damaged === undefined ? undefined : ({ file: basename(damaged), cause: 'damaged' } as const);
    const outbox = openOutbox(database, seal, options);
    const rows = setRowsAside(database, now);
    return {
      outbox,
      lost: lost ?? (rows.length === 0 ? undefined : { file: rows.join(', '), cause: 'rows' }),
    };
  } catch (error) {
    database.close();
    if (isStorageTrouble(error)) throw error;
    const [cause, reason] = reasonOf(error);
    const file = basename(setAside(path, now, reason));
    const versions = error instanceof NewerSchemaError ? { found: error.found, known: error.known } : {};
    return { outbox: openOutbox(openSqlite(path), seal, options), lost: { file, cause, ...versions } };
  }
}

function reasonOf(error: unknown): readonly [LostState['cause'], AsideReason] {
  if (error instanceof OtherKeyError) return ['other_key', 'other-key'];
  return error instanceof NewerSchemaError ? ['newer', 'newer'] : ['damaged', 'damaged'];
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

export interface KeptState {
  readonly outbox: Outbox;
  readonly seal: Seal;
  /** Each of them is told. */
  readonly lost: readonly LostState[];
  /**
   * Gives up what an error of the outbox speaks of.
   * @returns whether nothing can be kept safe any more: the bridge must end, and its next start sets the file aside
   */
  isBeyondRepair(error: unknown): boolean;
}

/**
 * Opens what the bridge keeps, gives up what nobody can use any more, and says so in the log.
 * @throws the error of a disk that is full, read-only or locked: then nothing is set aside
 */
export function openState(options: StateOptions): KeptState {
  const { folder, clock, log } = options;
  const key = usableKey(options);
  const wasOpen = markOf(folder);
  const isKnown = wasOpen !== undefined || key.isKnown;
  const hadLog = existsSync(`${outboxPath(folder)}-wal`);
  const hadFile = existsSync(outboxPath(folder));
  const { kept, dropUnreadable } = openReadable(options, key.seal);
  const lost = [...(kept.lost === undefined ? [] : [kept.lost])];
  if (key.setAside !== undefined) lost.unshift({ file: basename(key.setAside), cause: 'key' });
  const { state } = kept.outbox;
  if (
    kept.lost === undefined &&
    isKnown &&
    state.get(BEGUN_KEY) === undefined &&
    state.get('lifecycle') === undefined
  )
    lost.push({ file: basename(outboxPath(folder)), cause: 'missing' });
  else if (kept.lost === undefined && wasOpen === true && hadFile && !hadLog)
    lost.push({ file: `${basename(outboxPath(folder))}-wal`, cause: 'log_missing' });
  for (const one of lost) log.error('The state could not be used as it was', { ...one });
  try {
    state.set(BEGUN_KEY, state.get(BEGUN_KEY) ?? String(clock.now()));
    // After the outbox: from here on its log is there until it is closed.
    writeFileSync(markPath(folder), OPEN, { mode: 0o600 });
  } catch (error) {
    kept.outbox.close();
    throw error;
  }
  return {
    outbox: {
      ...kept.outbox,
      close: () => {
        // Before the outbox, whose log goes with it.
        markClosed(folder);
        kept.outbox.close();
      },
    },
    seal: key.seal,
    lost,
    isBeyondRepair: (error) => {
      if (error instanceof UnreadableError) dropUnreadable();
      if (!isDamage(error)) return false;
      suspect(outboxPath(folder));
      return true;
    },
  };
}

const OPEN = 'open';
/** A row of every outbox that a bridge has used: one without it is new. */
const BEGUN_KEY = 'begun';

/** Whether the last bridge here has not ended in order; undefined: there was none, or one that left no mark. */
function markOf(folder: string): boolean | undefined {
  try {
    return readFileSync(markPath(folder), 'utf8') === OPEN;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') moveAside(markPath(folder), Date.now());
    return undefined;
  }
}

/** Where the file of the key holds none, what it had sealed goes aside with it. */
function usableKey({ folder, stateKeys, clock }: StateOptions): {
  readonly seal: Seal;
  readonly isKnown: boolean;
  readonly setAside: string | undefined;
} {
  const path = keyPath(folder);
  if (!existsSync(path)) return { seal: sealOf(folder, stateKeys), isKnown: false, setAside: undefined };
  const { setAside } = loadOrRenewKey(path, clock.now());
  return { seal: sealOf(folder, stateKeys), isKnown: true, setAside };
}

/** What cannot be read although it could be opened is damaged too. */
function openReadable({ folder, chats, isShared, clock, log }: StateOptions, seal: Seal) {
  const open = () => {
    const kept = openKeptOutbox(folder, seal, clock.now(), { isShared });
    const dropUnreadable = (): void => {
      const unreadable = kept.outbox.dropUnreadable(clock.now());
      if (unreadable > 0)
        log.error('What was altered on disk, or sealed with another STATE_KEY, is given up', { unreadable });
    };
    try {
      dropUnreadable();
      const orphans = kept.outbox.dropUnknownChats(chats, clock.now());
      if (orphans > 0)
        log.warn('Signals waited for chats that are no longer in ADMIN_TELEGRAM_ID', { orphans });
    } catch (error) {
      kept.outbox.close();
      throw error;
    }
    return { kept, dropUnreadable };
  };
  try {
    return open();
  } catch (error) {
    if (isStorageTrouble(error)) throw error;
    log.error('The outbox cannot be read', { error });
    suspect(outboxPath(folder));
    return open();
  }
}
