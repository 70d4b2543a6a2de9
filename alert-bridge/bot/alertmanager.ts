import { parse } from 'yaml';
import { z } from 'zod';
import { createAlertmanagerClient, instant, type NewSilence } from '../../common/clients/alertmanager.ts';
import { isForTheChain, type Severity } from '../model/signal.ts';
import { intervalsOf, toldByGroups } from '../monitor/reconcile/muted.ts';

export type { NewSilence };
export type Silence = NewSilence & { readonly id: string };

/** What administrators ask of Alertmanager. */
export interface Alertmanager {
  /** Every alert that fires, muted ones too, without the Watchdog. */
  alerts(signal: AbortSignal): Promise<readonly ActiveAlert[]>;
  /** Those in force or still to come, the first to end first. */
  silences(signal: AbortSignal): Promise<readonly Silence[]>;
  /** The time intervals that its routes name, and what they mute now. */
  intervals(signal: AbortSignal): Promise<readonly TimeInterval[]>;
  /** With an id it changes that silence. @returns the id it has from then on. */
  putSilence(silence: NewSilence, signal: AbortSignal): Promise<string>;
  expire(id: string, signal: AbortSignal): Promise<void>;
}

export interface TimeInterval {
  readonly name: string;
  /** How many alerts it mutes now; undefined before Alertmanager 0.28, which does not tell. */
  readonly muted: number | undefined;
}

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly severity: Severity;
  /** Unix ms. */
  readonly startsAt: number;
  readonly isMuted: boolean;
}

/** A storm of 10,000 alerts is some 10 MB. */
const LIMITS = { timeoutMs: 5_000, maxBytes: 32_000_000 } as const;

const texts = z.record(z.string(), z.string());
const alertSchema = z.object({
  labels: texts,
  annotations: texts.nullish(),
  startsAt: instant,
  fingerprint: z.string(),
  status: z.object({ state: z.string() }),
});

/**
 * @param url Alertmanager's; its methods reject when it does not answer well in time.
 * @param severityOf what the label `severity` stands for
 */
export function createAlertmanager(
  url: string,
  severityOf: (label: string | undefined) => Severity,
): Alertmanager {
  const client = createAlertmanagerClient(url, LIMITS);
  return {
    alerts: async (signal) => {
      const found = z.array(alertSchema).parse(await client.alerts(signal));
      // Time intervals are told of groups alone.
      const told = toldByGroups(await client.groups(signal));
      const isTimed = (fingerprint: string): boolean => {
        const { receivers = [], mutedFor = [] } = told?.get(fingerprint) ?? {};
        return receivers.length === 0 && mutedFor.length > 0;
      };
      return found
        .filter(({ labels }) => !isForTheChain(labels))
        .map(({ labels, annotations, startsAt, status, fingerprint }) => ({
          labels,
          annotations: annotations ?? {},
          startsAt,
          severity: severityOf(labels['severity']),
          // Silenced, inhibited, or by an interval on every way.
          isMuted: status.state === 'suppressed' || isTimed(fingerprint),
        }));
    },
    silences: async (signal) =>
      (await client.silences(signal))
        .filter(({ state }) => state !== 'expired')
        .map(({ state: _, ...silence }) => silence)
        .sort((a, b) => a.endsAt - b.endsAt),
    intervals: async (signal) => {
      const { config } = await client.status(signal);
      const names = config === undefined ? [] : intervalsOf(parse(config));
      if (names.length === 0) return [];
      const groups = await client.groups(signal);
      const alerts = groups.flatMap((group) => group.alerts);
      const isTold = alerts.length > 0 && alerts.every(({ status }) => status?.mutedBy !== undefined);
      const mutedBy = (name: string): number =>
        new Set(
          alerts.flatMap(({ fingerprint, status }) =>
            status?.mutedBy?.includes(name) === true ? [fingerprint] : [],
          ),
        ).size;
      return names.map((name) => ({ name, muted: isTold ? mutedBy(name) : undefined }));
    },
    putSilence: (silence, signal) => client.putSilence(silence, signal),
    expire: (id, signal) => client.expire(id, signal),
  };
}
