/** What must outlive a restart: how far the log was read, and what was counted up to there. One row, one commit. */
import { z } from 'zod';
import type { Logger } from '../../common/log/record.ts';
import { openStateFile } from '../../common/state/state-file.ts';
import type { SavedCounters } from './counters.ts';
import type { Position } from './tail.ts';
import type { SavedSlot } from './window.ts';

export interface SavedState {
  /** Path of the log: another one is begun anew. */
  readonly log: string;
  readonly position: Position;
  readonly tally: SavedCounters;
  readonly window: readonly SavedSlot[];
}

export interface StateStore {
  readonly load: () => SavedState | undefined;
  /** On disk when it returns. */
  readonly save: (state: SavedState) => void;
  readonly close: () => void;
}

const MIGRATIONS = ['CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL) STRICT'];

const amount = z.number().nonnegative();
const position = z.object({
  inode: amount,
  offset: amount,
  fingerprint: z.object({ length: amount, sha256: z.string() }),
  isSkipping: z.boolean(),
});
/** Release 0.1.0 has kept when the log was read instead of when it was written to. */
const positionOf = z.union([
  position.extend({ mtimeMs: amount }),
  position.extend({ readAt: amount }).transform(({ readAt, ...its }) => ({ ...its, mtimeMs: readAt })),
]);
const savedShape = z.object({
  log: z.string(),
  position: positionOf,
  tally: z.object({
    requests: z.array(z.object({ method: z.string(), code: amount, route: z.string(), count: amount })),
    durations: z.array(
      z.object({ route: z.string(), bounds: z.array(amount), counts: z.array(amount), sum: amount }),
    ),
    unparsed: amount,
  }),
  window: z.array(z.tuple([z.number(), amount, amount])),
});

/** Undefined for what `save` has never written. */
function savedIn(json: string): SavedState | undefined {
  try {
    return savedShape.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/**
 * @param now Unix ms
 * @throws SqliteError when the file cannot be used.
 */
export function openStore(path: string, now: number, log: Logger): StateStore {
  const database = openStateFile(path, MIGRATIONS, now, log, { whenLocked: 'throw' });
  const select = database.prepare<[], { json: string }>('SELECT json FROM state');
  const upsert = database.prepare<[string]>(
    'INSERT INTO state (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json',
  );
  return {
    load: () => {
      const row = select.get();
      if (row === undefined) return undefined;
      const saved = savedIn(row.json);
      if (saved === undefined) {
        log.error(
          `What ${path} says of the access log cannot be read and is set aside; counting begins anew.`,
        );
        database.exec('CREATE TABLE IF NOT EXISTS set_aside (json TEXT NOT NULL)');
        database.exec('INSERT INTO set_aside SELECT json FROM state; DELETE FROM state');
      }
      return saved;
    },
    save: (state) => void upsert.run(JSON.stringify(state)),
    close: () => void database.close(),
  };
}
