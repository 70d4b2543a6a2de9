import { z } from 'zod';

/** A wall-clock time, in whatever zone the reader is told. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** `"10:00"` of a configuration file. */
export const timeOfDay = z
  .string('Write a time of day such as "10:00"')
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write a time of day such as "10:00"')
  .transform((text): TimeOfDay => ({ hour: Number(text.slice(0, 2)), minute: Number(text.slice(3)) }));

export const minutesOf = ({ hour, minute }: TimeOfDay): number => hour * 60 + minute;
