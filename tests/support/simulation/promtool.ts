import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { prometheusFolder, secondsOf } from '../../unit/prometheus/rule-files.ts';
import { runTool } from '../machine/run-tool.ts';
import { encode } from './encode.ts';
import type { Series } from './series.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** With `__name__`, where the expression has left it. */
  readonly labels: Labels;
  readonly value: number;
}

export interface Question {
  readonly expr: string;
  /** In seconds of the simulation. */
  readonly time: number;
}

interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly object[];
}
/** Groups of rules by the names of their files. */
export type RuleFiles = ReadonlyMap<string, { readonly groups: readonly RuleGroup[] }>;

/** The interval of groups that read days of samples: they are evaluated less often than the others. */
export const SLOW_SECONDS = 240;

/**
 * The project's own rules: those of its slow groups, or all others.
 * @throws Error when an alert is in a slow group: the simulation looks for alerts among the others only
 */
export function projectRules(
  which: 'slow' | 'usual',
  concerns: (file: string) => boolean = () => true,
): RuleFiles {
  const folder = join(prometheusFolder, 'rules');
  const files = readdirSync(folder)
    .filter(concerns)
    .toSorted()
    .map((name) => {
      const { groups } = parse(readFileSync(join(folder, name), 'utf8')) as { groups: RuleGroup[] };
      const slow = groups.filter(({ interval = '0s' }) => secondsOf(interval) > 60);
      if (
        slow.some(
          ({ rules, interval }) =>
            interval !== `${SLOW_SECONDS / 60}m` || rules.some((rule) => 'alert' in rule),
        )
      )
        throw new Error(`${name}: a slow group records every ${SLOW_SECONDS / 60} min, and has no alerts.`);
      return [
        name,
        { groups: which === 'slow' ? slow : groups.filter((group) => !slow.includes(group)) },
      ] as const;
    });
  return new Map(files.filter(([, { groups }]) => groups.length > 0));
}

/**
 * Answers to the questions, in their order, by `promtool test rules`: it prints what a result is where it is not what was
 * expected, so nothing is ever expected.
 * @throws Error with promtool's output when it says anything else
 */
export async function evaluate(
  rules: RuleFiles,
  series: readonly Series[],
  seconds: { readonly sample: number; readonly evaluation: number },
  questions: readonly Question[],
): Promise<readonly (readonly Sample[])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alert-simulation-'));
  try {
    // JSON is YAML, and is written and read faster.
    for (const [name, content] of rules) writeFileSync(join(folder, name), JSON.stringify(content));
    const test = {
      rule_files: [...rules.keys()],
      evaluation_interval: `${seconds.evaluation}s`,
      group_eval_order: [...rules.values()].flatMap(({ groups }) => groups.map(({ name }) => name)),
      tests: [
        {
          interval: `${seconds.sample}s`,
          input_series: series
            .filter(isReadBy(rules, questions))
            .map((one) => ({ series: one.series, values: encode(one.values) })),
          promql_expr_test: questions.map(({ expr, time }) => ({
            expr,
            eval_time: `${time}s`,
            exp_samples: [],
          })),
        },
      ],
    };
    writeFileSync(join(folder, 'simulation.test.yml'), JSON.stringify(test));
    const { output } = await runTool('promtool', ['test', 'rules', 'simulation.test.yml'], folder);
    return read(output, questions);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What no rule and no question reads need not be loaded: it is most of a histogram, and half of the time. */
function isReadBy(rules: RuleFiles, questions: readonly Question[]): (series: Series) => boolean {
  const text = JSON.stringify([[...rules], questions]).replaceAll('\\"', '"');
  const words = new Set(text.match(/[\w:]+/g));
  const bounds = [...text.matchAll(/_bucket\{le=~?"([^"]+)"/g)].map(([, bound = '']) => bound);
  const asksForAll = /\ble\)/.test(text) || bounds.length === 0;
  const isAsked = new RegExp(`le="(${bounds.join('|')})"`);
  return ({ series }) =>
    words.has(/^[\w:]+/.exec(series)?.[0] ?? '') &&
    (asksForAll || !series.includes('_bucket{') || isAsked.test(series));
}

/** Silence is an empty answer: that one is as expected. */
function read(output: string, questions: readonly Question[]): Sample[][] {
  const answers = new Map<string, Sample[]>();
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const unexpected = lines.filter((line) => !KNOWN.test(line));
  if (unexpected.length > 0) throw new Error(`promtool says: ${unexpected.slice(0, 5).join('\n')}`);
  let asked = '';
  for (const line of lines) {
    const question = QUESTION.exec(line)?.groups;
    if (question !== undefined)
      asked = key(JSON.parse(question['expr'] ?? '""') as string, secondsOfGo(question['time'] ?? ''));
    const got = GOT.exec(line)?.[1];
    if (got !== undefined) answers.set(asked, samplesOf(got));
  }
  return questions.map(({ expr, time }) => answers.get(key(expr, time)) ?? []);
}

const QUESTION = /^\s+expr: (?<expr>".*"), time: (?<time>\w+),$/;
const GOT = /^\s+got: (.*)$/;
const KNOWN = /^(Unit Testing: .*|\s+(SUCCESS|FAILED:|expr: ".*", time: \w+,|exp: nil|got: .*))$/;
const key = (expr: string, time: number): string => `${time} ${expr}`;

/** `1h2m3s`, as Go prints a duration; `1d2h` as Prometheus does. */
function secondsOfGo(duration: string): number {
  const parts = [...duration.matchAll(/\d+(?:w|d|h|m|s)/g)].map(([part]) =>
    part.endsWith('w') ? Number.parseInt(part) * 7 * 86_400 : secondsOf(part),
  );
  return parts.reduce((sum, part) => sum + part, 0);
}

/** `{a="b", c="d"} 1E+00, {a="e"} 2E+00` */
function samplesOf(text: string): Sample[] {
  return [...text.matchAll(/\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} ([^\s,]+)/g)].map(([, inner = '', value]) => ({
    labels: Object.fromEntries(
      [...inner.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, label = '', quoted = '""']) => [
        label,
        JSON.parse(quoted) as string,
      ]),
    ),
    value: Number(value),
  }));
}
