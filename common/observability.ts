import { join } from 'node:path';
import { createIdentityHasher, loadOrCreateKey, parseKey, type IdentityHasher } from './identity.ts';
import { createLogging, type Logging } from './log/logging.ts';
import { createRedactor, type Redactor } from './redact.ts';

export interface ObservabilityOptions {
  readonly service: 'exporter' | 'alert-bridge';
  /** Both services share it: the same person has the same hash everywhere. */
  readonly stateDir: string;
  readonly logDir: string;
  /** 64 hex digits; undefined: made once in the state folder. */
  readonly hashKey: string | undefined;
  readonly secrets: readonly string[];
  /** Ids known by value, hashed wherever they appear. */
  readonly ids: readonly string[];
  readonly debug: boolean;
}

export interface Observability {
  readonly hashId: IdentityHasher;
  readonly redactor: Redactor;
  readonly logging: Logging;
}

/** Logs, their redaction and the key of hashed ids: what a service needs before anything can be told safely. */
export function createObservability(options: ObservabilityOptions): Observability {
  const key = options.hashKey === undefined ? undefined : parseKey(options.hashKey);
  const hashId = createIdentityHasher(key ?? loadOrCreateKey(join(options.stateDir, 'hash.key')));
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
