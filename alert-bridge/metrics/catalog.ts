/**
 * Every metric family the alert bridge serves. Dashboards and rules are held against this list.
 * The ledger's law: accepted = delivered + merged + suppressed + failed + pending, at any instant and across restarts.
 */
export const catalog = {
  buildInfo: {
    name: 'alert_bridge_build_info',
    kind: 'gauge',
    help: 'Version, source revision and Node.js version of the running bridge; always 1.',
    labels: ['version', 'revision', 'node_version'],
  },
  signalsAccepted: {
    name: 'alert_bridge_signals_accepted_total',
    kind: 'counter',
    help: 'Signals committed to disk: one per alert of a notification, one per event. Survives restarts.',
    labels: [],
  },
  signalsDelivered: {
    name: 'alert_bridge_signals_delivered_total',
    kind: 'counter',
    help: 'Signals shown by a message of their own. Survives restarts.',
    labels: [],
  },
  signalsMerged: {
    name: 'alert_bridge_signals_merged_total',
    kind: 'counter',
    help: 'Signals shown by another message, counted once its send or edit was confirmed. Survives restarts.',
    labels: [],
  },
  signalsSuppressed: {
    name: 'alert_bridge_signals_suppressed_total',
    kind: 'counter',
    help: 'Signals left out on purpose, by reason. Survives restarts.',
    labels: ['reason'],
  },
  signalsFailed: {
    name: 'alert_bridge_signals_failed_total',
    kind: 'counter',
    help: 'Signals refused for good by every channel, by reason. Survives restarts.',
    labels: ['reason'],
  },
  signalsPending: {
    name: 'alert_bridge_signals_pending',
    kind: 'gauge',
    help: 'Signals accepted and not settled yet.',
    labels: [],
  },
  duplicates: {
    name: 'alert_bridge_duplicates_total',
    kind: 'counter',
    help: 'Posts that repeated what was already accepted and were not accepted again. Survives restarts.',
    labels: [],
  },
  postsRejected: {
    name: 'alert_bridge_posts_rejected_total',
    kind: 'counter',
    help: 'Posts answered with an error and not accepted, by the error code of the answer.',
    labels: ['code'],
  },
  telegramRequests: {
    name: 'alert_bridge_telegram_requests_total',
    kind: 'counter',
    help: 'Requests made to the Bot API.',
    labels: ['method'],
  },
  telegramFailures: {
    name: 'alert_bridge_telegram_failures_total',
    kind: 'counter',
    help: 'Requests to the Bot API that were refused or not answered, by reason.',
    labels: ['method', 'reason'],
  },
  pollingUp: {
    name: 'alert_bridge_telegram_polling_up',
    kind: 'gauge',
    help: '1 while the bot hears its administrators, 0 while it cannot. Absent where it only sends, for want of a token of its own.',
    labels: [],
  },
  lastPoll: {
    name: 'alert_bridge_telegram_last_poll_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time of the last answer to getUpdates. Absent before the first.',
    labels: [],
  },
  telegramUpdates: {
    name: 'alert_bridge_telegram_updates_total',
    kind: 'counter',
    help: 'Updates that people caused: answered, refused (no administrator), ignored or failed.',
    labels: ['outcome'],
  },
  commands: {
    name: 'alert_bridge_commands_total',
    kind: 'counter',
    help: 'Commands of administrators that were answered, by name; unknown ones together.',
    labels: ['command'],
  },
  possibleDuplicates: {
    name: 'alert_bridge_telegram_possible_duplicates_total',
    kind: 'counter',
    help: 'Sends repeated although an earlier attempt may have arrived: the Bot API has no idempotency key. Survives restarts.',
    labels: [],
  },
  telegramPausedUntil: {
    name: 'alert_bridge_telegram_paused_until_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time until which Telegram asked us to wait, the latest over all chats. Absent when nothing is paused.',
    labels: [],
  },
  channelUp: {
    name: 'alert_bridge_channel_up',
    kind: 'gauge',
    help: '1 while a channel takes messages, 0 while it refuses them for good (wrong token, chat not found, blocked).',
    labels: ['channel'],
  },
  picturesSent: {
    name: 'alert_bridge_pictures_sent_total',
    kind: 'counter',
    help: 'Pictures sent under a message.',
    labels: [],
  },
  picturesDropped: {
    name: 'alert_bridge_pictures_dropped_total',
    kind: 'counter',
    help: 'Pictures left out, by reason: no_data (Prometheus gave no good answer), drawing_failed, busy (messages went first), telegram.',
    labels: ['reason'],
  },
  deliverySeconds: {
    name: 'alert_bridge_delivery_seconds',
    kind: 'histogram',
    help: 'Time from acceptance to confirmed delivery of a signal.',
    labels: [],
    buckets: [0.25, 0.5, 0.99, 2.5, 4.9, 9.9, 29.9, 59.9, 119.9, 599.9, 3599.9],
  },
  outboxOldest: {
    name: 'alert_bridge_outbox_oldest_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time of acceptance of the oldest signal not settled yet. Absent when none waits.',
    labels: [],
  },
  watchdogLastSeen: {
    name: 'alert_bridge_watchdog_last_seen_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time of the last Watchdog notification from Alertmanager. Absent before the first.',
    labels: [],
  },
} as const;
