/** The picture of an alert, from a real Prometheus over the drawing thread to the chat. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as drawing from '../../alert-bridge/charts/drawer.ts';
import { createDrawer } from '../../alert-bridge/charts/drawer.ts';
import { queryRange } from '../../alert-bridge/charts/prometheus.ts';
import { reportChart } from '../../alert-bridge/charts/report-chart.ts';
import { compiled } from '../bench/support/compiled.ts';
import { BOT_TOKEN, CHAT_ID, post, readLedger, readMetrics } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { dailyFigures } from '../support/exporter/daily-figures.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { readImage } from '../support/telegram/image.ts';
import { until } from '../support/machine/until.ts';

let folder: string;
let prometheus: Server;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const configFile = join(folder, 'prometheus.yml');
  writeFileSync(configFile, 'global: { scrape_interval: 1s, evaluation_interval: 1s }\nscrape_configs: []\n');
  prometheus = await startPrometheus({ configFile });
});
afterAll(async () => {
  await prometheus.close();
  removeTemporaryFolder(folder);
});

const range = { from: 1_700_000_000_000, to: 1_700_000_060_000, stepMs: 15_000 };
const ask = (expression: string) => queryRange(prometheus.url, expression, range, never);

describe('series of a real Prometheus', () => {
  it('have a point for every step; what is no number is a gap', async () => {
    expect(await ask('label_replace(vector(time()) > 1700000020, "a", "b", "", "")')).toEqual([
      {
        labels: { a: 'b' },
        points: [0, 15, 30, 45, 60].map((s) => [range.from + s * 1_000, s < 30 ? null : 1_700_000_000 + s]),
      },
    ]);
    const [nan] = await ask('vector(0) / 0');
    expect(nan?.points.map(([, value]) => value)).toEqual([null, null, null, null, null]);
    expect(await ask('absent(vector(1))')).toEqual([]);
  });

  it('of a scalar are one', async () => {
    const [threshold, ...others] = await ask('10 * 2');
    expect([threshold?.points.length, threshold?.points[0]?.[1], others]).toEqual([5, 20, []]);
  });

  it.each(['up ==', 'x'.repeat(5_000)])('are refused with a reason for %.20s', async (expression) => {
    await expect(ask(expression)).rejects.toThrow(/the answer was 400|too long/);
  });
});

const found = reportChart(
  { kind: 'daily_report', date: '2024-09-21', formedAt: 0, figures: dailyFigures('2024-09-21'), errors: 0 },
  'ru',
  'Europe/Moscow',
);
if (found === undefined) throw new Error('there is no figure');
const FIGURE = found;

describe('the drawing thread', () => {
  // Of the build: Node.js starts no thread from TypeScript.
  let ofTheBuild: typeof drawing;
  beforeAll(async () => {
    ofTheBuild = await compiled<typeof drawing>('alert-bridge/charts/drawer.ts');
  });

  it('draws one after the other and leaves the main thread free', async () => {
    const drawer = ofTheBuild.createDrawer({ timeoutMs: 240_000 });
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 5);
    const pictures = await Promise.all([drawer.draw(FIGURE), drawer.draw(FIGURE)]);
    clearInterval(turning);
    await drawer.close();
    for (const png of pictures) expect(readImage(png)).toMatchObject({ mime: 'image/png', width: 1_280 });
    expect(turns).toBeGreaterThan(5);
  });

  it('is given up after its time', async () => {
    const drawer = ofTheBuild.createDrawer({ timeoutMs: 1 });
    await expect(drawer.draw(FIGURE)).rejects.toThrow('the drawing took too long');
    await expect(drawer.draw(FIGURE)).rejects.toThrow('the drawing took too long');
    await drawer.close();
  });

  it('says what failed, and the next picture has a new one', async () => {
    const drawer = ofTheBuild.createDrawer({ timeoutMs: 240_000 });
    await expect(drawer.draw({ ...FIGURE, language: 'no language' })).rejects.toThrow('Incorrect locale');
    expect(readImage(await drawer.draw(FIGURE)).width).toBe(1_280);
    await drawer.close();
  });
});

describe('a drawing thread of any kind', () => {
  const threadOf = (code: string): Worker =>
    new Worker(`const { parentPort } = require('node:worker_threads'); ${code}`, { eval: true });
  const WELL = "parentPort.on('message', () => parentPort.postMessage({ png: new Uint8Array([1]) }));";

  it.each([
    ['never answers', "parentPort.on('message', () => undefined);", /took too long/],
    ['never stops', "parentPort.on('message', () => { for (;;); });", /took too long/],
    ['ends', 'process.exit(1);', /has ended/],
    ['ends when it is asked', "parentPort.on('message', () => process.exit(0));", /has ended/],
    ['throws', "throw new Error('it broke');", /it broke/],
    [
      'throws when it is asked',
      "parentPort.on('message', () => { throw new Error('it broke'); });",
      /it broke/,
    ],
  ])(
    'that %s costs one picture: the next one has a new thread',
    {
      meta: {
        tried:
          'The thread that draws pictures silent, busy for ever, ended or broken, also between two pictures',
        held: 'that picture is given up, the next one is drawn by a new thread',
      },
    },
    async (_how, code, reason) => {
      const codes = [code, WELL];
      const drawer = createDrawer({ timeoutMs: 5_000, startThread: () => threadOf(codes.shift() ?? WELL) });
      const [first, second] = await Promise.allSettled([drawer.draw(FIGURE), drawer.draw(FIGURE)]);
      expect(String(first.status === 'rejected' && first.reason)).toMatch(reason);
      expect(second).toEqual({ status: 'fulfilled', value: new Uint8Array([1]) });
      await drawer.close();
    },
  );

  it.each([
    ['ends', 'process.exit(1)'],
    ['breaks', "throw new Error('it broke')"],
  ])(
    'that %s while it has nothing to draw ends nothing else, and the next picture has a new one',
    async (_how, death) => {
      const threads: Worker[] = [];
      const drawer = createDrawer({
        timeoutMs: 200_000,
        startThread: () => {
          const thread = threadOf(
            `${WELL} parentPort.on('message', (asked) => { if (asked === 'die') ${death}; });`,
          );
          threads.push(thread);
          return thread;
        },
      });
      await drawer.draw(FIGURE);
      const [thread] = threads;
      const ended = new Promise((resolve) => thread?.once('exit', resolve));
      thread?.postMessage('die');
      await ended;
      expect(await drawer.draw(FIGURE)).toEqual(new Uint8Array([1]));
      expect(threads).toHaveLength(2);
      await drawer.close();
    },
  );
});

describe('the bridge', () => {
  const notification = (generatorURL: string) => ({
    version: '4',
    groupKey: `{}:{url="${generatorURL}"}`,
    status: 'firing',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'QueueGrows', queue: 'reports', severity: 'warning' },
        annotations: { summary: `Очередь растёт ${BOT_TOKEN}` },
        startsAt: new Date().toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL,
        fingerprint: 'f1',
      },
    ],
  });
  const generatorUrl = (expression: string): string =>
    `http://prometheus:9090/graph?g0.expr=${encodeURIComponent(expression)}&g0.tab=1`;

  const world = useInstallation(() => undefined);
  async function tell(prometheusUrl: string, expression: string): Promise<Server> {
    const bridge = await world.startBridge({ PROMETHEUS_URL: prometheusUrl });
    await post(bridge, '/webhooks/alertmanager', notification(generatorUrl(expression)));
    return bridge;
  }

  it('sends the picture as a silent reply to the message, outside the ledger', async () => {
    const expression =
      'label_replace(vector(2000) + 100 * sin(vector(time()) / 600), "queue", "reports", "", "") > 1950';
    const bridge = await tell(prometheus.url, expression);
    const [, picture] = await until(
      () => world.telegram.messages(CHAT_ID),
      (messages) => messages.length === 2,
      { timeoutMs: 200_000 },
    );
    expect(picture).toMatchObject({ silent: true, reply_to: 1, text: '' });
    expect(picture?.photo).toMatchObject({ width: 1_280 });
    expect(await readLedger(bridge)).toMatchObject({ accepted: 1, delivered: 1, merged: 0 });
    expect((await readMetrics(bridge))('alert_bridge_pictures_sent_total')).toBe(1);
  });

  it('tells without a picture when Prometheus does not answer, and counts that', async () => {
    const bridge = await tell('http://127.0.0.1:9', 'up == 0');
    await until(
      async () => (await readMetrics(bridge))('alert_bridge_pictures_dropped_total'),
      (dropped) => dropped === 1,
    );
    expect(world.telegram.messages(CHAT_ID)).toHaveLength(1);
  });
});
