/** Queues and workers. */
export const celery = {
  celeryWorkers: {
    name: 'expensebot_celery_workers',
    kind: 'gauge',
    help: 'Celery workers connected to the broker: replying to the last ping in time; busy with a task in the process that replies (pool solo, for 10 minutes at most); hung.',
    labels: ['state'],
  },
  celeryQueueMessages: {
    name: 'expensebot_celery_queue_messages',
    kind: 'gauge',
    help: 'Messages that wait in a queue of Celery, by priority step (kombu rounds priorities down to 0, 3, 6, 9, or to priority_steps); the first 200 queues: configured, then used, then others.',
    labels: ['queue', 'priority'],
  },
  celeryUnacked: {
    name: 'expensebot_celery_unacked_messages',
    kind: 'gauge',
    help: 'Messages delivered to workers and not yet acknowledged: running, prefetched or waiting for their time.',
    labels: [],
  },
  celeryQueueOldest: {
    name: 'expensebot_celery_queue_oldest_message_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time since when the oldest message of a queue has been seen at its head: it waits at least so long. Absent while the queue is empty.',
    labels: ['queue'],
  },
  celeryRedelivery: {
    name: 'expensebot_celery_redelivery_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which the message unacknowledged for longest is delivered again, at the earliest. Absent while there is none.',
    labels: [],
  },
  celeryOldestActiveTask: {
    name: 'expensebot_celery_oldest_active_task_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which the oldest running task of a name began, by the clock of its worker; the ten oldest names. Asked about once a minute; absent while none runs.',
    labels: ['task'],
  },
  celeryTasks: {
    name: 'expensebot_celery_tasks_total',
    kind: 'counter',
    help: 'Tasks that have ended, by the results that they leave in Redis; `unknown` are those without a name (result_extended is off).',
    labels: ['task'],
  },
  celeryTasksFailed: {
    name: 'expensebot_celery_tasks_failed_total',
    kind: 'counter',
    help: 'Those of them that failed.',
    labels: ['task'],
  },
  celeryTaskLastFailure: {
    name: 'expensebot_celery_task_last_failure_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which a task last failed, and the type of its exception; of `unknown` the last of each type. Kept for 8 days.',
    labels: ['task', 'exception'],
  },
  celeryTaskLastSuccess: {
    name: 'expensebot_celery_task_last_success_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which a task last succeeded.',
    labels: ['task'],
  },
  celeryScheduled: {
    name: 'expensebot_celery_scheduled_tasks',
    kind: 'gauge',
    help: 'Tasks that workers hold until their time (ETA, countdown), among the 500 unacknowledged messages that were delivered first.',
    labels: [],
  },
  celeryBeatTasks: {
    name: 'expensebot_celery_beat_tasks',
    kind: 'gauge',
    help: 'Enabled entries of django_celery_beat. Absent where its tables are missing.',
    labels: [],
  },
  celeryBeatLastRun: {
    name: 'expensebot_celery_beat_last_run_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which beat last sent a task, as it notes every 3 minutes.',
    labels: [],
  },
  celeryBeatNextRun: {
    name: 'expensebot_celery_beat_next_run_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which beat has to send any task next, after the last one that it sent: in the past when it has stopped.',
    labels: [],
  },
  celeryBeatDue: {
    name: 'expensebot_celery_beat_due_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which beat has to send a task next, after its last run: in the past when it is late. Of entries of the same task the earliest; the first 200 tasks.',
    labels: ['task'],
  },
} as const;
