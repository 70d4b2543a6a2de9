import type { Diagnosis } from './diagnose.ts';

/** The same annotations that a rule has: Russian, and English with the suffix `_en`. */
export type Annotations = Readonly<Record<string, string>>;

const HARM = 'Пока это не исправлено, о сбоях бота вы не узнаете.';
const HARM_EN = 'Until it is mended, you will not hear of outages of the bot.';

/** The first steps, one command a line. */
const look = (...services: readonly string[]): string =>
  services
    .flatMap((service) => [`ps -a ${service}`, `logs --tail 50 ${service}`])
    .map((command) => `\`docker compose -p expensebot-monitoring ${command}\``)
    .join('\n');

interface Cause {
  /** Ends the sentence "Alerts do not get through:". */
  readonly ru: string;
  readonly en: string;
  /** Whose log says more. */
  readonly service?: string;
  readonly steps?: { readonly ru: string; readonly en: string };
}

const CAUSES: Readonly<Record<Diagnosis, Cause>> = {
  prometheus_down: { ru: 'Prometheus не отвечает', en: 'Prometheus does not answer', service: 'prometheus' },
  rule_not_firing: {
    ru: 'Prometheus не считает правила',
    en: 'Prometheus does not evaluate the rules',
    service: 'prometheus',
  },
  alertmanager_down: {
    ru: 'Alertmanager не отвечает',
    en: 'Alertmanager does not answer',
    service: 'alertmanager',
  },
  alertmanager_not_told: {
    ru: 'Prometheus не отправляет их в Alertmanager',
    en: 'Prometheus does not send them to Alertmanager',
    service: 'prometheus',
  },
  muted: {
    ru: 'Watchdog заглушён в Alertmanager',
    en: 'the Watchdog is muted in Alertmanager',
    steps: {
      ru: 'Снимите заглушение: /silences, кнопка «Включить».',
      en: 'End the mute: /silences, the button “Unmute”.',
    },
  },
  webhook_failing: {
    ru: 'Alertmanager не достучался до alert-bridge',
    en: 'Alertmanager cannot reach the alert-bridge',
    service: 'alertmanager',
    steps: {
      ru: 'Неверный адрес, неверный токен (ошибка 401) или нет сети между ними.',
      en: 'A wrong address, a wrong token (error 401), or no network between them.',
    },
  },
};

export function watchdogAnnotations(diagnosis: Diagnosis): Annotations {
  const { ru, en, service, steps } = CAUSES[diagnosis];
  const first = (heading: string): string[] =>
    service === undefined ? [] : [`${heading}\n${look(service)}`];
  const paragraphs = (...parts: readonly (string | undefined)[]): string =>
    parts.filter((part) => part !== undefined).join('\n\n');
  return {
    summary: `Алерты не доходят: ${ru}`,
    description: paragraphs(HARM, steps?.ru, ...first('Сначала:')),
    resolved: 'Алерты снова доходят',
    summary_en: `Alerts do not get through: ${en}`,
    description_en: paragraphs(HARM_EN, steps?.en, ...first('First:')),
    resolved_en: 'Alerts get through again',
    runbook: 'Watchdog',
  };
}

/** The bot said that it stops, and does not come back. */
export const botAnnotations = (): Annotations => ({
  summary: 'Бот остановлен и не запустился',
  description:
    'Бот не отвечает пользователям.\n\nСначала:\n`docker ps -a --filter name=expense_bot_app`\n`docker logs --tail 50 expense_bot_app`',
  resolved: 'Бот снова запущен',
  summary_en: 'The bot stopped and has not started again',
  description_en:
    'The bot does not answer users.\n\nFirst:\n`docker ps -a --filter name=expense_bot_app`\n`docker logs --tail 50 expense_bot_app`',
  resolved_en: 'The bot runs again',
});
