/** What lies where in the bridge's state folder. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateKey } from '../../common/state/identity.ts';

export const outboxPath = (folder: string): string => join(folder, 'outbox.sqlite');
/** Says `open` while a bridge uses the outbox, `closed` once it has ended in order. */
export const markPath = (folder: string): string => join(folder, 'outbox.mark');
export function markClosed(folder: string): void {
  try {
    if (existsSync(markPath(folder))) writeFileSync(markPath(folder), 'closed', { mode: 0o600 });
  } catch {
    // A full disk: the next start says that a log is missing where none is.
  }
}

export const keyPath = (folder: string): string => join(folder, 'state.key');

/**
 * The keys of what is kept in a folder: STATE_KEY, and that of the file there.
 * @throws as `loadOrCreateKey`.
 */
export const stateKeysOf = (folder: string, given: readonly Buffer[]): readonly Buffer[] => [
  ...given,
  ...(existsSync(keyPath(folder)) ? [loadOrCreateKey(keyPath(folder))] : []),
];
