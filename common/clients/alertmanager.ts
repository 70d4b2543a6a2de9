/** Alertmanager's API version 2: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. */
import { z } from 'zod';
import { requestJson, type GetJsonOptions, type RequestJsonOptions } from './http-json.ts';

/** Every method rejects when Alertmanager does not answer well in time. */
export interface AlertmanagerClient {
  status(signal: AbortSignal): Promise<AlertmanagerStatus>;
  /** Every alert that it knows, each as it came: a storm of 10,000 is parsed by whoever wants it, in parts. */
  alerts(signal: AbortSignal): Promise<readonly unknown[]>;
  groups(signal: AbortSignal): Promise<readonly AlertGroup[]>;
  /** Expired ones too. */
  silences(signal: AbortSignal): Promise<readonly KnownSilence[]>;
  /** With an id it changes that silence. @returns the id that it has from then on */
  putSilence(silence: NewSilence, signal: AbortSignal): Promise<string>;
  expire(id: string, signal: AbortSignal): Promise<void>;
}

export interface AlertmanagerStatus {
  /** Unix ms. */
  readonly startedAt: number;
  /** Its configuration as it has read it; undefined where it does not show it. */
  readonly config: string | undefined;
}

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface NewSilence {
  readonly id?: string;
  readonly matchers: readonly SilenceMatcher[];
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export interface KnownSilence extends NewSilence {
  readonly id: string;
  readonly state: 'active' | 'pending' | 'expired';
}

/** A storm of 10,000 alerts is some 10 MB. */
const LIMITS = { timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024 } as const;

/** Go writes an empty list as null. */
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

export const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const statusSchema = z.object({
  uptime: instant,
  config: z.object({ original: z.string() }).optional(),
});

export const groupsSchema = list(
  z.object({
    receiver: z.object({ name: z.string() }),
    alerts: list(
      z.object({
        fingerprint: z.string(),
        // Null or a list since version 0.28, absent before.
        status: z.object({ mutedBy: z.array(z.string()).nullish() }).nullish(),
      }),
    ),
  }),
);
export type AlertGroup = z.infer<typeof groupsSchema>[number];

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

const createdSchema = z.object({ silenceID: z.string() });

export function createAlertmanagerClient(
  url: string,
  limits: Pick<GetJsonOptions, 'timeoutMs' | 'maxBytes'> = LIMITS,
): AlertmanagerClient {
  const ask = (path: string, signal: AbortSignal, options: Partial<RequestJsonOptions> = {}) =>
    requestJson(`${url}/api/v2${path}`, { ...limits, ...options, signal });
  return {
    status: async (signal) => {
      const { uptime, config } = statusSchema.parse(await ask('/status', signal));
      return { startedAt: uptime, config: config?.original };
    },
    alerts: async (signal) => list(z.unknown()).parse(await ask('/alerts', signal)),
    groups: async (signal) => groupsSchema.parse(await ask('/alerts/groups', signal)),
    silences: async (signal) =>
      silencesSchema
        .parse(await ask('/silences', signal))
        .map(({ status: { state }, ...silence }) => ({ ...silence, state })),
    putSilence: async ({ startsAt, endsAt, ...silence }, signal) => {
      const body = {
        ...silence,
        startsAt: new Date(startsAt).toISOString(),
        endsAt: new Date(endsAt).toISOString(),
      };
      return createdSchema.parse(await ask('/silences', signal, { method: 'POST', body })).silenceID;
    },
    expire: async (id, signal) => {
      await ask(`/silence/${encodeURIComponent(id)}`, signal, { method: 'DELETE' });
    },
  };
}
