import type { Threshold } from './threshold.ts';

/** Figures of what the bot depends on. */
export const components = {
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
} as const satisfies Record<string, Threshold>;
