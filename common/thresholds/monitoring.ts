import type { Threshold } from './threshold.ts';

/** Figures of the monitoring itself. */
export const monitoring = {
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
