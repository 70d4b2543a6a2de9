/** How the time of a function grows with its text, without knowing how fast the machine is. */

/** One of each class that an expression may tell apart, with marks that only mean something in a row or a pair. */
const UNITS = [
  'x', 'A', 'я', 'א', '7', ' ', '\t', '\n', '\r', '\0', '\u00a0', '\u0301', '\u200d', '\u202e', '\ud800', '😀',
  '.', ',', ':', ';', '-', '_', '/', '\\', '"', "'", '`', '(', ')', '[', '{', '<', '&', '%', '@', '#', '$', '*', '+', '=', '|', '?', '~',
  '%40', '://', 'eyJ', 'token=', '$a$', '--', '/*', 'a@', '1 ', '\u0301\n', ' \n',
] as const; // prettier-ignore

const PAIRED = ['x', ' ', '7', ':', '\n', '.', '"'] as const;

/** Before and behind the run: where an expression begins, and where it fails. */
const EDGES = ['', 'x'];

const LONG_UNITS = 65_536;
const SHORT_UNITS = LONG_UNITS / 4;
const repeated = (unit: string, units: number): string => unit.repeat(Math.ceil(units / unit.length));

/** Every class of character, again and again, between the same marks; and every pair of them by turns. */
export function* runs(): Generator<(units: number) => string> {
  for (const unit of UNITS) for (const edge of EDGES) yield (units) => edge + repeated(unit, units) + edge;
  for (const one of PAIRED)
    for (const other of PAIRED) if (one !== other) yield (units) => `${repeated(one + other, units)}!`;
}

/** Of the processor, µs: what the neighbours do counts little. */
const timeOf = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const fastest = (work: () => unknown): number => Math.min(...Array.from({ length: 3 }, () => timeOf(work)));

/** Two thousand million steps, which is what the square of 64 kB takes at the least, are not made in so short a time. */
const NEGLIGIBLE_US = 500_000;
/** What is linear takes 4 times as long for a text 4 times as long; what is quadratic, 16 times. */
const MAX_GROWTH = 9;
/** A garbage collector may come in between; it does not come each time. */
const TRIES = 4;

/** The runs at which a function takes longer than in proportion to their length, as a person would write them. */
export function superlinear(work: (text: string) => unknown): readonly string[] {
  const found: string[] = [];
  for (const make of runs()) {
    const long = make(LONG_UNITS);
    if (timeOf(() => work(long)) < NEGLIGIBLE_US) continue;
    const short = make(SHORT_UNITS);
    const growths = [];
    do
      growths.push(
        fastest(() => work(long)) /
          Math.max(
            fastest(() => work(short)),
            1,
          ),
      );
    while (growths.length < TRIES && (growths.at(-1) ?? 0) > MAX_GROWTH);
    const least = Math.min(...growths);
    if (least > MAX_GROWTH) found.push(`${JSON.stringify(make(6))}: ${Math.round(least)} times`);
  }
  return found;
}
