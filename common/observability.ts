import { join } from 'node:path';
import { createIdentityHasher, hashKeyFrom, type IdentityHasher } from './identity.ts';
import type { SharedConfig } from './env/shared.ts';
import { createLogging, type Logging } from './log/logging.ts';
import { createRedactor, type Redactor } from './redact.ts';

export interface ObservabilityOptions extends Pick<
  SharedConfig,
  'stateDir' | 'logDir' | 'hashKey' | 'secrets' | 'ids' | 'debug'
> {
  readonly service: 'exporter' | 'alert-bridge';
}

export interface Observability {
  readonly hashId: IdentityHasher;
  readonly redactor: Redactor;
  readonly logging: Logging;
}

/** Logs, their redaction and the key of hashed ids: what a service needs before anything can be told safely. */
export function createObservability(options: ObservabilityOptions): Observability {
  const { hashKey, stateDir } = options;
  const key = hashKeyFrom({ STATE_DIR: stateDir, ...(hashKey === undefined ? {} : { HASH_KEY: hashKey }) });
  const hashId = createIdentityHasher(key);
  const redactor = createRedactor({ secrets: options.secrets, hashId, ids: options.ids });
  const logging = createLogging({
    service: options.service,
    dir: join(options.logDir, options.service),
    level: options.debug ? 'debug' : 'info',
    console: process.stdout.isTTY ? 'pretty' : 'json',
    redactor,
  });
  return { hashId, redactor, logging };
}
