import type { BridgeStateLostBody, EventKind, Severity } from '../../signal.ts';
import type { LateCause } from '../../thread.ts';

export type Locale = 'ru' | 'en';

/** A time as a person reads it; the date only when it is not today's. */
export interface Moment {
  readonly date?: string;
  readonly time: string;
}

/** Everything a person reads, in one language. Arguments are finished texts, counts are whole numbers. */
export interface Phrases {
  /** luxon format of a date. */
  readonly dateFormat: string;
  readonly unknownTime: string;
  readonly units: { readonly d: string; readonly h: string; readonly min: string; readonly s: string };
  readonly underOneSecond: string;
  /** What alerts count. */
  readonly counted: Readonly<Record<'days' | 'tasks', (count: number) => string>>;

  /** Heading of a message about one event, without its emoji. */
  readonly headings: Readonly<Record<Exclude<EventKind, 'custom'>, string>>;
  /** Before the name of the one of several bridges that tells of itself. */
  readonly oneOfSeveral: Readonly<
    Record<'bridge_started' | 'bridge_stopped' | 'bridge_crashed' | 'bridge_state_lost', string>
  >;
  readonly payments: (count: string) => string;
  readonly newUsers: (count: string) => string;

  /** What the application calls its kinds of payment; others are shown as they are. */
  readonly paymentTypes: Readonly<Record<string, string>>;
  /** Names of the facts, written before a colon. */
  readonly facts: {
    readonly component: string;
    readonly value: string;
    readonly started: string;
    readonly time: string;
    readonly user: string;
    readonly source: string;
    readonly amount: string;
    readonly paymentType: string;
    readonly version: string;
    readonly environment: string;
    readonly reason: string;
    readonly down: string;
    readonly file: string;
    /** Versions: the one that was found, and the newest that is known. */
    readonly schema: string;
    readonly chat: string;
    /** Of Alertmanager or Grafana: whom its alerts are sent to. */
    readonly receiver: string;
    readonly total: string;
    readonly resolved: string;
  };
  readonly links: {
    readonly runbook: string;
    readonly query: string;
    readonly grafana: string;
    readonly status: string;
  };

  /** How many alerts of an incident fire and how many are over; one of the two may be 0. */
  readonly members: (firing: number, resolved: number) => string;
  readonly andMore: (count: string) => string;
  /** The rest of a list follows in the next message. */
  readonly moreFollows: (count: string) => string;
  readonly repeats: (count: string, last: Moment) => string;
  /** Of a message that a newer one has taken the place of. */
  readonly goesOn: string;
  readonly lasted: (duration: string) => string;
  /** Of an incident that goes on, as far as it is known at that moment. */
  readonly burningFor: (duration: string, at: string) => string;
  /** Of what began so often within that time, and in what state it is now. */
  readonly flapping: (count: number, duration: string, isFiring: boolean) => string;
  /** Of an incident that is told again. */
  readonly stillBurning: (duration: string) => string;
  readonly late: (happened: string, delivered: string, cause: LateCause) => string;
  readonly resolvedBeforeDelivery: string;

  readonly report: ReportPhrases;
  /** What a digest stands for: so many alerts of a severity, of so many names. */
  readonly digest: (severity: Severity, members: number, names: number) => string;
  /** Why it is a digest. */
  readonly digestNote: string;
  /** Heading and note of what quiet hours held. */
  readonly quiet: (members: number, names: number) => string;
  readonly quietNote: string;
  readonly resolvedOf: (resolved: number, members: number) => string;

  /** Of the plain message that is sent when rendering failed. */
  readonly notRendered: string;
  /** Telegram refuses what a message says. */
  readonly notTaken: string;
  /** After a gap, each with the number of alerts. */
  readonly stillFiring: (count: string) => string;
  readonly closedUnseen: (count: string) => string;
  readonly topicGone: string;
  /** So many alerts of a notification were cut off. */
  readonly truncated: (hidden: number) => string;
  readonly stateLost: Readonly<Record<BridgeStateLostBody['cause'], string>>;
}

/** The daily report, in the words of the specification ("Ежедневный отчет"). Counts and amounts are finished texts. */
export interface ReportPhrases {
  readonly title: (date: string) => string;
  readonly exporterSilent: string;
  readonly noData: string;
  readonly users: {
    readonly title: string;
    readonly total: string;
    readonly active: (isYesterday: boolean) => string;
    readonly new: (isYesterday: boolean) => string;
    readonly retention: string;
  };
  readonly finance: {
    readonly title: string;
    readonly expenses: string;
    readonly incomes: string;
    readonly subscriptions: string;
    readonly booked: (records: string, amount: string) => string;
    readonly active: (count: number) => string;
    /** How many people pay, and how many only try. */
    readonly people: (paying: number, trial: number) => string;
  };
  readonly ai: {
    readonly title: string;
    readonly requests: string;
    readonly success: string;
    readonly tokens: string;
    readonly cost: string;
  };
  readonly categories: { readonly title: string; readonly none: string };
  readonly records: (count: number) => string;
  readonly errors: string;
  readonly formed: string;
}
