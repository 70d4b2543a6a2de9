/** What redacting costs a log line, against writing the same line as JSON, which every line pays anyway. */
import { randomBytes } from 'node:crypto';
import type * as Identity from '../../../common/state/identity.ts';
import type * as Redact from '../../../common/redact/redact.ts';
import type { Bench, Prepared } from '../harness.ts';
import { compiled } from '../support/compiled.ts';
import { BENCH_IDS, BENCH_SECRETS, logRecords } from '../support/log-records.ts';

const PEER = 'JSON.stringify';
const RECORDS = 2_000;
const ROUND_MS = 400;

export const redaction: Bench = {
  name: 'redaction',
  needs: [],
  unit: 'MB per CPU second',
  rounds: 15,
  prepare: async (): Promise<Prepared> => {
    const { createRedactor } = await compiled<typeof Redact>('common/redact/redact.ts');
    const { createIdentityHasher } = await compiled<typeof Identity>('common/state/identity.ts');
    const hashId = createIdentityHasher(randomBytes(32));
    const redactor = createRedactor({ secrets: BENCH_SECRETS, ids: BENCH_IDS, hashId });

    const records = logRecords(RECORDS);
    const lines = records.map((record) => JSON.stringify(record));
    const sizeBytes = Buffer.byteLength(lines.join(''));
    const leaked = BENCH_SECRETS.find((secret) => lines.some((line) => redactor.text(line).includes(secret)));
    if (leaked !== undefined) throw new Error('The redactor let a secret of the records through');

    const roundOf = (work: () => void) => () => Promise.resolve(megabytesPerSecond(work, sizeBytes));
    return {
      subjects: {
        [PEER]: roundOf(() => records.forEach((record) => JSON.stringify(record))),
        records: roundOf(() =>
          records.forEach(({ message, fields }) => {
            redactor.text(message);
            redactor.value(fields);
          }),
        ),
        lines: roundOf(() => lines.forEach((line) => redactor.text(line))),
      },
      comparisons: [
        { name: 'redaction, records field by field', subject: 'records', peer: PEER, goal: { ratio: 0.02 } },
        { name: 'redaction, whole lines', subject: 'lines', peer: PEER, goal: { ratio: 0.03 } },
      ],
      close: () => Promise.resolve(),
    };
  },
};

/** Of processor time, which other programs on the machine do not lengthen as they do the time on the wall. */
function megabytesPerSecond(work: () => void, sizeBytes: number): number {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let times = 0;
  while (performance.now() - startedAt < ROUND_MS) {
    work();
    times += 1;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  // Bytes per microsecond are megabytes per second.
  return (times * sizeBytes) / (user + system);
}
