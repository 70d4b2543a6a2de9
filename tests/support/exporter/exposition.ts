/**
 * The other side of both formats, written from their descriptions alone and without a look at the writer: reads
 * character by character, so that a value which breaks out of its quotes is an error and not a shorter value.
 */
export interface ParsedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: string | undefined;
}

export interface Parsed {
  readonly series: readonly ParsedSeries[];
  /** By name of the family as the format names it. */
  readonly types: ReadonlyMap<string, string>;
}

/** @throws Error that quotes the first line which is not of the format */
export function parseExposition(text: string): Parsed {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  const series: ParsedSeries[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      if (types.has(type[1] ?? '')) throw new Error(`a second TYPE: ${line}`);
      types.set(type[1] ?? '', type[2] ?? '');
    } else if (!line.startsWith('# HELP ') && line !== '# EOF') {
      series.push(parseSeries(line));
    }
  }
  return { series, types };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['"', '"'],
  ['\\', '\\'],
]);

function parseSeries(line: string): ParsedSeries {
  const fail = (): never => {
    throw new Error(`no series: ${line}`);
  };
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? fail();
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === '{') {
    do {
      const label = /^[a-zA-Z_]\w*(?==")/.exec(line.slice(at + 1))?.[0] ?? fail();
      at += label.length + 3;
      let value = '';
      for (; line[at] !== '"'; at += 1) {
        const char = line[at] ?? fail();
        value += char === '\\' ? (ESCAPES.get(line[(at += 1)] ?? '') ?? fail()) : char;
      }
      if (label in labels) fail();
      labels[label] = value;
      at += 1;
    } while (line[at] === ',');
    if (line[at] !== '}') fail();
    at += 1;
  }
  const rest = /^ (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)(?: # (.*))?$/.exec(line.slice(at)) ?? fail();
  return { name, labels, value: Number((rest[1] ?? '').replace('Inf', 'Infinity')), exemplar: rest[2] };
}
