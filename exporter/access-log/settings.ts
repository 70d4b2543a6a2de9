/** `access_log` of config.yml: what may be written. */
import { z } from 'zod';
import { LOG_FORMATS } from './reader.ts';
import { OTHER_ROUTE } from './routes.ts';

const key = (name: string) =>
  z.string('Write the name of a key').min(1, 'Write the name of a key').default(name);
const path = z.string('Write a path').startsWith('/', 'Write a path that starts with /');

const route = z.strictObject({
  name: z
    .string('Write a name')
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'Write up to 32 small letters, digits, - and _')
    .refine((name) => name !== OTHER_ROUTE, `Write another name: ${OTHER_ROUTE} is what fits no route`),
  prefix: path,
});

/** Each is a series for every method, status and bucket. */
const MAX_ROUTES = 30;

export const accessLogShape = {
  format: z.enum(LOG_FORMATS, `Write one of ${LOG_FORMATS.join(', ')}`).default('combined'),
  json_keys: z
    .strictObject({
      method: key('request_method'),
      uri: key('request_uri'),
      status: key('status'),
      request_time: key('request_time'),
      time: key('time_iso8601'),
    })
    .prefault({}),
  routes: z
    .array(route, 'Write a list of routes')
    .max(MAX_ROUTES, `Write at most ${MAX_ROUTES} routes`)
    .default([
      { name: 'webhook', prefix: '/webhook/' },
      { name: 'admin', prefix: '/admin/' },
    ]),
  ignore: z.array(path, 'Write a list of paths').default(['/health', '/static/', '/media/', '/favicon.ico']),
};
