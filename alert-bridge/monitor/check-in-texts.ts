/** What is told of check-ins. */
import { phrasesOf } from '../render/context.ts';
import type { Locale } from '../render/message.ts';
import { createTimes, type Times } from '../render/times.ts';
import type { CronSchedule } from './cron.ts';
import type { Annotations } from './texts.ts';

interface Subject {
  /** The operator's own. */
  readonly name: string;
  /** Unix ms. */
  readonly now: number;
  /** IANA name. */
  readonly timezone: string;
}

export interface MissingCheckIn extends Subject {
  readonly periodMs: number;
  /** Instead of the period. */
  readonly cron?: CronSchedule | undefined;
  readonly graceMs: number;
  /** Unix ms; undefined: it never came. */
  readonly lastAt: number | undefined;
}

const HOUR_MS = 3_600_000;
/** Periods that have a name. */
const PERIODS: Readonly<Partial<Record<number, Readonly<Record<Locale, string>>>>> = {
  [HOUR_MS]: { ru: 'час', en: 'hour' },
  [24 * HOUR_MS]: { ru: 'сутки', en: 'day' },
  [7 * 24 * HOUR_MS]: { ru: 'неделю', en: 'week' },
};

/** A check-in that did not come. */
export function missingAnnotations({
  periodMs,
  cron,
  graceMs,
  lastAt,
  ...subject
}: MissingCheckIn): Annotations {
  const { name } = subject;
  const [ru, en] = timesOf(subject);
  const grace = [ru.duration(graceMs), en.duration(graceMs)];
  const schedule = cron && `\`${cron.expression}\` (${cron.timezone})`;
  const expected = {
    ru:
      schedule === undefined
        ? `раз в ${PERIODS[periodMs]?.ru ?? ru.duration(periodMs)}`
        : `по расписанию ${schedule}`,
    en: schedule === undefined ? `every ${PERIODS[periodMs]?.en ?? en.duration(periodMs)}` : `by ${schedule}`,
  };
  return {
    summary: `${name} не вышел на связь`,
    description: `${lastAt === undefined ? 'Ещё ни разу не выходил на связь.' : `Последний раз: ${ru.show(lastAt)}.`} Ждём ${expected.ru}, допуск ${grace[0]}.\n\nСначала проверьте, запускался ли он, и его лог.`,
    resolved: `${name} снова на связи`,
    summary_en: `${name} did not check in`,
    description_en: `${lastAt === undefined ? 'It has never checked in.' : `The last time: ${en.show(lastAt)}.`} It is expected ${expected.en} and may be ${grace[1]} late.\n\nFirst see whether it was started, and its log.`,
    resolved_en: `${name} checks in again`,
  };
}

export interface FailedCheckIn extends Subject {
  readonly exitStatus: number | undefined;
  /** ms; undefined: its start was not told. */
  readonly durationMs: number | undefined;
  /** Unix ms. */
  readonly succeededAt: number | undefined;
}

/** A run that said it has failed. */
export function failedAnnotations({
  exitStatus,
  durationMs,
  succeededAt,
  ...subject
}: FailedCheckIn): Annotations {
  const { name } = subject;
  const [ru, en] = timesOf(subject);
  const facts = (parts: readonly (string | undefined)[]): string =>
    parts.filter((part) => part !== undefined).join(' ');
  return {
    summary: `${name} завершился с ошибкой`,
    description: facts([
      exitStatus === undefined ? undefined : `Код завершения ${exitStatus}.`,
      durationMs === undefined ? undefined : `Шёл ${ru.duration(durationMs)}.`,
      succeededAt === undefined
        ? 'Успешных запусков ещё не было.'
        : `Последний успешный: ${ru.show(succeededAt)}.`,
      '\n\nСначала посмотрите его лог.',
    ]),
    resolved: `${name} снова завершается успешно`,
    summary_en: `${name} failed`,
    description_en: facts([
      exitStatus === undefined ? undefined : `Exit status ${exitStatus}.`,
      durationMs === undefined ? undefined : `It ran for ${en.duration(durationMs)}.`,
      succeededAt === undefined ? 'It has never succeeded.' : `It last succeeded: ${en.show(succeededAt)}.`,
      '\n\nFirst see its log.',
    ]),
    resolved_en: `${name} succeeds again`,
  };
}

export interface SlowCheckIn extends Subject {
  readonly maxDurationMs: number;
  /** Unix ms. */
  readonly startedAt: number;
}

/** A run that does not end. */
export function tooLongAnnotations({ maxDurationMs, startedAt, ...subject }: SlowCheckIn): Annotations {
  const { name } = subject;
  const [ru, en] = timesOf(subject);
  return {
    summary: `${name} идёт слишком долго`,
    description: `Запущен: ${ru.show(startedAt)}, ещё не закончился. Предел ${ru.duration(maxDurationMs)}.\n\nСначала проверьте, не завис ли он, и его лог.`,
    resolved: `${name} закончился`,
    summary_en: `${name} runs too long`,
    description_en: `It started: ${en.show(startedAt)}, and has not ended. Its limit is ${en.duration(maxDurationMs)}.\n\nFirst see whether it hangs, and its log.`,
    resolved_en: `${name} has ended`,
  };
}

/** In Russian and in English. */
function timesOf({
  timezone,
  now,
}: Subject): readonly [Pick<Times, 'show' | 'duration'>, Pick<Times, 'show' | 'duration'>] {
  const of = (locale: Locale) => createTimes(timezone, now, phrasesOf(locale));
  return [of('ru'), of('en')];
}
