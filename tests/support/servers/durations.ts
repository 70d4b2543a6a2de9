/** Prometheus' durations, "1h30m" or "250ms": https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
const UNITS_MS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
} as const;
type Unit = keyof typeof UNITS_MS;

/** @throws Error for anything that is not a duration. "0" is allowed, as in Prometheus. */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text))
    throw new Error(`"${text}" is not a Prometheus duration such as 1m30s`);
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    totalMs += Number(count) * UNITS_MS[unit as Unit];
  return totalMs;
}

/** "1500ms": one unit that both Prometheus and Alertmanager read. */
export function formatDurationMs(ms: number): string {
  return `${Math.round(ms)}ms`;
}
