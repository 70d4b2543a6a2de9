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
} as const;
