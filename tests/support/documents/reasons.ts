/** One reason of every code, with parameters as checks give them. */
import { en } from '../../../common/reasons/en.ts';
import { placesIn, type Parameter, type Reason } from '../../../common/reasons/reason.ts';

/** What somebody else has said, in a language that we do not choose. */
export const FOREIGN = 'Bad Request: chat not found';

const VALUES: Readonly<Record<string, Parameter>> = {
  ...{ words: FOREIGN, sentence: FOREIGN },
  ...{ seconds: 7_200.5, count: 3, usage: 98.46, limit: 90, free: 0.8, bytes: 4_194_304, more: 2 },
  ...{ pending: 1_234, hung: 1, connected: 3, status: 503, expected: ['200', '204'] },
  ...{ day: '2026-11-02', names: 'celery@a, celery@b', variables: ['REDIS_URL', 'REDIS_PASSWORD'] },
  ...{ service: 'DashScope (Qwen)', method: 'getMe', variable: 'TELEGRAM_BOT_TOKEN', error: 'ESOMETHING' },
  ...{ setting: 'ca_file', path: '/etc/ca.pem', mount: '/data', file: 'exporter/config.yml' },
  ...{ one: 'MONITORING_BOT_TOKEN', other: 'TELEGRAM_BOT_TOKEN' },
};

export const EVERY_REASON: readonly Reason[] = Object.entries(en).map(([code, sentence]) => {
  const parameters = placesIn(sentence).map((name) => [name, VALUES[name] ?? 'bot.example:443']);
  return { code, ...Object.fromEntries(parameters) } as Reason;
});

/** A Russian text as its reader sees it, without what it quotes of others. */
export const withoutQuotations = (text: string): string => text.replaceAll(/"[^"]*"/g, '…');
