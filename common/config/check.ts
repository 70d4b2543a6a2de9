/** Ends the process here, with code 0, when it was started only to read its configuration (`--check-config`). */
export function endIfOnlyChecking(service: string): void {
  if (!process.argv.includes('--check-config')) return;
  process.stdout.write(`${service}: the configuration is valid.\n`);
  process.exit(0);
}
