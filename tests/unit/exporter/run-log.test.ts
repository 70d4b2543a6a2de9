import { describe, expect, it } from 'vitest';
import { createRunLog } from '../../../exporter/run-log.ts';

function record() {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const runLog = createRunLog({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
  const run = (error?: string) => ({
    ok: error === undefined,
    observedAt: 0,
    durationMs: 1,
    ...(error === undefined ? {} : { error }),
  });
  return {
    lines,
    good: () => runLog.tell('redis', run()),
    bad: (error: string) => runLog.tell('redis', run(error)),
  };
}

describe('log of runs', () => {
  it('tells the first failure, another reason and the return, and no repetition', () => {
    const { lines, good, bad } = record();
    good();
    bad('no answer for 20 s');
    bad('no answer for 35.5 s');
    bad('nothing listens');
    good();
    good();
    bad('nothing listens');
    expect(lines).toEqual([
      'warn redis fails: no answer for 20 s',
      'warn redis fails: nothing listens',
      'info redis works again.',
      'warn redis fails: nothing listens',
    ]);
  });
});
