import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { mentions, othersIn } from './mentions.ts';

/** Removes a person from the small tables in the clear: what bridges tell one another, and settings. */
export interface NotesEraser {
  /** @returns how many rows it has changed. Within a transaction. */
  remove(user: string): { readonly shared: number; readonly settings: number };
}

interface UnreplicatedRow {
  readonly id: number;
  readonly type: string | null;
  readonly identities: string;
  readonly members: string;
}
interface IdentityRow {
  readonly chat: string;
  readonly identity: string;
}
interface StateRow {
  readonly key: string;
  readonly value: string;
}

export function createNotesEraser(database: SqliteDatabase): NotesEraser {
  const untold = database.prepare('SELECT id, type, identities, members FROM untold');
  const rewrite = database.prepare(
    'UPDATE untold SET type = @type, identities = @identities, members = @members WHERE id = @id',
  );
  const shownByOthers = database.prepare('SELECT chat, identity FROM shown_by_others');
  const forgetIdentity = database.prepare('DELETE FROM shown_by_others WHERE chat = ? AND identity = ?');
  const state = database.prepare("SELECT key, value FROM state WHERE value LIKE '[%'");
  const setState = database.prepare('UPDATE state SET value = ? WHERE key = ?');

  return {
    remove: (user) => {
      const told = (untold.all() as UnreplicatedRow[]).filter((row) => mentions(row, user));
      for (const { id, type, identities, members } of told) {
        rewrite.run({
          id,
          // Told without its incident, which is forgotten here as well.
          type: mentions(type, user) ? null : type,
          identities: othersIn(identities, user),
          members: othersIn(members, user),
        });
      }
      const shown = (shownByOthers.all() as IdentityRow[]).filter(({ identity }) => mentions(identity, user));
      for (const { chat, identity } of shown) forgetIdentity.run(chat, identity);
      // Lists are what others have put together; single values are times, counts and names of our own.
      const lists = (state.all() as StateRow[]).filter(({ value }) => mentions(value, user));
      for (const { key, value } of lists) setState.run(othersIn(value, user), key);
      return { shared: told.length + shown.length, settings: lists.length };
    },
  };
}
