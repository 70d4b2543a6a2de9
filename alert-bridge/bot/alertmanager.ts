import { z } from 'zod';
import { requestJson, type RequestJsonOptions } from '../../common/clients/http-json.ts';
import { isForTheChain, type Severity } from '../model/signal.ts';
import type { Matcher } from './silence.ts';
import { groupsSchema, list, toldByGroups } from '../monitor/reconcile/muted.ts';

/** What is asked of Alertmanager's API version 2 (https://github.com/prometheus/alertmanager/tree/main/api/v2). */
export interface Alertmanager {
  /** Every alert that fires, muted ones too, without the Watchdog. */
  alerts(signal: AbortSignal): Promise<readonly ActiveAlert[]>;
  /** Those in force or still to come, the first to end first. */
  silences(signal: AbortSignal): Promise<readonly Silence[]>;
  /** With an id it changes that silence. @returns the id it has from then on. */
  putSilence(silence: NewSilence, signal: AbortSignal): Promise<string>;
  expire(id: string, signal: AbortSignal): Promise<void>;
}

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly severity: Severity;
  /** Unix ms. */
  readonly startsAt: number;
  readonly isMuted: boolean;
}

export interface NewSilence {
  readonly id?: string;
  readonly matchers: readonly Matcher[];
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}
export type Silence = NewSilence & { readonly id: string };

/** A storm of 10,000 alerts is some 10 MB. */
const LIMITS = { timeoutMs: 5_000, maxBytes: 32_000_000 } as const;

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const texts = z.record(z.string(), z.string());

const alertsSchema = list(
  z.object({
    labels: texts,
    annotations: texts.nullish(),
    startsAt: instant,
    fingerprint: z.string(),
    status: z.object({ state: z.string() }),
  }),
);
const silencesSchema = list(
  z.object({
    id: z.string(),
    matchers: list(
      z.object({
        name: z.string(),
        value: z.string(),
        isRegex: z.boolean(),
        isEqual: z.boolean().default(true),
      }),
    ),
    startsAt: instant,
    endsAt: instant,
    createdBy: z.string(),
    comment: z.string(),
    status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
  }),
);

/**
 * @param url Alertmanager's; its methods reject when it does not answer well in time.
 * @param severityOf what the label `severity` stands for
 */
export function createAlertmanager(
  url: string,
  severityOf: (label: string | undefined) => Severity,
): Alertmanager {
  const request = (path: string, signal: AbortSignal, options: Partial<RequestJsonOptions> = {}) =>
    requestJson(`${url}/api/v2${path}`, { ...LIMITS, ...options, signal });
  return {
    alerts: async (signal) => {
      const found = alertsSchema.parse(await request('/alerts', signal)) ?? [];
      // Time intervals are told of groups alone.
      const told = toldByGroups(groupsSchema.parse(await request('/alerts/groups', signal)));
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
    silences: async (signal) => {
      const found = silencesSchema.parse(await request('/silences', signal)) ?? [];
      return found
        .filter(({ status }) => status.state !== 'expired')
        .map(({ status: _, matchers, ...silence }) => ({ ...silence, matchers: matchers ?? [] }))
        .sort((a, b) => a.endsAt - b.endsAt);
    },
    putSilence: async ({ startsAt, endsAt, ...silence }, signal) => {
      const body = {
        ...silence,
        startsAt: new Date(startsAt).toISOString(),
        endsAt: new Date(endsAt).toISOString(),
      };
      const answer = await request('/silences', signal, { method: 'POST', body });
      return z.object({ silenceID: z.string() }).parse(answer).silenceID;
    },
    expire: async (id, signal) => {
      await request(`/silence/${encodeURIComponent(id)}`, signal, { method: 'DELETE' });
    },
  };
}
