/** What /health tells, as people call it: the same on the pages and in the chat. Pure. */
type Names = Readonly<Record<string, string>>;

const SERVICES = {
  redis: 'Redis',
  dns: 'DNS',
  telegram_api: 'Telegram API',
  openai_api: 'OpenAI',
  google_ai_api: 'Google AI',
  deepseek_api: 'DeepSeek',
  qwen_api: 'Qwen',
  openrouter_api: 'OpenRouter',
  yandex_api: 'Yandex SpeechKit',
} as const;

const NAMES = {
  ru: {
    ...SERVICES,
    database: 'База данных',
    celery_workers: 'Воркеры Celery',
    telegram_webhook: 'Вебхук бота',
    public_endpoint: 'Публичный адрес',
    disk_space: 'Диск',
    memory: 'Память',
    cpu: 'Процессор',
  },
  en: {
    ...SERVICES,
    database: 'Database',
    celery_workers: 'Celery workers',
    telegram_webhook: "The bot's webhook",
    public_endpoint: 'Public address',
    disk_space: 'Disk',
    memory: 'Memory',
    cpu: 'CPU',
  },
} as const satisfies Readonly<Record<string, Names>>;

/** How the whole is. */
export const OVERALL = {
  ru: { healthy: 'Всё работает', degraded: 'Работает с перебоями', unhealthy: 'Не работает' },
  en: { healthy: 'All works', degraded: 'Partly working', unhealthy: 'Not working' },
} as const;

const SITE = { ru: 'Сайт', en: 'Site' } as const;

/** One that is not known is told by its name. */
export function componentName(component: string, locale: keyof typeof NAMES): string {
  const names: Names = NAMES[locale];
  const known = Object.hasOwn(names, component) ? names[component] : undefined;
  return known ?? component.replace(/^http:/, `${SITE[locale]} `);
}
