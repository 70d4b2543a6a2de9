import { phrasesOf } from '../render/context.ts';
import type { Locale } from '../render/message.ts';
import { createTimes, duration } from '../render/times.ts';
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

export interface MissingCheckIn {
  /** The operator's own. */
  readonly name: string;
  readonly periodMs: number;
  readonly graceMs: number;
  /** Unix ms; undefined: it never came. */
  readonly lastAt: number | undefined;
  /** Unix ms. */
  readonly now: number;
  /** IANA name. */
  readonly timezone: string;
}

const HOUR_MS = 3_600_000;
/** Periods that have a name. */
const PERIODS: Readonly<Partial<Record<number, { readonly ru: string; readonly en: string }>>> = {
  [HOUR_MS]: { ru: 'час', en: 'hour' },
  [24 * HOUR_MS]: { ru: 'сутки', en: 'day' },
  [7 * 24 * HOUR_MS]: { ru: 'неделю', en: 'week' },
};

/** A check-in that did not come. */
export function checkInAnnotations({
  name,
  periodMs,
  graceMs,
  lastAt,
  now,
  timezone,
}: MissingCheckIn): Annotations {
  const said = (locale: Locale) => {
    const phrases = phrasesOf(locale);
    return {
      last: lastAt === undefined ? undefined : createTimes(timezone, now, phrases).show(lastAt),
      period: duration(periodMs, phrases),
      grace: duration(graceMs, phrases),
    };
  };
  const [ru, en] = [said('ru'), said('en')];
  return {
    summary: `${name} не вышел на связь`,
    description: `${ru.last === undefined ? 'Ещё ни разу не выходил на связь.' : `Последний раз: ${ru.last}.`} Ждём раз в ${PERIODS[periodMs]?.ru ?? ru.period}, допуск ${ru.grace}.\n\nСначала проверьте, запускался ли он, и его лог.`,
    resolved: `${name} снова на связи`,
    summary_en: `${name} did not check in`,
    description_en: `${en.last === undefined ? 'It has never checked in.' : `The last time: ${en.last}.`} It is expected every ${PERIODS[periodMs]?.en ?? en.period} and may be ${en.grace} late.\n\nFirst see whether it was started, and its log.`,
    resolved_en: `${name} checks in again`,
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
