import { WATCHDOG_ALERT } from '../model/signal.ts';

/** Which hop of the chain is broken, asked from its beginning to its end. */
export type Diagnosis =
  /** Prometheus does not answer. */
  | 'prometheus_down'
  /** Prometheus runs, but the rule of the Watchdog is not firing there: rules not loaded, evaluation stuck. */
  | 'rule_not_firing'
  | 'alertmanager_down'
  /** Alertmanager runs and knows nothing of the Watchdog: Prometheus does not reach it. */
  | 'alertmanager_not_told'
  /** Somebody silenced it, or another alert inhibits it. */
  | 'muted'
  /** Alertmanager has it and does not reach this bridge: address or token. */
  | 'webhook_failing';

/** The JSON behind a URL. Rejects when there is no good answer in time. */
export type GetJson = (url: string) => Promise<unknown>;

export interface ChainUrls {
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** Asks Prometheus (`/api/v1/alerts`) and Alertmanager (`/api/v2/alerts`) what they know of the Watchdog. */
export async function diagnose(urls: ChainUrls, getJson: GetJson): Promise<Diagnosis> {
  const firing = await attempt(() => getJson(`${urls.prometheus}/api/v1/alerts`));
  if (firing === undefined) return 'prometheus_down';
  if (!listOf(firing, ['data', 'alerts']).some((alert) => isWatchdog(alert) && alert['state'] === 'firing')) {
    return 'rule_not_firing';
  }
  const known = await attempt(() => getJson(`${urls.alertmanager}/api/v2/alerts`));
  if (known === undefined) return 'alertmanager_down';
  const watchdog = listOf(known, []).find(isWatchdog);
  if (watchdog === undefined) return 'alertmanager_not_told';
  const status = watchdog['status'];
  return isObject(status) && status['state'] === 'suppressed' ? 'muted' : 'webhook_failing';
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const isWatchdog = ({ labels }: Json): boolean => isObject(labels) && labels['alertname'] === WATCHDOG_ALERT;

function listOf(json: unknown, path: readonly string[]): readonly Json[] {
  const found = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), json);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

async function attempt(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return (await ask()) ?? {};
  } catch {
    return undefined;
  }
}
