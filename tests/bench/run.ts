/** `npm run bench`: exits 0 whatever the figures are, for they are read, not asserted; 1 when a bench could not measure. */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { accessLog } from './benches/access-log.ts';
import { figures, figuresOf50Million } from './benches/figures.ts';
import { footprintMemory, footprintStart } from './benches/footprint.ts';
import { metricsSqlExporter } from './benches/metrics-sql-exporter.ts';
import { metricsStall } from './benches/metrics-stall.ts';
import { metricsThroughput } from './benches/metrics-throughput.ts';
import { redaction } from './benches/redaction.ts';
import { soakBench } from './benches/soak.ts';
import { storm } from './benches/storm.ts';
import { stormAnswers } from './benches/storm-answers.ts';
import { webhookDurability } from './benches/webhook-durability.ts';
import { ensurePackages, InstallError, realSystem } from '../support/install.ts';
import { findMissing } from '../support/machine/packages.ts';
import { runBenches } from './all.ts';
import type { Bench, Result } from './harness.ts';
import { HEADINGS, toLine } from './table.ts';

const BENCHES = [
  webhookDurability,
  storm,
  stormAnswers,
  metricsThroughput,
  metricsSqlExporter,
  metricsStall,
  accessLog,
  footprintStart,
  footprintMemory,
  redaction,
  figures,
  soakBench,
];
/** Run only when they are named. */
const LONG = [figuresOf50Million];
const namesOf = (benches: readonly Bench[]): string => benches.map(({ name }) => name).join(', ');
const USAGE = `npm run bench [-- --only NAME] [--json]
  all, one after the other: ${namesOf(BENCHES)}
  only when it is named:    ${namesOf(LONG)}`;

const { only, json, help } = readArguments();
const chosen = only === undefined ? BENCHES : [...BENCHES, ...LONG].filter(({ name }) => name === only);
if (help) end(USAGE, 0);
if (chosen.length === 0) end(`--only ${only ?? ''}: there is no such bench.\n${USAGE}`, 2);

const say = (sentence: string): void => console.error(sentence);
try {
  await ensurePackages([...new Set(chosen.flatMap(({ needs }) => needs))], { ...realSystem(), say });
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  say(error.message);
}

const { cores, model, node, load } = machine();
const results: Result[] = [];
if (!json) console.log(`${cores} cores (${model}), Node.js ${node}, load ${load}\n\n${HEADINGS}`);
const isGood = await runBenches(chosen, {
  missing: findMissing,
  say,
  onResult: (result) => {
    results.push(result);
    if (!json) console.log(toLine(result));
  },
});
if (json) console.log(JSON.stringify({ machine: { cores, model, node, load }, results }, undefined, 2));
process.exitCode = isGood ? 0 : 1;

function readArguments(): { only: string | undefined; json: boolean; help: boolean } {
  const boolean = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, json: boolean, help: boolean } });
    return { ...values, only: values.only };
  } catch (error) {
    return end(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, 2);
  }
}

function end(text: string, code: number): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}

function machine(): { cores: number; model: string; node: string; load: string } {
  const [first, ...others] = cpus();
  return {
    cores: others.length + 1,
    model: first?.model ?? 'unknown',
    node: process.version,
    load: (loadavg()[0] ?? Number.NaN).toFixed(1),
  };
}
