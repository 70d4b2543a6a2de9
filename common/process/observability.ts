import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import {
  createIdentityHasher,
  usableHashKey,
  type IdentityHasher,
  type UsableKey,
} from '../state/identity.ts';
import type { SharedConfig } from '../env/shared.ts';
import { createLogging, type Logging } from '../log/logging.ts';
import { createRedactor, type Redactor } from '../redact/redact.ts';
import { codeOf, isStorageTrouble } from '../state/storage.ts';

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
  /** Where the file of the key of hashed ids is now, when it held none: hashes of before match no more. */
  readonly lostHashKey: string | undefined;
}

/** Logs, their redaction and the key of hashed ids: what a service needs before anything can be told safely. */
export function createObservability(options: ObservabilityOptions): Observability {
  const { hashKey, stateDir } = options;
  const values = { STATE_DIR: stateDir, ...(hashKey === undefined ? {} : { HASH_KEY: hashKey }) };
  const { key, setAside, trouble } = keyOrRandom(values);
  const hashId = createIdentityHasher(key);
  const redactor = createRedactor({ secrets: options.secrets, hashId, ids: options.ids });
  const logging = createLogging({
    service: options.service,
    dir: join(options.logDir, options.service),
    level: options.debug ? 'debug' : 'info',
    console: process.stdout.isTTY ? 'pretty' : 'json',
    redactor,
  });
  const log = logging.logger('main');
  if (setAside !== undefined)
    log.error('The key of hashed ids could not be read and is set aside; hashes of before match no more', {
      file: setAside,
    });
  if (trouble !== undefined)
    log.error('The key of hashed ids can be neither read nor kept: hashes match until the next start only', {
      code: trouble,
    });
  return { hashId, redactor, logging, lostHashKey: setAside };
}

/** Logs are written whatever the disk does. */
function keyOrRandom(values: Readonly<Record<string, string>>): UsableKey & { readonly trouble?: string } {
  try {
    return usableHashKey(values, Date.now());
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
    return { key: randomBytes(32), setAside: undefined, trouble: codeOf(error) };
  }
}
