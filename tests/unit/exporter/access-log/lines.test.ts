import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../../exporter/access-log/lines.ts';

const MAX = 10;

interface Outcome {
  readonly lines: readonly string[];
  readonly consumed: number;
  readonly isSkipping: boolean;
}

/** Feeds the chunks through one buffer that is overwritten, as a file is read. */
function split(chunks: readonly Buffer[], isSkipping = false): Outcome {
  const lines: string[] = [];
  const splitter = createLineSplitter({
    onLine: (bytes, start, end) => lines.push(bytes.toString('latin1', start, end)),
    onTooLong: () => lines.push('TOO LONG'),
    maxBytes: MAX,
    isSkipping,
  });
  const shared = Buffer.alloc(256);
  for (const chunk of chunks) {
    chunk.copy(shared);
    splitter.take(shared.subarray(0, chunk.length));
    shared.fill(0x0a);
  }
  return { lines, consumed: splitter.consumed, isSkipping: splitter.isSkipping };
}

describe('lines', () => {
  it('ends at newlines, and leaves what has none yet for the next time', () => {
    expect(split([Buffer.from('one\n\ntwo\nthr')])).toEqual({
      lines: ['one', '', 'two'],
      consumed: 9,
      isSkipping: false,
    });
  });

  it('tells a line that is too long once, and skips it over any number of readings', () => {
    const long = split([Buffer.from('a\n12345678'), Buffer.from('901')]);
    expect(long).toEqual({ lines: ['a', 'TOO LONG'], consumed: 13, isSkipping: true });
    expect(split([Buffer.from('more')], true)).toEqual({ lines: [], consumed: 4, isSkipping: true });
    expect(split([Buffer.from('end\nb\n')], true)).toEqual({ lines: ['b'], consumed: 6, isSkipping: false });
  });

  it('says the same wherever chunks end, and wherever reading stops and goes on', () => {
    const bytes = fc.array(fc.constantFrom(0x0a, 0x0a, 0x61, 0xff, 0x00), { maxLength: 120 });
    const cuts = fc.array(fc.nat({ max: 15 }), { minLength: 150, maxLength: 150 });
    fc.assert(
      fc.property(
        bytes,
        cuts,
        fc.array(fc.boolean(), { minLength: 150, maxLength: 150 }),
        (all, sizes, stops) => {
          const whole = Buffer.from(all);
          const expected = [...whole.toString('latin1').split('\n').slice(0, -1)].map((one) =>
            one.length > MAX ? 'TOO LONG' : one,
          );
          const seen: string[] = [];
          let [from, isSkipping] = [0, false];
          let [chunks, at]: [Buffer[], number] = [[], 0];
          const stop = (): void => {
            const part = split(chunks, isSkipping);
            seen.push(...part.lines);
            from += part.consumed;
            isSkipping = part.isSkipping;
            chunks = [];
            at = from;
          };
          for (let step = 0; step < 150; step += 1) {
            const end = Math.min(at + (sizes[step] ?? 0), whole.length);
            chunks.push(whole.subarray(at, end));
            at = end;
            if (stops[step] === true) stop();
          }
          chunks.push(whole.subarray(at));
          stop();
          // A line without its end is told as too long as soon as it is.
          const tail = whole.toString('latin1').split('\n').at(-1) ?? '';
          expect(seen).toEqual([...expected, ...(tail.length > MAX ? ['TOO LONG'] : [])]);
        },
      ),
    );
  });
});
