/**
 * How long the bridge takes to answer an event while it digests a storm of 10,000 distinct alerts, and then their ends,
 * beside the same bridge before the storm. The 99th of a hundred answers; on standard error also the median, the slowest, the
 * longest stall of the event loop and the memory.
 */
import {
  notification,
  post,
  readLedger,
  readMetrics,
  startBridge,
  startTelegram,
  type Alert,
} from '../../support/bridge/bridge.ts';
import type { Server } from '../../support/servers/process.ts';
import { until } from '../../support/machine/until.ts';
import type { Bench, Prepared } from '../harness.ts';

const ALERTS = 10_000;
const PER_POST = 100;
const IDLE_ANSWERS = 300;
const PAUSE_MS = 20;
const IDLE = 'idle';
const STORM = 'in a storm';
const GOAL_MS = 100;

export const stormAnswers: Bench = {
  name: 'storm-answers',
  needs: [],
  unit: 'ms',
  rounds: 1,
  prepare: async (): Promise<Prepared> => {
    const telegram = await startTelegram();
    const bridge = await startBridge(telegram);
    return {
      subjects: {
        [IDLE]: () => measure(IDLE, bridge, (count) => count >= IDLE_ANSWERS),
        [STORM]: async () => {
          let isOver = false;
          const storming = storm(bridge).finally(() => (isOver = true));
          const slow = await measure(STORM, bridge, () => isOver);
          await storming;
          return slow;
        },
      },
      comparisons: [
        { name: 'storm-answers, 99 of 100', subject: STORM, peer: IDLE, goal: { atMost: GOAL_MS } },
      ],
      close: async () => {
        try {
          await readLedger(bridge);
        } finally {
          await bridge.close();
          await telegram.close();
        }
      },
    };
  },
};

/** All of it begins, is shown, ends, and is shown to be over. */
async function storm(bridge: Server): Promise<void> {
  const startsAt = new Date();
  for (const status of ['firing', 'resolved'] as const) {
    for (let first = 0; first < ALERTS; first += PER_POST) {
      const alerts = Array.from({ length: PER_POST }, (_, i) => alertOf(first + i, status));
      await post(bridge, '/webhooks/alertmanager', notification(alerts, startsAt));
    }
    // What is measured itself goes on arriving.
    await until(
      () => readLedger(bridge),
      ({ pending }) => pending < PER_POST,
      { timeoutMs: 120_000, everyMs: 500 },
    );
  }
}

const alertOf = (n: number, status: Alert['status'] = 'firing'): Alert => ({
  alertname: `Storm${n % 500}`,
  component: `c${n}`,
  severity: n % 2 === 0 ? 'warning' : 'critical',
  status,
});

/** Posts one event after another, with a pause between them, until it is done; the 99th of a hundred answers, ms. */
async function measure(name: string, bridge: Server, isDone: (count: number) => boolean): Promise<number> {
  const took: number[] = [];
  let stallMs = 0;
  while (!isDone(took.length)) {
    const startedAt = performance.now();
    const { status } = await post(bridge, '/api/v1/events', {
      type: 'payment_received',
      user_id: String(took.length),
      amount: 1,
      payment_type: 'month',
    });
    if (status !== 202) throw new Error(`The bridge answered ${status}.`);
    took.push(performance.now() - startedAt);
    if (took.length % 50 === 0) {
      // Read and begun anew by every scrape.
      const lag = (await readMetrics(bridge))('alert_bridge_nodejs_eventloop_lag_max_seconds');
      stallMs = Math.max(stallMs, lag * 1_000);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const megabytes = (await readMetrics(bridge))('alert_bridge_process_resident_memory_bytes') / 2 ** 20;
  console.error(
    `${name}: ${took.length} answers, half within ${at(0.5).toFixed(1)} ms, 99 of 100 within ${at(0.99).toFixed(1)} ms, the slowest ${at(1).toFixed(1)} ms; the event loop stood still for ${stallMs.toFixed(0)} ms at most; ${megabytes.toFixed(0)} MB`,
  );
  return at(0.99);
}
