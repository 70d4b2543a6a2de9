import { incidentsOf, type Incident } from './incidents.ts';
import { evaluate, projectRules, SLOW_SECONDS, type Labels, type RuleFiles } from './promtool.ts';
import { selector, seriesOf, type Series } from './series.ts';
import { DAY, type World } from './traffic.ts';

/** An alert that fired in a time in which nothing was wrong. */
export interface FalseAlarm {
  readonly alertname: string;
  readonly component: string;
  readonly severity: string;
  readonly starts: number;
  /** Seconds of the simulation. */
  readonly first: number;
  readonly minutes: number;
}

const ALL_FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}';
/** What is for information only may fire in quiet times. */
const FIRING = 'ALERTS{alertstate="firing",severity!="info"}';
const withoutName = ({ __name__: _name, alertstate: _state, ...labels }: Labels): Labels => labels;

const every = (seconds: number, { length }: World): number[] =>
  Array.from({ length: Math.floor(length / seconds) + 1 }, (_, index) => index * seconds);

/**
 * What the chat sees of a world in which something breaks: every rule, looked at every time Prometheus would evaluate it.
 * @param evaluation seconds from one evaluation to the next
 * @param concerns which rule files to evaluate
 */
export async function incidentsIn(
  world: World,
  evaluation = world.step,
  concerns?: (file: string) => boolean,
): Promise<Incident[]> {
  const { step } = world;
  const times = every(evaluation, world);
  const series = await withRecorded(seriesOf(world), world, step, concerns);
  const answers = await evaluate(
    projectRules('usual', concerns),
    series,
    { sample: step, evaluation },
    times.map((time) => ({ expr: ALL_FIRING, time })),
  );
  return incidentsOf(
    times.map((time, index) => ({
      time,
      firing: (answers[index] ?? []).map(({ labels }) => withoutName(labels)),
    })),
  );
}

/**
 * The alerts that fire in a world of days in which nothing is wrong, inhibited ones too. Rules whose windows are half an hour or longer
 * are evaluated less often, or a week would take minutes.
 * @param concerns which rule files to evaluate
 */
export async function falseAlarmsIn(
  world: World,
  concerns: (file: string) => boolean = () => true,
): Promise<FalseAlarm[]> {
  const series = seriesOf(world);
  const sparse: World = { ...world, step: 2 * world.step };
  const few = thinned(series, 2);
  const rules = (isMeant: (file: string) => boolean): RuleFiles =>
    projectRules('usual', (file) => concerns(file) && isMeant(file));
  const isOfDays = (file: string): boolean => file === 'slo.yml';
  const isOfHours = (file: string): boolean => file === 'product.yml';
  const recorded = await withRecorded(few, sparse, SLOW_SECONDS, concerns);
  return [
    ...(await alarmsOf(
      rules((file) => !isOfDays(file) && !isOfHours(file)),
      series,
      world,
      world.step,
    )),
    ...(await alarmsOf(rules(isOfHours), few, sparse, sparse.step)),
    ...(await alarmsOf(rules(isOfDays), recorded, sparse, SLOW_SECONDS)),
  ];
}

async function alarmsOf(
  rules: RuleFiles,
  series: readonly Series[],
  world: World,
  evaluation: number,
): Promise<FalseAlarm[]> {
  // By day, since promtool takes no more than 10,000 steps of an alert.
  const days = every(DAY, world).slice(1);
  const range = `[1d:${evaluation}s]`;
  const questions = days.flatMap((time) =>
    [
      `count_over_time((${FIRING} unless (${FIRING} offset ${evaluation}s))${range})`,
      `min_over_time(timestamp(${FIRING})${range})`,
      `count_over_time(${FIRING}${range}) * ${evaluation / 60}`,
    ].map((expr) => ({ expr, time })),
  );
  const answers = await evaluate(rules, series, { sample: world.step, evaluation }, questions);
  const alarms = new Map<string, FalseAlarm>();
  for (const [index, samples] of answers.entries())
    for (const { labels, value } of samples) {
      const { alertname = '', component = '', severity = '' } = labels;
      const key = JSON.stringify(withoutName(labels));
      const so = alarms.get(key) ?? {
        alertname,
        component,
        severity,
        starts: 0,
        first: Infinity,
        minutes: 0,
      };
      alarms.set(key, {
        ...so,
        starts: so.starts + (index % 3 === 0 ? value : 0),
        first: Math.min(so.first, index % 3 === 1 ? value : Infinity),
        minutes: so.minutes + (index % 3 === 2 ? value : 0),
      });
    }
  return [...alarms.values()];
}

/** Every `nth` sample. */
const thinned = (series: readonly Series[], nth: number): Series[] =>
  series.map(({ series: name, values }) => ({
    series: name,
    values: values.filter((_, index) => index % nth === 0),
  }));

/**
 * These series, and what the slow groups record of them: as they do, every few minutes, while all other rules are evaluated at every
 * sample. promtool would evaluate them as often as the others, and takes no more than 10,000 samples of a series.
 * @param sample seconds between the samples that they read, a multiple of the world's
 */
async function withRecorded(
  series: readonly Series[],
  world: World,
  sample: number,
  concerns?: (file: string) => boolean,
): Promise<Series[]> {
  const rules = projectRules('slow', concerns);
  if (rules.size === 0) return [...series];
  // Over days a record moves little from one to the next.
  const evaluation = sample < SLOW_SECONDS ? SLOW_SECONDS : 5 * SLOW_SECONDS;
  const times = every(evaluation, world);
  const answers = await evaluate(
    rules,
    thinned(series, sample / world.step),
    { sample, evaluation },
    times.map((time) => ({ expr: '{__name__=~".+:.+"}', time })),
  );
  const recorded = new Map<string, (number | undefined)[]>();
  const steps = every(world.step, world);
  for (const [index, samples] of answers.entries())
    for (const { labels, value } of samples) {
      const { __name__: name = '', ...rest } = labels;
      const key = selector(name, rest);
      const values = recorded.get(key) ?? Array<undefined>(steps.length).fill(undefined);
      const from = (times[index] ?? 0) / world.step;
      values.fill(value, from, from + evaluation / world.step);
      recorded.set(key, values);
    }
  return [...series, ...[...recorded].map(([key, values]) => ({ series: key, values }))];
}
