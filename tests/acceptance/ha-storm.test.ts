/** A storm through two Alertmanagers, and one of the two bridges killed in the middle of it. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { readLedger, type LedgerReading } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { alertBoth, startAlertmanagers, type Pair } from '../support/bridge/bridges.ts';
import type { Server } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';
let alertmanagers: { both: Pair; close(): Promise<void> };
const world = useInstallation(async (at) => {
  const { bridges } = await at.startPair();
  alertmanagers = at.closeAtTheEnd(await startAlertmanagers(bridges));
});

const ALERTS = 1_200;
const PER_POST = 200;
const startsAt = new Date().toISOString();
/** Each of a type of its own; one of six is critical. */
const stormAlert = (n: number) => ({
  labels: { alertname: `Storm${n % 60}`, component: `c${n}`, severity: n % 6 === 5 ? 'critical' : 'warning' },
  annotations: { summary: `c${n}` },
  startsAt,
});

/** Types of which the bridge has shown a signal. It is stopped. */
function shownBy(bridge: Server): ReadonlySet<string> {
  const path = join(bridge.folder, 'state/alert-bridge/outbox.sqlite');
  const database = connectSqlite(path, { readonly: true });
  try {
    const shown = "SELECT DISTINCT type FROM signals WHERE outcome IN ('delivered', 'merged')";
    return new Set(database.prepare(shown).pluck().all() as string[]);
  } finally {
    database.close();
  }
}

it(`${ALERTS} alerts, one bridge killed: each is told, by one of them, within the limits`, async () => {
  const [first, second] = world.pair.bridges;
  const began = Date.now();
  for (let n = 0; n < ALERTS; n += PER_POST) {
    await alertBoth(
      alertmanagers.both,
      Array.from({ length: PER_POST }, (_, i) => stormAlert(n + i)),
    );
    if (n !== 2 * PER_POST) continue;
    await until(
      () => readLedger(first),
      ({ accepted, delivered }) => accepted > 100 && delivered > 0,
    );
    await first.kill('SIGKILL');
  }
  await until(
    () => readLedger(second),
    ({ accepted }) => accepted >= ALERTS,
    { timeoutMs: 200_000 },
  );
  await first.restart();
  const ledgers: LedgerReading[] = [];
  for (const bridge of world.pair.bridges) {
    const isSettled = ({ accepted, pending }: LedgerReading) => accepted >= ALERTS && pending === 0;
    ledgers.push(await until(() => readLedger(bridge), isSettled, { timeoutMs: 200_000 }));
  }
  const seconds = (Date.now() - began) / 1_000;
  await Promise.all(world.pair.bridges.map((bridge) => bridge.stop()));

  const sets = world.pair.bridges.map(shownBy);
  const types = Array.from({ length: ALERTS }, (_, n) => `alert:Storm${n % 60}:c${n}`);
  const timesShown = types.map((type) => sets.filter((shown) => shown.has(type)).length);
  expect(types.filter((_, n) => timesShown[n] === 0)).toEqual([]);
  // Twice is only what may have been on its way to Telegram when the first was killed: one message.
  const counted = ledgers.reduce((sum, { possibleDuplicates }) => sum + possibleDuplicates, 0);
  expect(counted).toBeLessThanOrEqual(2);
  if (counted === 0) expect(types.filter((_, n) => timesShown[n] !== 1)).toEqual([]);
  for (const { failed } of ledgers) expect(failed).toBe(0);

  const requests = world.telegram.requests().filter(({ method }) => /^(send|edit)/.test(method));
  // An edit that was on its way at the kill is sent again after the restart: nobody can know that it has arrived.
  const refused = requests.filter(({ outcome }) => outcome === 'error');
  expect(refused.filter(({ description }) => !description?.includes('is not modified'))).toEqual([]);
  expect(refused.length).toBeLessThanOrEqual(1);
  expect(requests.length).toBeLessThanOrEqual(seconds + 3);
});
