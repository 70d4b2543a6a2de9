/** One sample of a series: its value, `undefined` where there is none. */
export type Value = number | undefined;

/**
 * Samples in promtool's notation, runs of equal steps shortened: `5x12`, `0+60x30`, `stale`, `_x4`. Prometheus marks the end of a
 * series whose target no longer serves it, so the first sample that is missing is such a mark.
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
 */
export function encode(values: readonly Value[]): string {
  const words: string[] = [];
  for (let index = 0; index < values.length;) {
    const value = values[index];
    const run = runFrom(values, index);
    if (value !== undefined) words.push(runOf(value, (values[index + 1] ?? value) - value, run));
    else {
      const marked = index > 0 ? 1 : 0;
      if (marked === 1) words.push('stale');
      if (run > marked) words.push(`_x${run - marked}`);
    }
    index += run;
  }
  return words.join(' ');
}

/** `5x2` are three samples: the figure is that of the repetitions. */
function runOf(value: number, difference: number, run: number): string {
  if (run === 1) return String(value);
  const step = difference === 0 ? '' : `${difference < 0 ? '' : '+'}${difference}`;
  return `${value}${step}x${run - 1}`;
}

/** How many samples from `index` on one word can stand for. Sums of fractions are not exact: these are repeated only. */
function runFrom(values: readonly Value[], index: number): number {
  const first = values[index];
  const second = values[index + 1];
  let end = index + 1;
  if (first === undefined) while (end < values.length && values[end] === undefined) end += 1;
  else if (second !== undefined) {
    const step = second - first;
    if (step !== 0 && !(Number.isSafeInteger(first) && Number.isSafeInteger(second))) return 1;
    while (end < values.length && values[end] === first + step * (end - index)) end += 1;
    if (end - index === 2 && step !== 0) return 1;
  }
  return end - index;
}
