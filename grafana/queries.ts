import { burnRates, thresholds } from '../common/thresholds.ts';
import { catalog as exporter } from '../exporter/metrics/catalog.ts';
import { above, below } from './panels.ts';
import type { Query, Steps } from './panels.ts';
import type { Words } from './words.ts';

/** From how many days on a disk is no worry, and below how many it is told. */
const DISK_DAYS = { calm: 7, today: thresholds.diskFillingSeconds.value / 86_400 };
/** Longer is not told. */
const DISK_DAYS_MAX = 365;

type Sli = 'requests' | 'probe';

const targets: Readonly<Record<Sli, number>> = {
  requests: thresholds.requestsTargetRatio.value,
  probe: thresholds.availabilityTargetRatio.value,
};

/** The share that may fail. Rounded: 1 - 0.999 is not 0.001 in binary. */
export const allowedRatio = (sli: Sli): number => Number((1 - targets[sli]).toFixed(6));

export const availabilitySteps = (sli: Sli): Steps => below(targets[sli]);
export const budgetSteps: Steps = [
  { color: 'red' },
  { color: 'orange', from: 0 },
  { color: 'green', from: 0.25 },
];
export const aiSteps: Steps = below(thresholds.aiSuccessTargetRatio.value);
export const errorSteps: Steps = above(allowedRatio('requests'));
export const diskSteps: Steps = [
  { color: 'red' },
  { color: 'orange', from: DISK_DAYS.today },
  { color: 'green', from: DISK_DAYS.calm },
];
export const overAYear = (text: string) => ({ [String(DISK_DAYS_MAX)]: { text, color: 'green' } });

const requests = exporter.httpRequests.name;

/** Growth of a counter in whole things: Prometheus extrapolates to the ends of the window. */
export const growth = (name: string, window: string, by = '', offset = ''): string =>
  `round(sum${by === '' ? '' : ` by (${by})`} (increase(${name}[${window}]${offset})))`;

export const quantile = (share: number, name: string, window: string, by = '', labels = ''): string =>
  `histogram_quantile(${share}, sum by (${by === '' ? '' : `${by}, `}le) (rate(${name}_bucket${labels}[${window}])))`;

/** As the alerts do: administrators and scanners are no users. */
export const OF_USERS = 'route!~"admin|other"';

/** No 5xx yet is zero as soon as there are requests at all. */
export const errorRatio = (window: string): string => {
  const all = `sum(rate(${requests}{${OF_USERS}}[${window}]))`;
  return `(sum(rate(${requests}{code=~"5..", ${OF_USERS}}[${window}])) or 0 * ${all}) / ${all}`;
};

export const failures = (window: string, sli: Sli): string =>
  `max(slo:errors:ratio_rate${window}{sli="${sli}"})`;

export const budgetLeft = (sli: Sli): string => `1 - ${failures('30d', sli)} / ${allowedRatio(sli)}`;

export const aiSuccess = (window: string, by = ''): string => {
  const sum = (name: string): string => `sum${by === '' ? '' : ` by (${by})`} (increase(${name}[${window}]))`;
  const all = `(${sum(exporter.aiRequests.name)} > 0)`;
  return `1 - (${sum(exporter.aiRequestsFailed.name)} or 0 * ${all}) / ${all}`;
};

export const activity = `max(${exporter.dailyActiveUsers.name}) / max(${exporter.dailyActiveUsersBaseline.name})`;

/** In how many days a disk is full at the pace of the last day, after an hour of history. */
export const diskLasts = ((): string => {
  const free = exporter.hostDiskFree.name;
  return `(clamp_max(${free} / clamp_min(-deriv(${free}[1d]), 1) / 86400, ${DISK_DAYS_MAX}) and ${free} offset 1h)`;
})();

const quantiles = [
  { share: 0.5, color: 'light-blue', limit: thresholds.httpP50MaxSeconds.value },
  { share: 0.95, color: 'purple', limit: thresholds.httpP95MaxSeconds.value },
  { share: 0.99, color: '#56d0d6', limit: thresholds.httpP99MaxSeconds.value },
] as const;

/** P50, P95 and P99 in milliseconds, or in what `factor` makes of seconds. */
export const quantileLines = (name: string, window: string, factor = 1000, labels = ''): readonly Query[] =>
  quantiles.map(({ share, color }) => ({
    expr: `${quantile(share, name, window, '', labels)} * ${factor}`,
    legend: `P${share * 100}`,
    color,
  }));

/** Of users' requests, in milliseconds. */
export const latencyLines = (window: string): readonly Query[] =>
  quantileLines(exporter.httpRequestDuration.name, window, 1000, `{${OF_USERS}}`);

export const latencyLimits: Steps = [
  { color: 'transparent' },
  ...quantiles.map(({ color, limit }) => ({ color, from: limit * 1000 })),
];

/** The tiles of response times, their steps in milliseconds. */
export const latencyTiles = ({ names, units }: Words) =>
  quantiles.map(({ share, limit }, index) => ({
    name: [names.p50, names.p95, names.p99][index] ?? '',
    expr: `${quantile(share, exporter.httpRequestDuration.name, '1h', '', `{${OF_USERS}}`)} * 1000`,
    alive: exporter.buildInfo.name,
    unit: units.ms,
    decimals: 0,
    steps: above(limit * 1000),
  }));

export const burnLimits: Steps = [
  { color: 'transparent' },
  ...['1d', '1h'].map((window) => {
    const rate = burnRates.find(({ long }) => long === window);
    if (rate === undefined) throw new RangeError(`No burn rate of ${window}`);
    return { color: rate.severity === 'critical' ? 'red' : 'orange', from: rate.factor };
  }),
];

/** A figure of a whole day, drawn on that day: exporters have it soon after midnight of the next one. */
export const ofDay = (name: string): Pick<Query, 'expr' | 'interval'> => ({
  expr: `max(last_over_time(${name}[10h] offset -36h))`,
  interval: '1d',
});

/** Rows, or one row that says there is none while `alive` is known: an empty table would be "no data". */
export const orNone = (rows: string, label: string, none: string, alive: string): string =>
  `${rows} or on () label_replace(0 * max(${alive}), "${label}", "${none}", "", "")`;
