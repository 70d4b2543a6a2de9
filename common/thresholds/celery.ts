import type { Threshold } from './threshold.ts';

/** Figures of queues, tasks and beat of Celery. */
export const celery = {
  /** Messages that may wait in one queue of Celery, over all priorities. */
  celeryQueueMaxMessages: {
    value: 1000,
    unit: 'count',
    reason:
      'A worker does a few tasks a second: a thousand that wait are minutes of delay for whoever comes last.',
  },
  /** How long a queue must stay too long before it is told. */
  celeryBacklogForSeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'A daily report for every user fills a queue at once, and is worked off within minutes.',
  },
  /** A task of Celery that runs for longer is told. */
  celeryTaskMaxSeconds: {
    value: 600,
    unit: 'seconds',
    reason: "The application's hard limit (task_time_limit): a task beyond it should have been killed.",
  },
  /** How long a task must run beyond the limit before it is told. */
  celeryTaskForSeconds: {
    value: 120,
    unit: 'seconds',
    reason: 'Workers are asked once a minute: a task that has just been killed is still listed until then.',
  },
  /** A message at the head of a queue that waits for longer is told. */
  celeryMessageMaxSeconds: {
    value: 1800,
    unit: 'seconds',
    reason: 'A small bot works a queue off within seconds: what waits for half an hour is read by nobody.',
  },
  /** How long a message must have waited too long before it is told. */
  celeryMessageForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'A worker that begins at last takes the messages within minutes.',
  },
  /** A task whose last success is older than its last failure by more is told. */
  celeryFailureGapSeconds: {
    value: 600,
    unit: 'seconds',
    reason:
      'Of sixty reports in a row one may fail: what has succeeded minutes before or after does not fail.',
  },
  /** A failure without a success after it is told for so long. */
  celeryFailureKeptSeconds: {
    value: 8 * 86_400,
    unit: 'seconds',
    reason: 'A weekly task succeeds, or fails again, within it.',
  },
  /** A failure of a task without a name is told for so long: nobody can say that this task has succeeded since. */
  celeryNamelessKeptSeconds: {
    value: 26 * 3600,
    unit: 'seconds',
    reason: 'A daily task fails again within it: one message, and not one a night.',
  },
  /** Share of failed tasks above which it is told, though some succeed ... */
  celeryFailureMaxRatio: { value: 0.5, unit: 'ratio', reason: 'Every second one is no chance.' },
  /** ... where at least so many failed ... */
  celeryFailureMinCount: { value: 10, unit: 'count', reason: 'Of fewer, chance decides.' },
  /** ... within this window. */
  celeryFailureWindowSeconds: {
    value: 3600,
    unit: 'seconds',
    reason: 'Most tasks run once an hour at least.',
  },
  /** How long a task must fail before it is told. */
  celeryFailingForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Results are looked for twice a minute; a task that is tried again has its end by then.',
  },
  /** A task that beat was to send so long ago is late. */
  celeryBeatLateSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'Beat writes its last runs every three minutes, and a deployment stops it for some.',
  },
  /** How long beat must be late before it is told. */
  celeryBeatForSeconds: { value: 60, unit: 'seconds', reason: 'The limit waits long enough already.' },
  /** How long one task must be late before it is told. */
  celeryMissedForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'If beat has stopped, that is told first and alone.',
  },
  /** How long the last known schedule stands after its series is gone. */
  celeryBeatKnownSeconds: {
    value: 600,
    unit: 'seconds',
    reason:
      'Longer than a restart of the exporter, and shorter than what counts as late: an entry that was switched off is not told.',
  },
  /** A message that is delivered again sooner is told. */
  celeryRedeliverySeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'Time to see which task it is, before it runs once more.',
  },
  /** How long a message must be about to be delivered again before it is told. */
  celeryRedeliveryForSeconds: { value: 60, unit: 'seconds', reason: 'Two looks at the broker.' },
} as const satisfies Record<string, Threshold>;
