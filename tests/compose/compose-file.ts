import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const root = join(import.meta.dirname, '../..');

const durationSchema = z.string().regex(/^\d+(s|m)$/);

/** Only what the Compose specification knows and this project uses: an unknown key is refused, as Compose does. */
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z
    .strictObject({ context: z.string(), args: z.record(z.string(), z.string()).optional() })
    .optional(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  env_file: z.string().optional(),
  init: z.boolean().optional(),
  volumes: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  network_mode: z.literal('none').optional(),
  user: z.string().optional(),
  ports: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      }),
    )
    .optional(),
  restart: z.string(),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  security_opt: z.array(z.string()),
  cap_drop: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  shm_size: z.string().optional(),
  stop_grace_period: durationSchema.optional(),
  mem_limit: z
    .string()
    .regex(/^\d+m$/)
    .optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: durationSchema,
      timeout: durationSchema,
      retries: z.int(),
      start_period: durationSchema,
    })
    .optional(),
});
export type Service = z.infer<typeof serviceSchema>;

const composeSchema = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  secrets: z.record(z.string(), z.strictObject({ environment: z.string() })),
  networks: z.record(z.string(), z.strictObject({ name: z.string(), external: z.string() }).nullable()),
  volumes: z.record(z.string(), z.null()),
});

/** Fragments for anchors (`x-…`) are the only further keys of the top level. */
export function parseCompose(text: string): z.infer<typeof composeSchema> {
  const file = parse(text, { merge: true }) as Record<string, unknown>;
  return composeSchema.parse(
    Object.fromEntries(Object.entries(file).filter(([key]) => !key.startsWith('x-'))),
  );
}

export const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
export const compose = parseCompose(composeText);

/** Throws Error for a service that the file does not have. */
export function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** The program, and its first arguments, that answers as Compose; undefined: there is none. */
export const composeCommand = [['docker-compose'], ['docker', 'compose']].find(([program = '', ...args]) => {
  const { stdout } = spawnSync(program, [...args, 'version', '--short'], { encoding: 'utf8' });
  // The first Compose knows another `.env`.
  return /^v?(?:[2-9]|\d\d)\./.test(stdout);
});
