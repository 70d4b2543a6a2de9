/** The project's own configuration, with the demo's addresses and shorter times. Pure: text in, text out. */
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { formatDurationMs, parseDurationMs } from '../support/servers/durations.ts';

/** Every waiting time of rules and routes is this part of what production waits: a minute is ten seconds. */
export const TIME_FACTOR = 1 / 6;
/** Prometheus scrapes and evaluates this often. */
export const SCRAPE_INTERVAL_MS = 2000;
const LONGEST_PROBE_INTERVAL_MS = 2500;
const LONGEST_FIGURES_INTERVAL_MS = 15_000;

const timing = z.looseObject({ interval: z.string(), timeout: z.string() });
const exporterSchema = z.looseObject({
  probes: z.record(z.string(), timing),
  celery: z.looseObject({}),
  access_log: timing,
  figures: z.record(z.string(), timing),
});
type Timing = z.infer<typeof timing>;

/**
 * `exporter/config.yml` with checks at least every few seconds, workers asked as often, the format that the demo's nginx writes and the authority
 * that signed for it; thresholds and everything else stay.
 */
export function hastenExporter(sourceYaml: string, { caFile }: { readonly caFile: string }): string {
  const config = exporterSchema.parse(parse(sourceYaml));
  const probes = hastenAll(config.probes, LONGEST_PROBE_INTERVAL_MS);
  return stringify({
    ...config,
    probes: { ...probes, public_endpoint: { ...probes['public_endpoint'], ca_file: caFile } },
    celery: { ...config.celery, inspect_interval: '5s' },
    access_log: { ...config.access_log, format: 'combined_time' },
    figures: hastenAll(config.figures, LONGEST_FIGURES_INTERVAL_MS),
  });
}

/** Time-outs that must fit into one interval: `public_endpoint` makes three attempts, with pauses. */
const timeoutsPerInterval = (name: string): number => (name === 'public_endpoint' ? 4 : 1);

function hastenAll(timings: Readonly<Record<string, Timing>>, longestMs: number): Record<string, Timing> {
  const hasten = (name: string, own: Timing): Timing => {
    const intervalMs = Math.min(parseDurationMs(own.interval), longestMs);
    const timeoutMs = Math.min(parseDurationMs(own.timeout), intervalMs / timeoutsPerInterval(name));
    return { ...own, interval: formatDurationMs(intervalMs), timeout: formatDurationMs(timeoutMs) };
  };
  return Object.fromEntries(Object.entries(timings).map(([name, own]) => [name, hasten(name, own)]));
}

const bridgeSchema = z.looseObject({ cooldown: z.string(), late_after: z.string() });

/**
 * `alert-bridge/config.yml` with a cooldown of a minute, so that what is broken twice is told twice, messages that say they
 * are late after a short outage already, and rings while nobody takes what is critical.
 */
export function hastenBridge(sourceYaml: string): string {
  return stringify({
    ...bridgeSchema.parse(parse(sourceYaml)),
    cooldown: '1m',
    late_after: '20s',
    escalation: { ring_after: ['1m', '3m', '10m'], fallback_after: 'never', webhook_after: 'never' },
  });
}
