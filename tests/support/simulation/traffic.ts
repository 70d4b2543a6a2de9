import { noise, poisson, seeded, type Random } from './random.ts';

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;

/** A bot as its users make it. */
export interface Bot {
  readonly users: number;
  /** Share of the answers that are a 500, by chance. */
  readonly errorShare: number;
  /** Instead of `errorShare`: exactly so many 500s, spread over the whole time. */
  readonly errors?: number;
}

/** What is different from `from` until just before `to`, in seconds of the simulation. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  /** How every request of a user ends. */
  readonly answer?: { readonly code?: string; readonly seconds?: number };
  /** So many requests of users, instead of what the hour would bring. `regular`: one as long after the other. */
  readonly requests?: { readonly perMinute: number; readonly regular?: boolean };
  /** What becomes of the calls to AI providers, all or one; `perDay` is for each of them, whatever the hour. */
  readonly calls?: { readonly provider?: string; readonly failing?: number; readonly perDay?: number };
  /** Requests of others than users, spread over the time of the fault. */
  readonly scan?: { readonly found: number; readonly refused: number };
  /** Components that cannot be reached. */
  readonly down?: readonly string[];
  /** They refuse connections, as a program does that restarts; else checks wait until they time out. */
  readonly isRefused?: boolean;
  /** Components that cannot be asked, each because of another one. */
  readonly blocked?: Readonly<Record<string, string>>;
  /** The job of Prometheus whose target does not answer. */
  readonly away?: string;
  /** Gauges that show something else, by name, or by name and component (`name:component`). */
  readonly gauges?: Readonly<Record<string, (time: number) => number | undefined>>;
  /** So much of a counter is lost when the fault begins, by name: its state is that of a while ago. */
  readonly loses?: Readonly<Record<string, number>>;
}

export interface World {
  readonly bot: Bot;
  readonly seed: number;
  /** Seconds from one sample to the next. */
  readonly step: number;
  /** How many seconds are played. */
  readonly length: number;
  /** The hour at which the simulation begins, counted from midnight of a Thursday. */
  readonly hour: number;
  readonly faults: readonly Fault[];
  /** What counters have counted before the simulation, by name, where it is not the usual. */
  readonly past?: Readonly<Record<string, number>>;
}

export interface Answer {
  readonly method: 'GET' | 'POST';
  readonly code: string;
  readonly route: 'webhook' | 'admin' | 'other';
  readonly seconds: number;
}

export interface Calls {
  readonly made: number;
  readonly failed: number;
}

/** What happens from one sample to the next. */
export interface Step {
  readonly answers: readonly Answer[];
  readonly calls: ReadonlyMap<string, Calls>;
}

export const PROVIDERS = ['openai', 'google'] as const;

/** Nearly nobody at night, a little peak at noon and a larger one in the evening; 24 on average times one. */
const BY_HOUR = [
  0.05, 0.02, 0.01, 0.01, 0.01, 0.03, 0.15, 0.5, 0.9, 1.2, 1.3, 1.4, 1.7, 1.6, 1.4, 1.3, 1.4, 1.6, 1.9, 2.1,
  1.9, 1.4, 0.8, 0.32,
];
const USUAL_HOUR = BY_HOUR.reduce((sum, share) => sum + share, 0) / BY_HOUR.length;
const WEEKEND = 0.75;
const CALLS_PER_USER = 1234 / 600;
const CALLS_FAILING = 0.03;
/** Answers of a small Django application: most take some tens of milliseconds, an expense that asks an AI longer. */
const USUAL_SECONDS = { median: 0.06, spread: 0.7 };

/** Few users are curious ones of the first days; with more of them come groups and families that write all day. */
export function requestsPerDay({ users }: Bot): number {
  const share = Math.min(1, Math.max(0, Math.log(users / 150) / Math.log(4)));
  return users * 3.5 * (16 / 3.5) ** share;
}

/** How busy it is at a time, 1 on average over a weekday. */
export function busyness(world: World, time: number): number {
  const clock = world.hour * HOUR + time;
  const share = (BY_HOUR[Math.floor((clock % DAY) / HOUR)] ?? 0) / USUAL_HOUR;
  return isWeekend(Math.floor(clock / DAY)) ? share * WEEKEND : share;
}

/** The day 0 is a Thursday; days before it are negative. */
export const isWeekend = (day: number): boolean => [2, 3].includes(((day % 7) + 7) % 7);

/** Users who enter something on a day: about half of them, fewer at weekends, some more or less by chance. */
export function activeUsers({ bot, seed }: World, day: number): number {
  const usual = bot.users * 0.45 * (isWeekend(day) ? WEEKEND : 1);
  return poisson(usual, seeded(seed * 1000 + day));
}

export const at = (world: World, time: number): readonly Fault[] =>
  world.faults.filter(({ from, to }) => time >= from && time < to);

/** Everything that happens, sample by sample: the first one is empty, since a counter is seen from then on. */
export function play(world: World): Step[] {
  const random = seeded(world.seed);
  const errors = new Set(
    Array.from({ length: world.bot.errors ?? 0 }, (_, index) =>
      Math.floor(((index + noise(world.seed + index)) / (world.bot.errors ?? 1)) * world.length),
    ),
  );
  const steps: Step[] = [{ answers: [], calls: new Map() }];
  for (let time = 0; time < world.length; time += world.step) {
    const answers = [
      ...ofUsers(world, time, random),
      ...ofScanners(world, time),
      ...ofAdmins(world, time, random),
    ];
    for (let second = time; second < time + world.step; second += 1)
      if (errors.has(second)) answers.push({ method: 'POST', code: '500', route: 'webhook', seconds: 0.1 });
    steps.push({ answers, calls: callsOf(world, time, random) });
  }
  return steps;
}

