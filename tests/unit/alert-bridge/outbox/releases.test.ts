/** A state folder that a former release has written opens, and what was told before is known. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeptOutbox, sealOf } from '../../../../alert-bridge/outbox/open.ts';
import { makeTemporaryFolder } from '../../../support/servers/folders.ts';

const STATES = join(import.meta.dirname, '../../../support/states');

/**
 * A bridge has written each of them, with this key, after it had shown its chat the alert ComponentDown of redis, a payment
 * and the error IntegrityError, and was stopped.
 */
const KEY = Buffer.alloc(32, 0xa1);
const CHAT = '4242000001';
const AN_HOUR_LATER = Date.parse('2026-11-30T23:30:00Z');

describe.each(readdirSync(STATES))('the outbox of %s', (release) => {
  it('opens whole, and knows what was told', () => {
    const folder = makeTemporaryFolder();
    cpSync(join(STATES, release), folder, { recursive: true });
    const { outbox, lost } = openKeptOutbox(folder, sealOf(folder, [KEY]), AN_HOUR_LATER);
    try {
      expect(lost).toBeUndefined();
      expect(outbox.ledger()).toMatchObject({ accepted: 3, delivered: 3, pending: 0 });
      expect(outbox.signals({ limit: 10 }).map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
        'critical_error:IntegrityError delivered',
        'payment_received delivered',
        'alert:ComponentDown:redis delivered',
      ]);
      expect(outbox.firing(CHAT)).toMatchObject([
        { kind: 'alerts', type: 'alert:ComponentDown:redis', messageId: expect.any(Number) as number },
      ]);
      expect(outbox.dropUnreadable(AN_HOUR_LATER)).toBe(0);
    } finally {
      outbox.close();
    }
  });
});
