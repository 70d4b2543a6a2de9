import { ConfigError } from '../../common/config/problem.ts';
import type { Logger } from '../../common/log/record.ts';
import type { ExporterConfig } from '../config.ts';
import type { Changes } from './poller.ts';

export type ReloadResult =
  | { readonly isLoaded: true; readonly changes: Changes }
  /** A ConfigError, or a fault of this program. */
  | { readonly isLoaded: false; readonly error: unknown };

export interface ReloadOptions {
  /** @throws ConfigError with everything that is wrong */
  readonly read: () => ExporterConfig;
  /** Either everything is changed or, when it throws, nothing. */
  readonly apply: (config: ExporterConfig) => Changes;
  readonly onDone: (result: ReloadResult) => void;
  readonly onUnexpected: (error: unknown) => void;
  readonly log: Logger;
}

/** For whoever reloads and wonders. */
export const NOT_RELOADED = 'Environment variables and .env are read at a start only.';

/**
 * Reads config.yml again while everything runs; a file that is not valid changes nothing. Without a pause from the
 * first byte to the last change: two reloads at once are one after the other, and nobody sees half of one. Never throws.
 */
export function createReload(options: ReloadOptions): () => ReloadResult {
  const { log } = options;
  return () => {
    const result = attempt(options);
    if (result.isLoaded) log.info(`The configuration was reloaded: ${told(result.changes)}. ${NOT_RELOADED}`);
    else if (result.error instanceof ConfigError) {
      log.error(`The configuration was not reloaded, the one before stays in force. ${result.error.message}`);
    } else options.onUnexpected(result.error);
    options.onDone(result);
    return result;
  };
}

function attempt({ read, apply }: ReloadOptions): ReloadResult {
  try {
    return { isLoaded: true, changes: apply(read()) };
  } catch (error) {
    return { isLoaded: false, error };
  }
}

function told(changes: Changes): string {
  const parts = Object.entries({ ...changes })
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${names.join(', ')} ${what}`);
  return parts.length === 0 ? 'nothing that is watched has changed' : parts.join('; ');
}
