/** `probes.public_endpoint` and `http_targets` of config.yml: what may be written, and what becomes of it. */
import { z } from 'zod';
import type { Reason } from '../../../common/reasons/reason.ts';
import { duration } from '../../../common/time/duration.ts';
import { runTimeoutMs, type HttpTarget } from './target.ts';

const DAY_MS = 24 * 3_600_000;
const STATUS = 'Write an HTTP status such as 200, or a list of them';
const isStatus = (value: number): boolean => Number.isInteger(value) && value >= 100 && value <= 599;

const shape = {
  enabled: z.boolean('Write true or false').default(true),
  interval: duration({ minMs: 500, maxMs: DAY_MS }).default(30_000),
  timeout: duration({ minMs: 100, maxMs: 120_000 }).default(5_000),
  expect_status: z
    .union([z.number(), z.array(z.number())], STATUS)
    .refine((value) => [value].flat().length > 0 && [value].flat().every(isStatus), STATUS)
    .optional(),
  expect_body: z.string('Write a text').min(1, 'Write a text').optional(),
  follow_redirects: z.boolean('Write true or false').default(true),
  ca_file: z.string('Write a path').min(1, 'Write a path').optional(),
};

/** Three attempts and their pauses are over before the next run is due. */
const fits = (timing: { interval: number; timeout: number }): boolean =>
  runTimeoutMs(timing.timeout) <= timing.interval;
const FITS = {
  path: ['timeout'],
  message: 'Write a time-out of which three, with a tenth of it as a pause after each, fit into the interval',
};

/** A password does not belong into this file. */
const url = z.string('Write a URL').transform((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol);
  if (isWeb && parsed.username + parsed.password === '') return parsed;
  context.addIssue({
    code: 'custom',
    message: isWeb
      ? 'Write the URL without a user and a password'
      : 'Write a URL that starts with http:// or https://',
    input: text,
  });
  return z.NEVER;
});

export const publicEndpointSchema = z.strictObject(shape).refine(fits, FITS).prefault({});

const targetSchema = z
  .strictObject({
    name: z
      .string('Write a name')
      .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'Write up to 32 small letters, digits, - and _'),
    url,
    ...shape,
  })
  .refine(fits, FITS);

export const httpTargetsSchema = z
  .array(targetSchema, 'Write a list of targets')
  .superRefine((targets, context) => {
    targets.forEach(({ name }, index) => {
      if (targets.findIndex((other) => other.name === name) === index) return;
      const message = 'Write a name that no other target has';
      context.addIssue({ code: 'custom', path: [index, 'name'], message, input: name });
    });
  })
  .default([]);

type Settings = z.infer<typeof publicEndpointSchema>;

/** @param disabledReason Undefined when it is watched. */
export function httpTarget(
  name: string,
  address: URL | undefined,
  settings: Settings,
  disabledReason: Reason | undefined,
): HttpTarget {
  const expected = settings.expect_status;
  return {
    name,
    url: address,
    expectStatus: typeof expected === 'number' ? [expected] : expected,
    expectBody: settings.expect_body,
    followRedirects: settings.follow_redirects,
    caFile: settings.ca_file,
    intervalMs: settings.interval,
    attemptTimeoutMs: settings.timeout,
    disabledReason,
  };
}
