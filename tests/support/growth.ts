/** How the time of a function grows with its text, without knowing how fast the machine is. */

/** One of each class that an expression may tell apart, with marks that only mean something in a row or a pair. */
const UNITS = [
  'x', 'A', 'я', 'א', '7', ' ', '\t', '\n', '\r', '\0', '\u00a0', '\u0301', '\u200d', '\u202e', '\ud800', '😀',
  '.', ',', ':', ';', '-', '_', '/', '\\', '"', "'", '`', '(', ')', '[', '{', '<', '&', '%', '@', '#', '$', '*', '+', '=', '|', '?', '~',
  '%40', '://', 'eyJ', 'token=', '$a$', '--', '/*', 'a@', '1 ', '\u0301\n', ' \n',
] as const; // prettier-ignore

/** Taken by turns; all of them where there is time. */
const isLong = process.env['TEST_LONG'] === '1';
const PAIRED = isLong
  ? UNITS
  : (['x', ' ', '\n', '7', '.', ':', '-', '"', '`', '@', '%40', '/', '\u0301', 'א'] as const);

/** Before and behind the run: where an expression begins, and where it fails. */
const EDGES = isLong ? ['', 'x', '\n', '"', '7'] : ['', 'x'];

const UNITS_LONG = 65_536;
const repeated = (unit: string, units: number): string => unit.repeat(Math.ceil(units / unit.length));

/** Every class of character, again and again, between the same marks; and every pair of them by turns. */
export function* runs(): Generator<(units: number) => string> {
  for (const unit of UNITS) for (const edge of EDGES) yield (units) => edge + repeated(unit, units) + edge;
  for (const one of PAIRED)
    for (const other of PAIRED) if (one !== other) yield (units) => `${repeated(one + other, units)}!`;
}

const timeOf = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const fastest = (work: () => unknown, times: number): number =>
  Math.min(...Array.from({ length: times }, () => timeOf(work)));

/** Text that takes less than this is not what anybody waits for, however it grows: µs of the processor. */
const NEGLIGIBLE_US = 40_000;
/** What is linear takes 8 times as long for a text 8 times as long; what is quadratic, 64 times. */
const MAX_GROWTH = 24;

/** The runs at which a function takes longer than in proportion to their length, as a person would write them. */
export function superlinear(work: (text: string) => unknown): readonly string[] {
  const found: string[] = [];
  for (const make of runs()) {
    const long = make(UNITS_LONG);
    if (timeOf(() => work(long)) < NEGLIGIBLE_US) continue;
    const short = make(UNITS_LONG / 8);
    const growth =
      fastest(() => work(long), 3) /
      Math.max(
        fastest(() => work(short), 3),
        1_000,
      );
    if (growth > MAX_GROWTH) found.push(`${JSON.stringify(make(6))}: ${Math.round(growth)} times`);
  }
  return found;
}
