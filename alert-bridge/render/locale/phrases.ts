import type { BridgeStateLostBody, EventKind, Severity } from '../../model/signal.ts';
import type { LateCause } from '../../model/incident.ts';

export type Locale = 'ru' | 'en';

/** A time as a person reads it; the date only when it is not today's. */
export interface Moment {
  readonly date?: string;
  readonly time: string;
}

/** Text of ours with commands between backticks, which are shown as code. */
export type Marked = string;

/** Everything a person reads, in one language. Counts are whole numbers, other arguments finished texts. */
export interface Phrases {
  /** luxon format of a date. */
  readonly dateFormat: string;
  readonly unknownTime: string;
  readonly units: Readonly<Record<'d' | 'h' | 'min' | 's' | 'ms', string>>;
  readonly underOneSecond: string;
  readonly underOneDay: string;
  /** A figure as the reader writes it. */
  readonly number: (figure: number) => string;
  /** What alerts count. */
  readonly counted: Readonly<Record<'days' | 'tasks', (count: number) => string>>;
  /** So much less than usual; with a percentage. */
  readonly belowUsual: (share: string) => string;

  /** Heading of a message about one event, without its emoji. */
  readonly headings: Readonly<Record<Exclude<EventKind, 'custom' | 'bridge_state_lost'>, string>>;
  /** The same of the one of several bridges that tells of itself. */
  readonly oneOfSeveral: Readonly<
    Record<'bridge_started' | 'bridge_stopped' | 'bridge_crashed' | 'bridge_state_lost', string>
  >;
  readonly payments: (count: number) => string;
  readonly newUsers: (count: number) => string;

  /** What the application calls its kinds of payment; others are shown as they are. */
  readonly paymentTypes: Readonly<Record<string, string>>;
  /** Names of the facts, written before a colon. */
  readonly facts: Readonly<
    Record<
      | 'value'
      | 'user'
      | 'source'
      | 'amount'
      | 'paymentType'
      | 'reason'
      | 'file'
      /** Versions: the one that was found, and the newest that is known. */
      | 'schema'
      | 'chat'
      /** Of Alertmanager or Grafana: whom its alerts are sent to. */
      | 'receiver'
      | 'total',
      string
    >
  >;
  readonly links: {
    readonly runbook: string;
    readonly query: string;
    readonly grafana: string;
    readonly status: string;
  };

  /** How many alerts of an incident fire and how many are over; one of the two may be 0. */
  readonly members: (firing: number, resolved: number) => string;
  readonly andMore: (count: number) => string;
  /** The rest of a list follows in the next message. */
  readonly moreFollows: (count: number) => string;
  readonly repeats: (count: number, last: Moment) => string;
  /** Of a message that a newer one has taken the place of. */
  readonly goesOn: string;
  /** Before the name of what is over, where its rule has no words for that. */
  readonly resolved: string;
  readonly lasted: (duration: string, span: string, severity: Severity) => string;
  readonly since: (began: Moment) => string;
  /** Of an incident that goes on, as far as it is known at that moment. */
  readonly burningFor: (duration: string, began: Moment, asOf: Moment) => string;
  /** Of what began so often within that time, and in what state it is now. */
  readonly flapping: (count: number, duration: string, isFiring: boolean) => string;
  /** Of an incident that is told again. */
  readonly stillBurning: (duration: string) => string;
  /** Of an incident that burns for so long, and rings again. */
  readonly untaken: (duration: string) => string;
  /** Why another chat is told of it, that long after its beginning. */
  readonly passedOn: (duration: string) => string;
  /** Before and after the name of who looks after it. */
  readonly taken: { readonly by: string; readonly since: (at: Moment) => string };
  /** By how much a message is late, and why; `began`, `happened` or `overBeforeDelivery` follows as a sentence. */
  readonly late: (delay: string, cause: LateCause) => string;
  readonly began: (at: Moment) => string;
  readonly happened: (at: Moment) => string;
  readonly overBeforeDelivery: string;

  readonly report: ReportPhrases;
  /** What a digest stands for: so many alerts of a severity. */
  readonly digest: (severity: Severity, members: number) => string;
  /** The same when all of it is over. */
  readonly digestOver: (severity: Severity, members: number) => string;
  /** Why it is a digest, and where the rest is. */
  readonly digestNote: string;
  /** Heading of what quiet hours, or a maintenance, held. */
  readonly quiet: (members: number, firing: number, isMaintenance: boolean) => string;
  readonly resolvedOf: (resolved: number, members: number) => string;

  /** What to look at first when the bot has stopped. */
  readonly botStopped: Marked;
  /** How long the bridge was down, and what to look at. */
  readonly crashed: (downtime: string, span: string) => Marked;
  /** For how long the bridge took no alerts. */
  readonly gap: (duration: string, span: string) => string;
  /** After a gap, each with the number of alerts. */
  readonly stillFiring: (count: number) => string;
  readonly closedUnseen: (count: number) => string;
  readonly topicGone: Marked;
  /** Before the name of the page that says how. */
  readonly changeSecrets: string;
  readonly remindedWeekly: string;
  /** So many alerts of a notification were cut off. */
  readonly truncated: (hidden: number) => Marked;
  readonly stateLost: Readonly<
    Record<BridgeStateLostBody['cause'], { readonly title: string; readonly text: Marked }>
  >;

  /** Of the plain message that is sent when rendering failed. */
  readonly notRendered: string;
  /** Telegram refuses what a message says. */
  readonly notTaken: string;
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
