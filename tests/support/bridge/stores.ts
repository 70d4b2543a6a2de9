/** Where a text stands in what bridges keep, what is sealed opened. */
import { connectSqlite } from '../../../common/state/sqlite.ts';
import { createChatStream, findChats } from '../../../alert-bridge/peers/stream.ts';
import { createCodec } from '../../../alert-bridge/peers/codec.ts';
import { keysOf } from '../../../alert-bridge/peers/keys.ts';
import { createStateCodec, stateKeyOf } from '../../../alert-bridge/peers/shared-state.ts';
import { mentions } from '../../../alert-bridge/erase/mentions.ts';
import { createSealedRows, type SealedRows } from '../../../alert-bridge/outbox/sealed-rows.ts';
import { createSeal } from '../../../alert-bridge/outbox/seal.ts';
import type { Server } from '../servers/process.ts';
import { withRedis } from '../servers/redis.ts';

type Row = Readonly<Record<string, unknown>>;

const OPENERS: Readonly<Record<string, (sealed: SealedRows, row: never) => unknown>> = {
  signals: (sealed, row) => sealed.openBody(row),
  incidents: (sealed, row) => sealed.openIncident(row),
  open_alerts: (sealed, row) => sealed.openOpenAlert(row),
};

/** How many rows of each table name the id; tables without one are left out. Everything must open. */
export function tablesThatName(id: string, path: string, key: Buffer): Readonly<Record<string, number>> {
  const database = connectSqlite(path, { readonly: true });
  const sealed = createSealedRows(createSeal([key]));
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    const counts = (tables as string[]).map((table): [string, number] => {
      const rows = database.prepare(`SELECT * FROM ${table}`).all() as Row[];
      const opened = rows.map((row) => [row, OPENERS[table]?.(sealed, row as never)]);
      return [table, opened.filter((content) => mentions(withoutBytes(content), id)).length];
    });
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  } finally {
    database.close();
  }
}

const withoutBytes = (content: unknown): unknown =>
  JSON.parse(JSON.stringify(content, (_key, value: unknown) => (isBytes(value) ? undefined : value)));
const isBytes = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';

export interface NamedInRedis {
  readonly entries: number;
  readonly incidents: number;
  readonly state: number;
  /** Orders to erase somebody. */
  readonly orders: number;
  /** Keys that hold the id in the clear. */
  readonly clear: readonly string[];
}

/** What names the id in what bridges tell one another. */
export function redisThatNames(id: string, redis: Server, key: Buffer, botId: string): Promise<NamedInRedis> {
  const seal = createSeal([key]);
  const prefix = keysOf(botId, seal).ofInstallation;
  return withRedis(redis, async (client) => {
    const found = { entries: 0, incidents: 0, state: 0, orders: 0 };
    for (const chat of await findChats(client, prefix)) {
      const [stream, codec] = [createChatStream(prefix, chat), createCodec(seal, chat)];
      const entries = (await stream.readAll(client)).map(({ text }) => codec.openEntry(text));
      const types = entries.flatMap((entry) => ('erase' in entry ? [] : (entry.type ?? [])));
      const incidents = await stream.incidents(client, types);
      for (const entry of entries) {
        if (!mentions({ ...entry, bridge: '' }, id)) continue;
        found['erase' in entry ? 'orders' : 'entries'] += 1;
      }
      found.incidents += incidents.filter((text, index) => {
        const type = types[index] ?? '';
        return text !== null && mentions([type, codec.openIncident(type, text)], id);
      }).length;
    }
    const codec = createStateCodec(seal);
    const state = Object.entries(await client.hgetall(stateKeyOf(prefix)));
    found.state = state.filter(([name, text]) => mentions(codec.open(name, text), id)).length;
    const keys = await client.keys('*');
    const dumps = await Promise.all(keys.map((name) => client.dumpBuffer(name)));
    const clear = keys.filter((name, index) => name.includes(id) || dumps[index]?.includes(id) === true);
    return { ...found, clear };
  });
}
