import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** What the seeder needs of a client; a pool's client or a single one. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Recognisable texts and digits that fill every private column. None of them may ever show in a metric, a page, a
 * log or a message. The last one begins every telegram id.
 */
export const PRIVATE_CANARIES = {
  description: 'CANARY-description',
  errorMessage: 'CANARY-error-message',
  personName: 'CANARY-person-name',
  username: 'canary_username',
  betaKey: 'CANARY-beta-key',
  chargeId: 'CANARY-charge-id',
  receipt: 'CANARY-receipt',
  telegramIdPrefix: '8675309',
} as const;

/** A free-text category that few people use: outside every top list of the seeded days, so it may not show either. */
export const OWN_CATEGORY_CANARY = 'CANARY-own-category';

/** Telegram id of the n-th user, 1 to 999999: 13 digits that begin with the canary. */
export function telegramId(n: number): number {
  return Number(`${PRIVATE_CANARIES.telegramIdPrefix}${String(n).padStart(6, '0')}`);
}

/** Creates the application's tables in an empty database. */
export async function createAppDatabase(client: Queryable): Promise<void> {
  await client.query(readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'));
}
