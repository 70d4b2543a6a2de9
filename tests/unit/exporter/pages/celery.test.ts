import { describe, expect, it } from 'vitest';
import { celeryPage, type CeleryModel } from '../../../../exporter/pages/celery-page.ts';
import { en } from '../../../../exporter/pages/locale/en.ts';
import { ru } from '../../../../exporter/pages/locale/ru.ts';
import { createWording } from '../../../../exporter/pages/wording.ts';
import { logged } from '../../../../exporter/model/collector.ts';
import { BEAT, CELERY, HOSTILE, NOW, RECORDS, REFUSED, scenes } from '../../../support/pages/scenes.ts';
import { seen } from '../../../support/pages/seen.ts';

const known: CeleryModel = {
  view: CELERY,
  disabledReason: undefined,
  failure: undefined,
  isOld: false,
  records: { known: RECORDS },
  beat: { known: BEAT },
};

const text = (model: CeleryModel, phrases = ru): string =>
  seen(celeryPage(model, createWording(phrases, NOW, 'Europe/Moscow'), { grafanaUrl: undefined }));

describe('the page of Celery', () => {
  it('shows workers, what they do and for how long, queues by priority, and tasks', () => {
    const shown = text(known);
    expect(shown).toContain('Отвечают 2 воркера');
    expect(shown).toContain('celery@7c1d02ab94f1 отвечает');
    expect(shown).toContain('работает 3 дня · 4 задачи одновременно · prefetch 16');
    expect(shown).toContain('reports.build_monthly_report 12 минут');
    expect(shown).toContain('notifications.send_reminder × 6');
    expect(shown).toContain('celery@05ee3b1f2c77 отключился, последний ответ 3 часа назад');
    expect(shown).toContain('notifications 0 214 1 020 3 1 237 ≥ 5 мин Столбцы');
    expect(shown).toContain('Пусты: default, reports, recurring, maintenance, monitoring, analytics.');
    expect(shown).toContain(
      'Не подтверждено (unacked): 9 · вернутся в очередь не раньше 14:50 (первой — reports.build_monthly_report)' +
        ' · ждут своего времени (ETA): 2, ближайшая до 14:22',
    );
    expect(shown).toContain('notifications.send_reminder 2 6 16 980');
    expect(text(known, en)).toContain('2 workers reply');
  });

  it.each<[string, Partial<CeleryModel>, string]>([
    [
      'disabled',
      { disabledReason: { code: 'switched_off', file: 'exporter/config.yml' } },
      'Проверка Celery выключена выключено в exporter/config.yml',
    ],
    ['not seen yet', { view: undefined, isOld: true }, 'Проверяем…'],
    [
      'never reached',
      { view: undefined, isOld: true, failure: [REFUSED] },
      'Не работает соединение отклонено (127.0.0.1:6379)',
    ],
    [
      'out of reach',
      { view: { ...CELERY, observedAt: NOW - 300_000 }, isOld: true, failure: [REFUSED] },
      'Не работает соединение отклонено (127.0.0.1:6379) Данные получены 5 минут назад, новых нет.',
    ],
    [
      'left by its workers',
      { view: { ...CELERY, workers: [] }, failure: [{ code: 'celery_nobody' }] },
      'Ни один воркер не отвечает к брокеру не подключён ни один воркер',
    ],
    [
      'partly hung',
      { view: { ...CELERY, hung: 1 }, failure: [{ code: 'celery_hung', hung: 1, connected: 3 }] },
      'Завис 1 воркер не отвечают воркеры: 1 из 3',
    ],
  ])('says when it is %s', (_what, change, words) => {
    expect(text({ ...known, ...change })).toContain(words);
  });

  it('names who is silent first, with the time of the last reply', () => {
    const silent = {
      name: 'z@silent',
      standing: 'silent' as const,
      lastReplyAt: NOW - 120_000,
      inspected: undefined,
    };
    const shown = text({ ...known, view: { ...CELERY, hung: 1, workers: [...CELERY.workers, silent] } });
    expect(shown).toContain('z@silent молчит, последний ответ 2 минуты назад');
    expect(shown.indexOf('z@silent')).toBeLessThan(shown.indexOf('celery@7c1d'));
  });

  it('counts what is left out of a list', () => {
    const [worker] = CELERY.workers;
    const told = {
      active: { total: 60, rows: [{ task: 'a', startedAt: NOW }] },
      reserved: { total: 9, rows: [{ task: 'b', count: 2 }] },
    };
    const workers = worker === undefined ? [] : [{ ...worker, inspected: { at: NOW, told } }];
    const shown = text({ ...known, view: { ...CELERY, workers } });
    expect(shown).toContain('и ещё 59');
    expect(shown).toContain('и ещё 7');
  });

  it('never takes text for markup', () => {
    const page = celeryPage(
      { ...known, view: scenes.hostile().celery, failure: [logged(HOSTILE)] },
      createWording(en, NOW, 'UTC'),
      { grafanaUrl: undefined },
    ).toString();
    expect(page).not.toMatch(/<script|<img/);
  });
});

describe('tasks and beat on the page of Celery', () => {
  it('show which task failed, with what, how often and when', () => {
    const shown = text(known);
    expect(shown).toContain('Ошибки задач');
    expect(shown).toContain('expenses.tasks.process_affiliate_commissions NameError 2 / 3 12 ч назад');
    expect(shown).not.toContain('result_extended');
    expect(text(known, en)).toContain('NameError 2 / 3 12 hrs ago');
  });

  it('say how to get the names that are missing', () => {
    const failures = [{ exception: 'NameError', at: NOW - 60_000 }];
    const records = new Map([['unknown', { finished: 9, failed: 1, lastSuccessAt: NOW, failures }]]);
    expect(text({ ...known, records: { known: records } })).toContain('result_extended = True');
  });

  it('say that nothing failed, and what is not known', () => {
    const fine = new Map([['a', { finished: 12, failed: 0, lastSuccessAt: NOW, failures: [] }]]);
    expect(text({ ...known, records: { known: fine } })).toContain('Ошибок не было, завершено задач: 12.');
    const shown = text({ ...known, records: { why: [{ code: 'results_right' }] }, beat: { why: [REFUSED] } });
    expect(shown).toContain('Ошибки задач пользователю Redis нельзя смотреть результаты задач');
    expect(shown).toContain('Расписание (beat) соединение отклонено');
    expect(text({ ...known, records: {}, beat: {} })).not.toContain('Расписание');
  });

  it('show when beat last sent, what it did not, and what comes next', () => {
    const shown = text(known);
    expect(shown).toContain('send-weekly-report reports.send_weekly_report 40 мин');
    expect(shown).toContain(
      'Beat отправил последнюю задачу в 13:49 · включено записей: 2 · следующая в 14:04: system-health-check',
    );
    const none = text({ ...known, beat: { known: { readAt: NOW, entries: undefined } } });
    expect(none).toContain('Таблиц django_celery_beat нет');
  });
});
