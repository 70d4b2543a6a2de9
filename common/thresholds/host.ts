import type { Threshold } from './threshold.ts';

/** Figures of the server's disks, memory and processor. */
export const host = {
  /** Free space below which a disk is unhealthy. Decimal gigabyte: 1e9 bytes, not 2^30. */
  diskFreeMinBytes: {
    value: 1e9,
    unit: 'bytes',
    reason: 'The specification: less than 1 GB free. PostgreSQL stops writing when the disk is full.',
  },
  /** A disk that will be full within this time, at the pace of its windows, is told. */
  diskFillingSeconds: {
    value: 86_400,
    unit: 'seconds',
    reason: 'A day is enough to find what grows, and to be asleep meanwhile.',
  },
  /** Both windows must say so. */
  diskTrendSeconds: {
    value: 3600,
    unit: 'seconds',
    reason: 'An hour: what has stopped growing is no trend.',
  },
  /** Both windows must say so. */
  diskLongTrendSeconds: {
    value: 21600,
    unit: 'seconds',
    reason: 'Six hours: a dump that comes and goes is no trend.',
  },
  /** Share of a disk in use above which its filling up is told. */
  diskFillingMinRatio: {
    value: 0.5,
    unit: 'ratio',
    reason: 'Half of a disk is time enough.',
  },
  /** How long a disk must fill up before it is told. */
  diskFillingForSeconds: {
    value: 1800,
    unit: 'seconds',
    reason: 'A backup is written in less.',
  },
  /** How long the alert goes on after the trend has ended. */
  diskFillingKeptSeconds: {
    value: 3600,
    unit: 'seconds',
    reason: 'What grows rests at times.',
  },
  /** Share of memory in use above which the host is unhealthy. */
  memoryUsageMaxRatio: {
    value: 0.9,
    unit: 'ratio',
    reason:
      'The specification: more than 90 %. Beyond it the kernel kills processes, often the largest: the database.',
  },
  /** Share of CPU time in use above which the host is unhealthy. */
  cpuUsageMaxRatio: {
    value: 0.8,
    unit: 'ratio',
    reason: 'The specification: more than 80 %. Beyond it answers to users queue up.',
  },
  /** How long the disk must stay short of space before it is told. */
  diskLowForSeconds: {
    value: 120,
    unit: 'seconds',
    reason: 'A full disk does not heal by itself, but a temporary file of a dump may come and go.',
  },
  /** How long memory must stay high before it is told. */
  memoryHighForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'A report being rendered takes memory for a minute; five minutes is a leak or a shortage.',
  },
  /** How long CPU must stay high before it is told. */
  cpuHighForSeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'A nightly dump or a deployment keeps a small server busy for minutes and needs nobody.',
  },
  /** CPU is averaged over this window first, so that one quiet sample does not start the wait anew. */
  cpuAverageSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Twenty scrapes: long enough to smooth, short enough to see the end of the load.',
  },
} as const satisfies Record<string, Threshold>;
