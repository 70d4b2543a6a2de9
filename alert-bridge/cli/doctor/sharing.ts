/** With HA: Redis does what the bridges need of it. */
import { randomUUID } from 'node:crypto';
import { ok, wrong, type Check } from '../../../common/doctor/check.ts';
import type { RedisConnection } from '../../../common/env/redis.ts';
import { keysOf } from '../../peers/keys.ts';
import { clientOf } from '../../peers/redis-link.ts';
import { preflight, sayWhatIsMissing } from '../../peers/preflight.ts';
import { createSeal } from '../../outbox/seal.ts';

export interface SharingOptions {
  /** Undefined: this bridge is the only one. */
  readonly redis: RedisConnection | undefined;
  readonly botId: string;
  readonly stateKeys: readonly Buffer[];
}

export function sharingChecks({
  redis,
  botId,
  stateKeys: [key, ...older],
}: SharingOptions): readonly Check[] {
  if (redis === undefined || key === undefined) return [];
  const { ofInstallation } = keysOf(botId, createSeal([key, ...older]));
  const look: Check['look'] = async () => {
    const client = clientOf(redis);
    // It also rejects what is asked for.
    let reason: unknown;
    client.on('error', (error: unknown) => {
      reason = error;
    });
    try {
      await client.connect();
      await preflight(client, ofInstallation, randomUUID);
      return ok('Redis does what several bridges need');
    } catch (error) {
      const said = sayWhatIsMissing(reason ?? error);
      return wrong(
        said instanceof Error ? said.message : String(said),
        'Until then each bridge works alone, and chats may be told twice: docs/operations.md, "More than one bridge".',
      );
    } finally {
      client.disconnect();
    }
  };
  return [{ section: 'Services', name: 'HA', look }];
}
