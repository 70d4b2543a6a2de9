/**
 * `npm run doctor`: looks at everything the monitoring needs, and says what to do about what does not work. Takes no lock and
 * keeps no state: it runs beside the services. Exit code 0 all is well, 1 something is wrong, 2 the configuration is.
 */
import '../common/clients/next-address.ts';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readBridgeConfig } from '../alert-bridge/config/config.ts';
import { bridgeChecks } from '../alert-bridge/cli/doctor/checks.ts';
import { createTelegramClient } from '../alert-bridge/telegram/client.ts';
import { systemClock } from '../common/time/clock.ts';
import { ConfigError, formatWarnings } from '../common/config/problem.ts';
import { runChecks, type Result } from '../common/doctor/check.ts';
import { folderCheck } from '../common/doctor/folder.ts';
import { nativeChecks } from '../common/doctor/native.ts';
import { reportOf } from '../common/doctor/report.ts';
import { secretChecks } from '../common/doctor/secrets.ts';
import { sentryCheck } from '../common/doctor/sentry.ts';
import { settingsOf } from '../common/doctor/settings.ts';
import { loadEnvironment, type LoadedEnvironment, type ReadEnvironment } from '../common/env/load.ts';
import { OperatorError } from '../common/process/operator-error.ts';
import { createRedactor } from '../common/redact/redact.ts';
import { environmentSecrets } from '../common/redact/environment.ts';
import { redactEnvironment } from '../common/env/redact.ts';
import { commandsOf, type Installation } from '../common/text/commands.ts';
import { readSentrySettings } from '../common/sentry/settings.ts';
import { packageVersion } from '../common/process/version.ts';
import { readExporterConfig } from '../exporter/config.ts';
import { exporterChecks } from '../exporter/doctor/checks.ts';

const USAGE = 'npm run doctor -- [--no-send] [--json]';
/** Of one check; all run at once, so also of the whole. */
const DEADLINE_MS = 15_000;

interface Options {
  /** False: no test message and no test event. */
  readonly send: boolean;
  readonly json: boolean;
}

class UsageError extends OperatorError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

function readOptions(args: readonly string[]): Options {
  try {
    const options = { 'no-send': { type: 'boolean' }, json: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    return { send: values['no-send'] !== true, json: values.json === true };
  } catch (error) {
    throw new UsageError(`Use: ${USAGE}`, { cause: error });
  }
}

async function examine(
  environment: ReadEnvironment,
  { send }: Options,
): Promise<{ readonly installation: Installation; readonly results: readonly Result[] }> {
  const { exporter, bridge } = readConfigs(environment);
  const watched = exporterChecks(exporter, systemClock);
  const client = createTelegramClient({ ...bridge.telegram, clock: systemClock });
  const now = (): number => systemClock.now();
  const settings = readSentrySettings(environment.values, packageVersion());
  const inactiveReason = exporter.debug
    ? 'inactive while DEBUG is true'
    : 'SENTRY_DSN is not set, or is no DSN';
  const results = await runChecks(
    [
      folderCheck('STATE_DIR', exporter.stateDir),
      folderCheck('LOG_DIR', exporter.logDir),
      ...nativeChecks,
      ...secretChecks({
        folders: ['exporter', 'alert-bridge'].map((service) => join(exporter.stateDir, service)),
        secrets: bridge.datedSecrets,
        maxAgeDays: bridge.secretMaxAgeDays,
        now,
      }),
      ...watched.checks,
      ...bridgeChecks(bridge, { client, send, now }),
      sentryCheck({ settings, inactiveReason, send, now }),
    ],
    DEADLINE_MS,
  );
  watched.close();
  client.close();
  return { installation: exporter.installation, results: [...settingsOf(environment), ...results] };
}

/** @throws UsageError with the problems of both services, and what may have caused them. */
function readConfigs(environment: ReadEnvironment) {
  const problems: ConfigError[] = [];
  const attempt = <T>(read: (environment: LoadedEnvironment) => T): T | undefined => {
    try {
      return read(environment);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const exporter = attempt(readExporterConfig);
  const bridge = attempt(readBridgeConfig);
  if (exporter !== undefined && bridge !== undefined) return { exporter, bridge };
  const told = problems.map(({ message }) => message).join('\n');
  throw new UsageError(`${told}\n${formatWarnings(environment.warnings)}`.trimEnd());
}

async function main(): Promise<number> {
  const environment = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  const redactor = createRedactor({ secrets: environmentSecrets(environment.values).secrets });
  const options = readOptions(process.argv.slice(2));
  const { installation, results } = await examine(environment, options);
  const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const report = options.json ? `${JSON.stringify(results, undefined, 2)}\n` : reportOf(results, { colour });
  process.stdout.write(redactor.text(commandsOf(installation)(report)));
  return results.some(({ status }) => status === 'wrong') ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    redactEnvironment(`${error instanceof OperatorError ? error.message : String(error)}\n`),
  );
  process.exitCode = error instanceof OperatorError ? error.exitCode : 1;
}
// What a frozen server still holds open must not hold this up.
process.stdout.write('', () => process.exit());
