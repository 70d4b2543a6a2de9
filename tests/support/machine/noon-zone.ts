import { DateTime } from 'luxon';

/** A zone in which it is about noon: an hour before or after is on the same day. */
export function noonZone(): string {
  const offset = 12 - DateTime.utc().hour;
  return offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
}
