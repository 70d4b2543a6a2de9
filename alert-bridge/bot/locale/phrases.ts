import type { SilenceLength, SilenceStep } from '../actions.ts';
import type { CommandName } from '../commands.ts';
import type { Marked } from '../../render/locale/phrases.ts';
import type { BlastRadius } from '../silence.ts';

/** Everything that the bot says, in one language. Arguments are finished texts, counts are whole numbers. */
export interface BotPhrases {
  readonly buttons: Readonly<
    Record<Exclude<SilenceStep, 'extend'> | 'acknowledge' | 'runbook' | 'log' | 'previous' | 'next', string>
  > & {
    readonly extend: (length: SilenceLength) => string;
    readonly expire: (number: number) => string;
  };
  readonly lengths: Readonly<Record<SilenceLength, string>>;
  readonly quotes: readonly [opening: string, closing: string];
  /** What a command does, for Telegram's list and `/help`. */
  readonly commands: Readonly<Record<CommandName, string>>;
  /** How commands with arguments are written: as code, because a touch sends a command without them. */
  readonly examples: Readonly<Partial<Record<CommandName, readonly string[]>>>;
  readonly help: string;
  readonly unknownCommand: (name: string) => string;

  readonly status: {
    /** Before {@link of}: components that are neither down nor unknown. */
    readonly good: string;
    readonly of: (good: number, all: number) => string;
    readonly unknown: string;
    /** Unknown, since the component that it depends on is down. */
    readonly blocked: (dependency: string) => string;
    readonly disabled: string;
    /** `isOld`: as it was last known. */
    readonly alerts: (firing: number, critical: number, muted: number, isOld: boolean) => string;
    readonly silences: (count: number, firstEnd: string) => string;
    readonly queue: (count: number) => string;
  };
  readonly exporterSilent: Marked;
  readonly alertmanagerSilent: string;
  /** Before what the bridge itself was last told, while Alertmanager is away. */
  readonly lastKnown: string;

  readonly alertsTitle: (count: number) => string;
  readonly noAlerts: string;
  readonly since: (time: string) => string;
  readonly andMore: (count: number) => string;

  readonly silencesTitle: (count: number) => string;
  readonly noSilences: string;
  readonly until: (time: string) => string;
  readonly untilOver: string;
  /** Of a time interval of Alertmanager: how many alerts it mutes now; undefined where that is not known. */
  readonly interval: (muted: number | undefined) => string;
  readonly maintenance: {
    readonly until: (time: string) => string;
    readonly held: string;
    readonly none: string;
    readonly usage: Marked;
  };

  readonly kpi: {
    readonly title: string;
    readonly day: (date: string) => string;
    readonly noDay: string;
    readonly silent: string;
    readonly active24h: string;
    readonly requestsPerMinute: string;
    readonly errorRate: string;
    readonly users: string;
    readonly active: string;
    readonly new: string;
    readonly subscriptions: string;
    /** People with a subscription. */
    readonly paying: string;
    readonly trial: string;
    readonly expenses: string;
    readonly ai: string;
    readonly unknown: string;
  };
  readonly celery: {
    readonly title: string;
    readonly unknown: string;
    readonly workers: (working: number, hung: number) => string;
    /** Figures as they are written, or a dash. */
    readonly messages: (queued: string, unacked: string, scheduled: string) => string;
    readonly redelivery: (time: string) => string;
    readonly failures: string;
    readonly noFailures: (finished: string) => string;
    readonly failed: (failed: string, finished: string) => string;
    /** How to get the name of a task that has none. */
    readonly nameless: string;
    readonly beat: string;
    readonly noBeat: string;
    readonly neverRan: string;
    readonly lastRun: (time: string) => string;
    readonly due: (time: string) => string;
  };
  /** With yesterday, as the reader writes it. */
  readonly reportUsage: (yesterday: string) => Marked;

  readonly mute: {
    readonly usage: Marked;
    readonly everything: string;
    readonly notTheWatchdog: string;
    /** Before and after the name of what is muted. */
    readonly preview: (length: SilenceLength) => { readonly before: string; readonly after: string };
    readonly radius: (radius: BlastRadius) => string;
    /** Of a mute of everything. */
    readonly everythingCritical: string;
    readonly radiusUnknown: string;
    /** After its name. */
    readonly active: (until: string) => string;
    readonly activeUntilOver: string;
    readonly over: string;
    /** Of one until its incident is over, when it is. */
    readonly isOver: string;
    /** Asked until it is over, of nothing, or of more than one incident. */
    readonly noIncident: Marked;
    readonly whichIncident: Marked;
    readonly cancelled: string;
    readonly outdated: string;
    readonly ending: (until: string, radius: BlastRadius) => string;
  };

  /** Shown for a moment to whoever pressed a button; at most 200 characters. */
  readonly toasts: {
    readonly acknowledged: string;
    readonly alreadyAcknowledged: (by: string) => string;
    readonly nothingKnown: string;
    readonly alertmanagerSilent: string;
    readonly failed: string;
    readonly muted: (until: string) => string;
    readonly mutedUntilOver: string;
    readonly unmuted: string;
    readonly over: string;
    readonly cancelled: string;
    readonly outdated: string;
    readonly extended: (until: string) => string;
    readonly lettingRing: string;
  };
  readonly runbookMissing: string;
  /** Heading of the log of a check-in. */
  readonly logOf: (name: string) => string;
}