function ofUsers(world: World, from: number, random: Random): Answer[] {
  const usual = (requestsPerDay(world.bot) / DAY) * busyness(world, from);
  return arrivals(world, from, usual, random).map((time): Answer => {
    const answer = at(world, time).findLast((fault) => fault.answer !== undefined)?.answer;
    const isError = world.bot.errors === undefined && random() < world.bot.errorShare;
    const code = answer?.code ?? (isError ? '500' : '200');
    return { method: 'POST', code, route: 'webhook', seconds: answer?.seconds ?? usualSeconds(random) };
  });
}

/** The moments at which requests come within a step. */
function arrivals(world: World, from: number, usual: number, random: Random): number[] {
  const { requests } = at(world, from).findLast((fault) => fault.requests !== undefined) ?? {};
  const to = from + world.step;
  if (requests?.regular === true) {
    const every = MINUTE / requests.perMinute;
    const first = Math.ceil(from / every) * every;
    return Array.from({ length: Math.max(0, Math.ceil((to - first) / every)) }, (_, n) => first + n * every);
  }
  const perSecond = requests === undefined ? usual : requests.perMinute / MINUTE;
  return Array.from(
    { length: poisson(perSecond * world.step, random) },
    () => from + random() * world.step,
  ).toSorted((a, b) => a - b);
}

/** Who looks for holes asks for pages of others, and is answered 404, or 503 once nginx has enough of it. */
function ofScanners(world: World, from: number): Answer[] {
  const answers: Answer[] = [];
  for (const fault of world.faults) {
    if (fault.scan === undefined) continue;
    const length = fault.to - fault.from;
    const share = Math.max(0, Math.min(fault.to, from + world.step) - Math.max(fault.from, from)) / length;
    const one = { method: 'GET', route: 'other', seconds: 0.002 } as const;
    for (const [code, count] of [
      ['404', fault.scan.found],
      ['503', fault.scan.refused],
    ] as const)
      answers.push(...Array.from({ length: Math.round(count * share) }, () => ({ ...one, code })));
  }
  return answers;
}

/** The owner looks into the admin now and then; a list of all expenses takes its seconds. */
function ofAdmins(world: World, from: number, random: Random): Answer[] {
  const count = poisson((20 / DAY) * busyness(world, from) * world.step, random);
  return Array.from({ length: count }, () => ({
    method: 'GET',
    code: random() < 0.9 ? '200' : '302',
    route: 'admin',
    seconds: usualSeconds(random) * 8,
  }));
}

function callsOf(world: World, from: number, random: Random): Map<string, Calls> {
  const faults = at(world, from).flatMap(({ calls }) => calls ?? []);
  return new Map(
    PROVIDERS.map((provider) => {
      const own = faults.filter((fault) => fault.provider === undefined || fault.provider === provider);
      const usual = ((world.bot.users * CALLS_PER_USER) / PROVIDERS.length) * busyness(world, from);
      const perDay = own.findLast((fault) => fault.perDay !== undefined)?.perDay ?? usual;
      const failing = own.findLast((fault) => fault.failing !== undefined)?.failing ?? CALLS_FAILING;
      const made = poisson((perDay / DAY) * world.step, random);
      const failed = Array.from({ length: made }, () => random() < failing).filter(Boolean).length;
      return [provider, { made, failed }];
    }),
  );
}

/** Log-normal, as times of answers are: a median and a long tail. */
function usualSeconds(random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return USUAL_SECONDS.median * Math.exp(USUAL_SECONDS.spread * normal);
}

/** What comes and goes in every ordinary week, and must not be told. */
export function habits({ hour, length, seed }: Pick<World, 'hour' | 'length' | 'seed'>): Fault[] {
  const faults: Fault[] = [];
  const firstDay = Math.floor((hour * HOUR) / DAY);
  for (let day = firstDay; day * DAY < hour * HOUR + length; day += 1) {
    const midnight = day * DAY - hour * HOUR;
    const during = (clock: number, seconds: number, what: Omit<Fault, 'from' | 'to'>): void => {
      faults.push({ from: midnight + clock, to: midnight + clock + seconds, ...what });
    };
    during(4 * HOUR, 30, { away: 'exporter' });
    during(9 * HOUR + Math.floor(noise(seed + day) * 12) * HOUR, MINUTE, {
      scan: { found: 80, refused: 120 },
    });
    during(3 * HOUR, 15 * MINUTE, {
      gauges: { expensebot_host_cpu_usage_ratio: (time) => 0.93 + noise(time) * 0.04 },
    });
    // The dump is written beside the database, and removed once it has been copied.
    during(3 * HOUR, 30 * MINUTE, { gauges: { expensebot_host_disk_free_bytes: () => DISK_FREE - 2e9 } });
    if (day % 7 === 0 || day % 7 === 5) {
      during(14 * HOUR, 20, { answer: { code: '502', seconds: 0.01 } });
      during(14 * HOUR, 40, { gauges: { 'expensebot_celery_workers:replying': () => 0 } });
    }
  }
  return faults;
}

export const DISK_SIZE = 40e9;
/** What is left of it. */
export const DISK_FREE = 12e9;
