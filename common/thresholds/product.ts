import type { Threshold } from './threshold.ts';

/** Figures of AI providers and active users. */
export const product = {
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
} as const satisfies Record<string, Threshold>;
