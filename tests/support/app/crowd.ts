/** People who write to the application's tables over several connections at once, each in a transaction of its own pace. */
import { DateTime } from 'luxon';
import type pg from 'pg';
import { telegramId } from './database.ts';

export type EntryTable = 'expenses_expense' | 'incomes_income';

export interface Entry {
  readonly table: EntryTable;
  readonly profile: number;
  /** Of its creation, Unix ms. */
  readonly createdAt: number;
  readonly cents: number;
  readonly currency: string;
}

const SETTLING_MS = 10 * 60_000;
const CATEGORIES = ['🛒 Продукты', '☕ Кафе', '🚕 Транспорт'];

export class Crowd {
  readonly #observer: pg.Client;
  readonly #writers: readonly pg.Client[];
  readonly timezone: string;
  now: number;
  /** By connection: when its uncommitted entries were created; undefined outside a transaction. */
  readonly #open: (number[] | undefined)[];
  /** Creation of committed, changed and deleted entries since the last refresh. */
  #touched: number[] = [];
  #closedUntil = 0;
  /** A closed day was changed and not reconciled since. */
  isDirty = false;

  constructor(
    clients: { observer: pg.Client; writers: readonly pg.Client[] },
    now: number,
    timezone: string,
  ) {
    this.#observer = clients.observer;
    this.#writers = clients.writers;
    this.#open = clients.writers.map(() => undefined);
    this.now = now;
    this.timezone = timezone;
  }

  /** Empty tables, then some users and a past whose ids are far below those to come. */
  async begin(profiles: number): Promise<void> {
    await this.#observer.query(
      `TRUNCATE users_profile, expenses_category, expenses_expense, incomes_income, incomes_category, subscriptions,
         ai_service_metrics RESTART IDENTITY CASCADE`,
    );
    const at = (days: number): Date => new Date(this.now - days * 24 * 3_600_000);
    for (let n = 1; n <= profiles; n += 1) await this.#register(this.#observer, n, at(n * 2));
    for (const [index, name] of CATEGORIES.entries()) {
      await this.#observer.query(
        'INSERT INTO expenses_category (id, profile_id, name, created_at, updated_at) VALUES ($1, 1, $2, $3, $3)',
        [index + 1, name, at(99)],
      );
    }
    for (let days = 40; days >= 0; days -= 1) {
      for (const table of ['expenses_expense', 'incomes_income'] as const) {
        const entry = {
          table,
          profile: 1 + (days % profiles),
          createdAt: at(days).getTime(),
          cents: 100 + days,
        };
        if (days % 3 !== 0) await this.#insert(this.#observer, { ...entry, currency: 'RUB' });
      }
    }
    for (const name of [
      'expenses_expense',
      'incomes_income',
      'users_profile',
      'subscriptions',
      'ai_service_metrics',
    ]) {
      await this.#observer.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), 30000)`, [name]);
    }
  }

  async insert(connection: number, entry: Omit<Entry, 'createdAt'>, minutes: number): Promise<void> {
    const createdAt = this.now + minutes * 60_000;
    const client = await this.#transaction(connection);
    await this.#insert(client, { ...entry, createdAt });
    this.#open[connection]?.push(createdAt);
  }

  async register(connection: number): Promise<void> {
    const client = await this.#transaction(connection);
    await this.#register(client, 1_000 + Math.floor(Math.random() * 900_000), new Date(this.now));
    this.#open[connection]?.push(this.now);
  }

  async call(connection: number, ok: boolean, seconds: number): Promise<void> {
    const client = await this.#transaction(connection);
    await client.query(
      `INSERT INTO ai_service_metrics (service, timestamp, response_time, tokens_used, success, operation_type, estimated_cost)
       VALUES ($1, $2, $3, $4, $5, 'x', $6)`,
      [ok ? 'openai' : 'qwen', new Date(this.now), seconds, ok ? 7 : null, ok, ok ? '0.000123' : null],
    );
  }

  async subscribe(connection: number, hours: number): Promise<void> {
    const client = await this.#transaction(connection);
    await client.query(
      `INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, created_at, updated_at)
       VALUES (1, 'month', $1, 150, $2, $3, $2, $2)`,
      [hours % 4 === 0 ? 'promo' : 'stars', new Date(this.now), new Date(this.now + hours * 3_600_000)],
    );
  }

  async end(connection: number, how: 'commit' | 'rollback'): Promise<void> {
    const created = this.#open[connection];
    if (created === undefined) return;
    await this.#writers[connection]?.query(how);
    this.#open[connection] = undefined;
    if (how === 'commit') this.#touched.push(...created);
  }

  /** Changes or deletes the n-th newest entry. */
  async change(how: 'edit' | 'delete', table: EntryTable, nth: number): Promise<void> {
    const { rows } = await this.#observer.query<{ id: string; created_at: Date }>(
      `SELECT id, created_at FROM ${table} ORDER BY id DESC OFFSET $1 LIMIT 1`,
      [nth],
    );
    const [row] = rows;
    if (row === undefined) return;
    this.#touched.push(row.created_at.getTime());
    await this.#observer.query(
      how === 'delete'
        ? `DELETE FROM ${table} WHERE id = $1`
        : `UPDATE ${table} SET amount = amount + 1, profile_id = 1 + profile_id % 5 WHERE id = $1`,
      [row.id],
    );
  }

  /**
   * Says that the figures are read now: what was changed before a day was closed for good is in them.
   * @returns whether a closed day was changed since the refresh before
   */
  refreshed(): boolean {
    const local = DateTime.fromMillis(this.now, { zone: this.timezone });
    const midnight = local.startOf('day');
    const isSettled = this.now >= midnight.toMillis() + SETTLING_MS;
    const closedUntil = (isSettled ? midnight : midnight.minus({ days: 1 })).toMillis();
    const limit = Math.min(this.#closedUntil, closedUntil);
    const isChanged = this.#touched.some((at) => at < limit);
    this.isDirty ||= isChanged;
    this.#touched = [];
    this.#closedUntil = closedUntil;
    return isChanged;
  }

  async endAll(): Promise<void> {
    for (const connection of this.#writers.keys()) await this.end(connection, 'rollback');
  }

  async #transaction(connection: number): Promise<pg.Client> {
    const client = this.#writers[connection];
    if (client === undefined) throw new Error(`There is no connection ${connection}`);
    if (this.#open[connection] === undefined) await client.query('BEGIN');
    this.#open[connection] ??= [];
    return client;
  }

  async #register(client: pg.Client, n: number, at: Date): Promise<void> {
    await client.query(
      'INSERT INTO users_profile (telegram_id, created_at, updated_at) VALUES ($1, $2, $2)',
      [telegramId(n), at],
    );
  }

  async #insert(client: pg.Client, { table, profile, createdAt, cents, currency }: Entry): Promise<void> {
    const at = new Date(createdAt);
    const [category, kind] = table === 'expenses_expense' ? ['category_id, ', 'expense'] : ['', 'income'];
    await client.query(
      `INSERT INTO ${table} (${category}profile_id, amount, currency, description, ${kind}_date, ${kind}_time, created_at, updated_at)
       VALUES (${category === '' ? '' : `${1 + (cents % CATEGORIES.length)}, `}$1, $2, $3, 'x', current_date, localtime, $4, $4)`,
      [profile, (cents / 100).toFixed(2), currency, at],
    );
  }
}
