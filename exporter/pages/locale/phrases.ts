import type { Group, Overall } from '../model.ts';

export type Unit = 'second' | 'minute' | 'hour' | 'day';

/** Everything a reader of the pages reads, in one language. Counts are whole numbers, other arguments finished texts. */
export interface Phrases {
  /** For the attribute `lang`. */
  readonly language: 'ru' | 'en';
  /** For Intl. */
  readonly intl: string;
  /** A duration as in "for 5 minutes". */
  readonly lasting: (count: number, unit: Unit) => string;
  readonly underOneSecond: string;
  readonly ago: (duration: string) => string;

  readonly overall: Readonly<Record<Overall, string>>;
  /** Of the heading, when nothing fails. */
  readonly overallNote: Readonly<Partial<Record<Overall, string>>>;
  readonly groups: Readonly<Record<Group, string>>;
  /** What is wrong when a component is down, for so long. */
  readonly trouble: (component: string, name: string, duration: string | undefined) => string;
  readonly silentCheck: (name: string, duration: string | undefined) => string;
  readonly andMore: (count: number) => string;
  readonly states: Readonly<Record<'healthy' | 'unhealthy' | 'unknown' | 'stale', string>>;
  /** In place of "not working": components that work, and of which there is too little. */
  readonly scarce: Readonly<Partial<Record<string, string>>>;
  /** Unknown, since the component that it depends on is down. */
  readonly blocked: (dependency: string) => string;
  /** Since a time of day. */
  readonly since: (time: string) => string;
  /** One failure that has not made it down. */
  readonly lastCheckFailed: string;

  readonly facts: {
    readonly free: (bytes: string) => string;
    readonly workers: (count: number) => string;
    readonly pending: (count: number) => string;
    readonly certificateDays: (days: number) => string;
    readonly certificateExpired: string;
  };
  readonly figures: {
    readonly heading: string;
    readonly activeUsers: string;
    readonly newUsers: string;
    readonly users: string;
    readonly subscriptions: string;
    readonly requestsPerMinute: string;
    readonly errorRate: string;
    readonly unknown: string;
  };
  readonly strip: {
    readonly legend: string;
    /** `duration` is that of the known part. */
    readonly summary: (percent: string, duration: string) => string;
    readonly unknown: string;
    readonly down: (duration: string) => string;
    readonly cell: (from: string, to: string) => string;
  };
  readonly disabled: (count: number) => string;
  readonly dataAt: (time: string, timezone: string) => string;
  readonly refresh: string;
  readonly noData: string;
  readonly links: {
    readonly status: string;
    readonly celery: string;
    readonly health: string;
    readonly metrics: string;
    readonly grafana: string;
    readonly label: string;
  };
  readonly celery: CeleryPhrases;
}

export interface CeleryPhrases {
  readonly replying: (count: number) => string;
  readonly hung: (count: number) => string;
  readonly busy: (count: number) => string;
  readonly nobody: string;
  readonly disabled: string;
  readonly unknown: string;
  /** What is shown was seen so long ago. */
  readonly old: (ago: string) => string;
  readonly workers: string;
  readonly noWorkers: string;
  readonly standing: Readonly<Record<'replying' | 'busy' | 'silent' | 'gone', string>>;
  readonly lastReply: (ago: string) => string;
  readonly uptime: (duration: string) => string;
  readonly concurrency: (count: number) => string;
  readonly prefetch: (count: string) => string;
  readonly notInspected: string;
  readonly active: string;
  readonly idle: string;
  readonly notBegun: string;
  readonly reserved: string;
  readonly more: (count: number) => string;
  readonly queues: string;
  readonly queue: string;
  readonly priority: string;
  readonly priorities: string;
  readonly total: string;
  readonly oldest: string;
  readonly empty: (names: string) => string;
  readonly unacked: (count: string) => string;
  /** `task` is the one that was taken first; empty where it is not known. */
  readonly redelivery: (time: string, task: string) => string;
  readonly scheduled: (count: number, first: string) => string;
  readonly failures: string;
  readonly noFailures: (finished: string) => string;
  /** Of results without a name, and how to get it. */
  readonly nameless: string;
  readonly exception: string;
  readonly failedOf: string;
  readonly lastTime: string;
  readonly beat: string;
  readonly noBeatTables: string;
  readonly beatNeverRan: string;
  readonly beatLastRun: (time: string) => string;
  readonly beatEntries: (count: number) => string;
  readonly beatNext: (entry: string, time: string) => string;
  readonly lateEntry: string;
  readonly lateFor: string;
  readonly tasks: string;
  readonly task: string;
  readonly running: string;
  readonly taken: string;
  readonly begun: string;
  readonly begunNote: string;
  readonly noTasks: string;
}
