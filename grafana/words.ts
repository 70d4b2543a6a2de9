import { OVERALL, componentName } from '../common/health-words.ts';
import { ai } from './words/ai.ts';
import type { Both, PanelText } from './words/both.ts';
import { dependencies } from './words/dependencies.ts';
import { goals } from './words/goals.ts';
import { monitoring } from './words/monitoring.ts';
import * as names from './words/names.ts';
import { overview } from './words/overview.ts';
import * as shared from './words/shared.ts';
import { users } from './words/users.ts';

export type Locale = 'ru' | 'en';
export type BoardKey = 'overview' | 'goals' | 'dependencies' | 'ai' | 'users' | 'monitoring';
export type { PanelText };

type Picked<T> = T extends Both<infer V> ? V : { readonly [K in keyof T]: Picked<T[K]> };

/** Everything that a person reads on the dashboards, in both languages side by side. */
const dictionary = { ...shared, overview, goals, dependencies, ai, users, monitoring, ...names };

const COMPONENTS = [
  // Our own first: each of the two charts of response times takes its colours from one end of a palette.
  ...['database', 'redis', 'dns', 'celery_workers', 'disk_space', 'memory', 'cpu'],
  ...['telegram_api', 'telegram_webhook', 'public_endpoint'],
  ...['openai_api', 'google_ai_api', 'deepseek_api', 'qwen_api', 'openrouter_api', 'yandex_api'],
];

export type Words = Picked<typeof dictionary> & {
  readonly locale: Locale;
  readonly overall: Readonly<Record<'healthy' | 'degraded' | 'unhealthy', string>>;
  /** Components as /health calls them → their names. */
  readonly components: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, string>>;
  /** By the label of a legend: its values as regular expressions → their names. */
  readonly renames: Readonly<Record<'component' | 'provider', Readonly<Record<string, string>>>>;
};

const isBoth = (value: object): value is Both<unknown> => 'ru' in value && 'en' in value;

function pick(value: object, locale: Locale): unknown {
  if (isBoth(value)) return value[locale];
  return Object.fromEntries(
    Object.entries(value as Record<string, object>).map(([key, inner]) => [key, pick(inner, locale)]),
  );
}

/** The dictionary in one language. */
export function words(locale: Locale): Words {
  const components = Object.fromEntries(COMPONENTS.map((name) => [name, componentName(name, locale)]));
  const providers = Object.fromEntries(
    ['openai', 'google_ai', 'deepseek', 'qwen', 'openrouter', 'yandex'].map((name) => [
      name.replace('_ai', ''),
      componentName(`${name}_api`, locale),
    ]),
  );
  return {
    ...(pick(dictionary, locale) as Picked<typeof dictionary>),
    locale,
    overall: OVERALL[locale],
    components,
    providers,
    renames: {
      component: { ...components, 'http:(.*)': componentName('http:$1', locale) },
      provider: providers,
    },
  };
}
