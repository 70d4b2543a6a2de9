import type { Threshold } from './threshold.ts';

/** Figures of users' requests, and the error budgets. */
export const traffic = {
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
} as const satisfies Record<string, Threshold>;
