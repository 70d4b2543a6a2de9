/**
 * Preload of both services: `node --import ./dist/common/sentry/instrument.js …`. It runs before anything it
 * instruments is imported, and does nothing unless DEBUG is false and SENTRY_DSN is set. It never stops a start.
 */
import '../clients/next-address.ts';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { loadEnvironment } from '../env/load.ts';
import { createIdentityHasher, hashKeyFrom } from '../state/identity.ts';
import { createRedactor } from '../redact/redact.ts';
import { environmentSecrets } from '../redact/environment.ts';
import { readSentrySettings } from './settings.ts';

/** The compiled file lies one folder deeper than its source. */
function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    const url = new URL(path, import.meta.url);
    if (!existsSync(url)) continue;
    const content: unknown = JSON.parse(readFileSync(url, 'utf8'));
    if (typeof content === 'object' && content !== null && 'version' in content)
      return String(content.version);
  }
  return 'unknown';
}

async function instrument(): Promise<void> {
  const { values } = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  const settings = readSentrySettings(values, packageVersion());
  if (settings === undefined) return;
  // First the module hooks: what is imported before them is never traced.
  await import('@sentry/node/import');
  const { startSentry } = await import('./sentry.ts');
  const hashId = createIdentityHasher(keyOrRandom(values));
  const redactor = createRedactor({ ...environmentSecrets(values), hashId });
  await startSentry({ settings, redactor, hashId, random: Math.random });
}

/** Without a writable STATE_DIR errors are still reported; only the hashes then differ from those of the logs. */
function keyOrRandom(values: Readonly<Record<string, string>>): Buffer {
  try {
    return hashKeyFrom(values);
  } catch {
    return randomBytes(32);
  }
}

try {
  await instrument();
} catch (error) {
  const reason = error instanceof Error ? error.name : 'unknown reason';
  process.stderr.write(`Sentry could not be started (${reason}); the service runs without it.\n`);
}
