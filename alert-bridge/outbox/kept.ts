import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadOrCreateKey } from '../../common/identity.ts';
import { openIntactSqlite, openSqlite, setAside } from '../../common/sqlite.ts';
import type { Outbox } from './outbox.ts';
import { createSeal, type Seal } from './seal.ts';
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

export const outboxPath = (folder: string): string => join(folder, 'outbox.sqlite');

/**
 * The keys of what is kept in a folder: STATE_KEY, else the file `state.key` there, made on first use. Where both are,
 * what the file's key has sealed opens too, and is sealed anew.
 * @throws as `loadOrCreateKey`.
 */
export function sealOf(folder: string, [first, ...others]: readonly Buffer[]): Seal {
  const file = join(folder, 'state.key');
  if (first === undefined) return createSeal([loadOrCreateKey(file)]);
  return createSeal([first, ...others, ...(existsSync(file) ? [loadOrCreateKey(file)] : [])]);
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
