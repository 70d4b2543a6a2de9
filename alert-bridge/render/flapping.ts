import type { AlertIncident } from '../model/incident.ts';
import type { Context } from './context.ts';

const MINUTE_MS = 60_000;

/** Why one message stands for all of it, which is edited. Every edit tells how long it has gone on by then. */
export function flappingLine(
  { flapping }: Pick<AlertIncident, 'flapping'>,
  isFiring: boolean,
  { now, phrases, times }: Context,
): string | undefined {
  if (flapping === undefined) return undefined;
  const minutes = Math.round((now - flapping.since) / MINUTE_MS);
  const lasting = times.duration(minutes < 1 ? now - flapping.since : minutes * MINUTE_MS);
  return `🔁 ${phrases.flapping(flapping.count, lasting, isFiring)}`;
}
