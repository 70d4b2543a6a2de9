/** Of the page of Celery: which tasks failed, and what beat was to send. Pure. */
import { say } from '../../common/reasons/reason.ts';
import { lastRunOf } from '../collectors/celery/beat.ts';
import type { BeatView } from '../collectors/celery/schedule.ts';
import { UNKNOWN_TASK, type TaskRecords } from '../collectors/celery/task-records.ts';
import { failuresIn, finishedIn, lateIn, nextIn, type Failure, type Part } from './celery-report.ts';
import { breakable, html, type Content, type Html } from './html.ts';
import type { Wording } from './wording.ts';

export function failuresSection({ known, why }: Part<TaskRecords>, wording: Wording): Html {
  const { celery } = wording.phrases;
  const failures = known === undefined ? [] : failuresIn(known);
  return section(celery.failures, why, wording, [
    known !== undefined &&
      failures.length === 0 &&
      html`<p class="note">${celery.noFailures(wording.count(finishedIn(known)))}</p>`,
    failures.length > 0 && failureTable(failures, wording),
    failures.some(({ task }) => task === UNKNOWN_TASK) && html`<p class="note">${celery.nameless}</p>`,
  ]);
}

const failureTable = (failures: readonly Failure[], wording: Wording): Html => {
  const { celery, ago } = wording.phrases;
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th scope="col">${celery.task}</th>
          <th scope="col">${celery.exception}</th>
          <th scope="col">${celery.failedOf}</th>
          <th scope="col">${celery.lastTime}</th>
        </tr>
      </thead>
      <tbody>
        ${failures.map(
          ({ task, exception, failed, finished, at }) =>
            html`<tr>
              <th scope="row">${breakable(task)}</th>
              <td>${breakable(exception)}</td>
              <td>${wording.count(failed)} / ${wording.count(finished)}</td>
              <td>${ago(wording.brief(wording.now - at))}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
};

export function beatSection({ known, why }: Part<BeatView>, wording: Wording): Html {
  const { celery } = wording.phrases;
  const notes = known === undefined ? [] : beatNotes(known, wording);
  const late = known === undefined ? [] : lateIn(known, wording.now);
  return section(celery.beat, why, wording, [
    late.length > 0 &&
      html`<div class="card">
        <table>
          <thead>
            <tr>
              <th scope="col">${celery.lateEntry}</th>
              <th scope="col">${celery.task}</th>
              <th scope="col">${celery.lateFor}</th>
            </tr>
          </thead>
          <tbody>
            ${late.map(
              ({ name, task, dueAt = wording.now }) =>
                html`<tr>
                  <th scope="row">${breakable(name)}</th>
                  <td>${breakable(task)}</td>
                  <td>${wording.brief(wording.now - dueAt)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
    notes.length > 0 && html`<p class="note">${notes.join(' · ')}</p>`,
  ]);
}

function beatNotes(view: BeatView, wording: Wording): readonly string[] {
  const { celery } = wording.phrases;
  if (view.entries === undefined) return [celery.noBeatTables];
  const lastRunAt = lastRunOf(view.entries);
  const next = nextIn(view, wording.now);
  return [
    lastRunAt === undefined ? celery.beatNeverRan : celery.beatLastRun(wording.time(lastRunAt)),
    celery.beatEntries(view.entries.length),
    ...(next?.dueAt === undefined ? [] : [celery.beatNext(next.name, wording.time(next.dueAt))]),
  ];
}

/** Nothing before the first look. */
function section(
  heading: string,
  why: Part<unknown>['why'],
  { phrases: { language } }: Wording,
  content: readonly Content[],
): Html {
  const said = why !== undefined && html`<p class="note">${say(why, language)}</p>`;
  const isEmpty = why === undefined && content.every((one) => one === false);
  return isEmpty
    ? html``
    : html`<section class="group">
        <h2>${heading}</h2>
        ${said}${content}
      </section>`;
}
