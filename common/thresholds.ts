/** One figure that an alert rule, a panel and a probe must agree on. `value` is in `unit`. */
export interface Threshold {
  readonly value: number;
  readonly unit: 'bytes' | 'count' | 'ratio' | 'seconds';
  readonly reason: string;
}

/**
 * The figures shared by rules, panels and probes. The rules' YAML cannot import this file:
 * a test holds every figure written there against it.
 */
export const thresholds = {
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
  /** A signal that waits for longer to be shown is told. */
  deliveryMaxSeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'The second channel speaks after the same time.',
  },
  /** How long delivery must be stuck before it is told. */
  deliveryForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'After quiet hours and storms the queue needs some minutes.',
  },
  /** Quiet hours that ended so long ago still explain a full queue. */
  quietEndedSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'The morning summary goes out in its first minutes.',
  },
  /** How long a query must fail before it is told. */
  figuresStaleForSeconds: {
    value: 3600,
    unit: 'seconds',
    reason: 'A migration locks tables for minutes.',
  },
  /** Errors of Prometheus and Alertmanager are counted over this window. */
  alertPathWindowSeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'Long enough for one error to be seen through `for`.',
  },
  /** How long alerts must be in danger before it is told. */
  alertPathForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'A restart of the bridge makes one notification fail.',
  },
  /** How long what depends on a component has to come back after it. */
  componentBackSeconds: {
    value: 180,
    unit: 'seconds',
    reason: 'Two failures in a row, `for`, and a worker that connects again after its longest pause.',
  },
  /** How long a cause counts as known after it has ended, for rates. */
  causeKnownSeconds: {
    value: 1200,
    unit: 'seconds',
    reason: 'Windows and `keep_firing_for` of what it makes fail are over by then.',
  },
  /** Daily work that has not succeeded for longer is told. */
  dailyJobMaxSeconds: {
    value: 26 * 3600,
    unit: 'seconds',
    reason: 'A day, one hour for the change of clocks, and one for the work and what is tried again.',
  },
  /** How long daily work must be late before it is told. */
  dailyJobForSeconds: {
    value: 900,
    unit: 'seconds',
    reason:
      'Work that failed is tried again every five minutes; a report that waited until noon is made then.',
  },
  /** How long a configuration that could not be loaded may stand before it is told. */
  configReloadFailedForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Whoever edits the file reads the answer and mends it at once.',
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
  /** How long a judged outage must last before it is told. */
  componentDownForSeconds: {
    value: 60,
    unit: 'seconds',
    reason:
      'A deployment restarts the bot and its workers, and a hiccup of Telegram or of a provider ends: both within the minute.',
  },
  /** The same, of the database, Redis and DNS. */
  foundationDownForSeconds: {
    value: 15,
    unit: 'seconds',
    reason:
      'Two scrapes: nothing works without these, and a restart of one of them is over before the second. Told in about 40 s.',
  },
  /** So many results of the database, Redis and DNS are known before they are told of. */
  foundationStartScrapes: {
    value: 4,
    unit: 'count',
    reason: 'A fresh installation starts everything at once: the first minute is no outage.',
  },
  /** How long a component's state must be unknown before it is told. */
  healthCheckStaleForSeconds: {
    value: 300,
    unit: 'seconds',
    reason:
      'The first result after a restart takes one interval; five minutes without one is a check that hangs.',
  },
  /** How long the bot may hear nobody before it is told. */
  pollingDownForSeconds: {
    value: 900,
    unit: 'seconds',
    reason:
      'Nothing is lost meanwhile: alerts go out. A restart of another poller or of a network is over by then.',
  },
  /** How long several bridges may not agree before it is told. */
  bridgesApartForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'A restart of Redis or of one of the bridges, and a change of who leads, are over by then.',
  },
  /** Updates that wait at Telegram for the webhook, above which it is unhealthy. */
  webhookPendingMaxUpdates: {
    value: 100,
    unit: 'count',
    reason: 'A bot that works answers within seconds; a hundred waiting updates are users without an answer.',
  },
  /** How long a failed delivery to the webhook counts, while updates wait. */
  webhookErrorWindowSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Telegram tries again within a minute or two: five minutes without an error is a recovery.',
  },
  /** Share of requests that end with a 5xx, above which it is told. */
  httpErrorMaxRatio: {
    value: 0.05,
    unit: 'ratio',
    reason: 'The specification: an alert above 5 %; its goal is below 1 %.',
  },
  /** Failures within a window, from which on their share is told. */
  httpErrorMinFailures: {
    value: 10,
    unit: 'count',
    reason: 'A bot of three requests a minute reaches it in four; a restart of the application does not.',
  },
  /** Failures without a single success, from which on they are told. */
  httpOnlyFailuresMin: {
    value: 3,
    unit: 'count',
    reason: 'At night there are few requests: three that fail and none that succeeds is an outage.',
  },
  /** Share from which on nothing but failures counts as such: sums of rates are not exact. */
  httpOnlyFailuresRatio: {
    value: 0.999,
    unit: 'ratio',
    reason: 'All of them, but for rounding.',
  },
  /** How long errors must be too many before it is told. */
  httpErrorForSeconds: {
    value: 120,
    unit: 'seconds',
    reason: 'The window smooths already; a restart of the application answers 502 for seconds.',
  },
  /** Time within which half of the requests are answered. */
  httpP50MaxSeconds: { value: 0.2, unit: 'seconds', reason: 'The specification: P50 below 200 ms.' },
  /** Time within which 95 of 100 requests are answered. */
  httpP95MaxSeconds: { value: 0.5, unit: 'seconds', reason: 'The specification: P95 below 500 ms.' },
  /** Time within which 99 of 100 requests are answered. */
  httpP99MaxSeconds: { value: 1, unit: 'seconds', reason: 'The specification: P99 below 1000 ms.' },
  /** Answers slower than `httpP99MaxSeconds` over `httpLongWindowSeconds`, from which on their share is told. */
  httpSlowMinAnswers: {
    value: 10,
    unit: 'count',
    reason: 'One slow report at night is none.',
  },
  /** Share of answers slower than `httpP99MaxSeconds`, above which it is told. */
  httpSlowMaxRatio: {
    value: 0.05,
    unit: 'ratio',
    reason:
      'The specification wants one in a hundred: five in a hundred are felt, and are no chance at this size.',
  },
  /** How long answers must be slow before it is told. */
  httpLatencyForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Its window of half an hour smooths already.',
  },
  /** Requests are counted over this window, where many come. */
  httpWindowSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'Twenty scrapes, and the window of the error rate in /health.',
  },
  /** Failures without a success are looked for over this window. */
  httpSparseWindowSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'At one request in four minutes it holds three.',
  },
  /** Requests are counted over this window, where few come. */
  httpLongWindowSeconds: {
    value: 1800,
    unit: 'seconds',
    reason: 'At 500 requests a day it holds ten of a day and none of a night.',
  },
  /** How long an alert of requests goes on after the last failure that counts. */
  httpKeptSeconds: {
    value: 600,
    unit: 'seconds',
    reason: 'At few requests a minute without a failure is no recovery.',
  },
  /** Share of checks from outside that must not fail over `errorBudgetPeriodSeconds`. */
  availabilityTargetRatio: {
    value: 0.999,
    unit: 'ratio',
    reason: 'The specification: uptime above 99.9 %. Over 30 days that leaves 43 minutes.',
  },
  /** Share of requests that must not fail over `errorBudgetPeriodSeconds`. */
  requestsTargetRatio: {
    value: 0.99,
    unit: 'ratio',
    reason:
      'The specification: an error rate below 1 %. At 500 requests a day 99.9 % would allow one failure in two days.',
  },
  /** The error budget, the share that may fail, is that of so long a time. */
  errorBudgetPeriodSeconds: {
    value: 30 * 86_400,
    unit: 'seconds',
    reason: 'The period of the SRE workbook: its burn rates are made for it.',
  },
  /** A burn rate is told from so many failures within its longer window on. */
  errorBudgetMinFailures: {
    value: 10,
    unit: 'count',
    reason: 'A guard on requests would shut a small bot out; fewer failures are chance.',
  },
  /** How long the budget must burn fast before it is told. */
  errorBudgetFastForSeconds: {
    value: 120,
    unit: 'seconds',
    reason: 'An outage that has an alert of its own is told by that one first.',
  },
  /** How long the budget must burn slowly before it is told. */
  errorBudgetSlowForSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'Its windows are days long: a quarter of an hour costs nothing.',
  },
  /** Share of calls to an AI provider that are to succeed. */
  aiSuccessTargetRatio: { value: 0.95, unit: 'ratio', reason: 'The specification: AI success above 95 %.' },
  /** Share of calls to an AI provider that succeed, below which it is told. */
  aiSuccessMinRatio: { value: 0.9, unit: 'ratio', reason: 'The specification: an alert below 90 %.' },
  /** Failed calls within `aiWindowSeconds`, from which on their share is told. */
  aiMinFailures: {
    value: 5,
    unit: 'count',
    reason: 'Of a few calls at night one or two fail by chance.',
  },
  /** Failed calls without a single success, from which on they are told. */
  aiOnlyFailuresMin: {
    value: 10,
    unit: 'count',
    reason: 'At eight calls an hour ten take more than an hour.',
  },
  /** Share of successes up to which none counts as such. */
  aiOnlyFailuresRatio: {
    value: 0.001,
    unit: 'ratio',
    reason: 'None, but for rounding.',
  },
  /** Calls to AI providers are counted over this window. */
  aiWindowSeconds: {
    value: 1800,
    unit: 'seconds',
    reason: 'They are rarer than requests: in five minutes there are seldom five failures.',
  },
  /** Share of calls over `aiHourWindowSeconds` that succeed, below which it is told. */
  aiHourMinRatio: {
    value: 0.5,
    unit: 'ratio',
    reason: 'Where few calls are made one of ten fails by chance, and every second one does not.',
  },
  /** The same over this window, where few are made. */
  aiHourWindowSeconds: {
    value: 3600,
    unit: 'seconds',
    reason: 'At eight calls an hour half an hour holds four of them.',
  },
  /** Failures without a success are looked for over this window ... */
  aiSparseWindowSeconds: {
    value: 7200,
    unit: 'seconds',
    reason: 'At eight calls an hour it holds sixteen.',
  },
  /** ... and over this one. */
  aiLongWindowSeconds: {
    value: 21600,
    unit: 'seconds',
    reason: 'At night a provider is hardly called: a quota that is used up stays so until morning.',
  },
  /** How long an alert of calls goes on after the last failure that counts. */
  aiKeptSeconds: {
    value: 1800,
    unit: 'seconds',
    reason: 'A window of half an hour says little at few calls: one message for one outage.',
  },
  /** How long calls to an AI provider must fail too often before it is told. */
  aiFailingForSeconds: {
    value: 300,
    unit: 'seconds',
    reason: 'The window smooths already; a provider that is down has an alert of its own within two minutes.',
  },
  /** Share by which the active users of a day may be fewer than usual. */
  activeUsersMaxDropRatio: {
    value: 0.2,
    unit: 'ratio',
    reason: 'The specification: an alert when they fall by more than 20 %.',
  },
  /** Usual active users from which on a fall is told. */
  activeUsersMinBaseline: {
    value: 20,
    unit: 'count',
    reason: 'Of fewer, chance alone takes a fifth.',
  },
  /** Standard deviations of chance (the square root of the usual count) that a fall must exceed as well. */
  activeUsersMinDeviations: {
    value: 3,
    unit: 'count',
    reason: 'Of 89 people chance takes or adds nine: a fall of 20 % is 18 and happens; one of 29 does not.',
  },
  /** How long the active users must be too few before it is told. */
  activeUsersDropForSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'The figure of a day may still move in the ten minutes after it.',
  },
  /** A certificate that expires sooner is told. */
  certificateExpirySeconds: {
    value: 14 * 86_400,
    unit: 'seconds',
    reason: "Let's Encrypt renews 30 days ahead: two weeks are left when that has failed for two weeks.",
  },
  /** A certificate that expires sooner rings. */
  certificateCriticalSeconds: {
    value: 3 * 86_400,
    unit: 'seconds',
    reason: 'With three days left a weekend may be all of them.',
  },
  /** How long a certificate must be about to expire before it is told. */
  certificateExpiryForSeconds: {
    value: 900,
    unit: 'seconds',
    reason: 'Two weeks are left: a look at a server that has not loaded its new certificate yet can wait.',
  },
  /** How long the last known figure stands in an alert after its series is gone. */
  lastKnownHeldForSeconds: {
    value: 3600,
    unit: 'seconds',
    reason:
      'An exporter that is away or restarting has seen no recovery: without this its alerts would turn green.',
  },
  /** How long a scrape target must be away before it is told. */
  targetDownForSeconds: {
    value: 60,
    unit: 'seconds',
    reason: 'Four scrapes in a row: a container that restarts is back sooner.',
  },
  /** Prometheus scrapes and evaluates at this interval; Grafana needs the same one for $__rate_interval. */
  scrapeIntervalSeconds: {
    value: 15,
    unit: 'seconds',
    reason: 'A scrape serves what is known and costs nothing; 15 s keeps the way to an alert short.',
  },
} as const satisfies Record<string, Threshold>;

/** One burn rate of the error budget and the two windows that must both be above it, in Prometheus's notation. */
export interface BurnRate {
  readonly severity: 'critical' | 'info';
  readonly long: string;
  readonly short: string;
  /** How many times faster than the target allows. */
  readonly factor: number;
}

/** https://sre.google/workbook/alerting-on-slos/, table 5-8: 2 % of the budget in 1 h, 5 % in 6 h, 10 % in 1 and 3 days. */
export const burnRates: readonly BurnRate[] = [
  { severity: 'critical', long: '1h', short: '5m', factor: 14.4 },
  { severity: 'critical', long: '6h', short: '30m', factor: 6 },
  { severity: 'info', long: '1d', short: '2h', factor: 3 },
  { severity: 'info', long: '3d', short: '6h', factor: 1 },
];
