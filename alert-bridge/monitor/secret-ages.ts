/** Notes how old the secrets are, and reminds the chats of those that should be changed. */
import { dirname, join } from 'node:path';
import { DateTime } from 'luxon';
import type { Job } from '../../common/jobs/jobs.ts';
import { daysSince, noteSecrets, secretAges, type DatedSecret } from '../../common/state/secret-ages.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { NewSignal } from '../model/signal.ts';

export interface SecretAgesDependencies {
  /** The bridge's own, beside the exporter's. */
  readonly stateFolder: string;
  readonly secrets: readonly DatedSecret[];
  /** 0: nobody is reminded. */
  readonly maxAgeDays: number;
  /** IANA name. */
  readonly timezone: string;
  /** A signal with a known id is put on its way once only. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly clock: Pick<Clock, 'now'>;
}

const MONDAY = 1;

/** Every day the dates are noted, on Mondays the chats hear of what is too old. */
export function secretAgesJob(dependencies: SecretAgesDependencies): Job {
  const { stateFolder, secrets, maxAgeDays, timezone, tell, clock } = dependencies;
  return {
    name: 'remind_of_old_secrets',
    // After the report.
    rule: { dailyAt: '11:00' },
    whenMissed: 'run',
    onFirstStart: 'run',
    run: async (slot) => {
      const now = clock.now();
      noteSecrets(stateFolder, secrets, now);
      const day = DateTime.fromMillis(slot, { zone: timezone });
      if (maxAgeDays === 0 || day.weekday !== MONDAY) return;
      const old = secretAges([stateFolder, join(dirname(stateFolder), 'exporter')], now)
        .map(({ name, since }) => ({ name, days: daysSince(since, now) }))
        .filter(({ days }) => days >= maxAgeDays)
        .toSorted((one, other) => other.days - one.days || one.name.localeCompare(other.name));
      if (old.length === 0) return;
      await tell({
        // Of several bridges each has the same: it is told once.
        id: `secrets_old:${day.toISODate()}`,
        type: 'secrets_old',
        severity: 'info',
        occurredAt: now,
        body: { kind: 'secrets_old', secrets: old },
      });
    },
  };
}
