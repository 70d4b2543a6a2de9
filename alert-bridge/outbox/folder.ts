/** What lies where in the bridge's state folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateKey } from '../../common/identity.ts';

export const outboxPath = (folder: string): string => join(folder, 'outbox.sqlite');
export const keyPath = (folder: string): string => join(folder, 'state.key');

/**
 * The keys of what is kept in a folder: STATE_KEY, and that of the file there.
 * @throws as `loadOrCreateKey`.
 */
export const stateKeysOf = (folder: string, given: readonly Buffer[]): readonly Buffer[] => [
  ...given,
  ...(existsSync(keyPath(folder)) ? [loadOrCreateKey(keyPath(folder))] : []),
];
