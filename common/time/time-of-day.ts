import { z } from 'zod';

const FIX = 'Write a time of day such as "10:00"';

/** `"10:00"` of a configuration file: a wall-clock time, HH:mm, which sorts as text does. */
export const timeOfDay = z.string(FIX).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, FIX);
