/** What must outlive a restart: how far the log was read, and what was counted up to there. One row, one commit. */
import { migrate, type SqliteDatabase } from '../../common/sqlite.ts';
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

/** The database belongs to the store from here on. */
export function createStore(database: SqliteDatabase): StateStore {
  migrate(database, MIGRATIONS);
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
