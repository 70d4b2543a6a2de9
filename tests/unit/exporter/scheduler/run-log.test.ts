import { describe, expect, it } from 'vitest';
import { logged } from '../../../../exporter/model/collector.ts';
import { createRunLog } from '../../../../exporter/scheduler/run-log.ts';

function record() {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger = (prefix: string) => ({
    debug: at(`${prefix}debug`),
    info: at(`${prefix}info`),
    warn: at(`${prefix}warn`),
    error: at(`${prefix}error`),
  });
  const runLog = createRunLog(logger(''), logger('performance '));
  const redis = { name: 'redis', timeoutMs: 1_000 };
  const run = (error?: string, durationMs = 1) => ({
    ok: error === undefined,
    observedAt: 0,
    durationMs,
    ...(error === undefined ? {} : { reasons: [logged(error)] }),
  });
  return {
    lines,
    good: () => runLog.tell(redis, run()),
    slow: (durationMs: number) => runLog.tell(redis, run(undefined, durationMs)),
    bad: (error: string) => runLog.tell(redis, run(error)),
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

  it('tells a check that takes more than half of its deadline', () => {
    const { lines, slow } = record();
    slow(500);
    slow(501);
    expect(lines).toEqual(['performance warn redis is slow.']);
  });
});
