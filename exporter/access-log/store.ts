/** What must outlive a restart: how far the log was read, and what was counted up to there. One row, one commit. */
import type { Logger } from '../../common/log/record.ts';
import { openStateFile } from '../../common/state-file.ts';
import type { SavedTally } from './tally.ts';
import type { Position } from './tail.ts';
import type { SavedSlot } from './window.ts';

export interface SavedState {
  /** Path of the log: another one is begun anew. */
  readonly log: string;
  readonly position: Position;
  readonly tally: SavedTally;
  readonly window: readonly SavedSlot[];
}

export interface StateStore {
  readonly load: () => SavedState | undefined;
  /** On disk when it returns. */
  readonly save: (state: SavedState) => void;
  readonly close: () => void;
}

const MIGRATIONS = ['CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL) STRICT'];

/**
 * @param now Unix ms
 * @throws SqliteError when the file cannot be used.
 */
export function openStore(path: string, now: number, log: Logger): StateStore {
  const database = openStateFile(path, MIGRATIONS, now, log);
  const select = database.prepare<[], { json: string }>('SELECT json FROM state');
  const upsert = database.prepare<[string]>(
    'INSERT INTO state (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json',
  );
  return {
    load: () => {
      const row = select.get();
      return row === undefined ? undefined : (JSON.parse(row.json) as SavedState);
    },
    save: (state) => void upsert.run(JSON.stringify(state)),
    close: () => void database.close(),
  };
}
