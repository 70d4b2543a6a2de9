/** The page of Celery: what people open Flower for. (what is known, words) → HTML. Pure. */
import { say, type Reason } from '../../common/reasons/reason.ts';
import { largestFirst, type TaskCount } from '../collectors/celery/inspection.ts';
import type { BeatView } from '../collectors/celery/schedule.ts';
import type { TaskRecords } from '../collectors/celery/task-records.ts';
import { scheduledIn, type CeleryView, type QueueView, type WorkerView } from '../collectors/celery/view.ts';
import type { Part } from './celery-report.ts';
import { beatSection, failuresSection } from './celery-tasks.ts';
import { breakable, html, type Content, type Html } from './html.ts';
import { hero, layout, sign, type Frame, type Mood } from './layout.ts';
import type { Wording } from './wording.ts';

export interface CeleryModel {
  /** As last seen; undefined before the first look. */
  readonly view: CeleryView | undefined;
  readonly disabledReason: Reason | undefined;
  /** Why the last check failed. */
  readonly failure: readonly Reason[] | undefined;
  /** What is shown was not seen by the last check. */
  readonly isOld: boolean;
  readonly records: Part<TaskRecords>;
  readonly beat: Part<BeatView>;
}

export function celeryPage(model: CeleryModel, wording: Wording, frame: Pick<Frame, 'grafanaUrl'>): Html {
  const { mood, heading } = summaryOf(model, wording);
  const { view, disabledReason, failure, isOld } = model;
  const { celery, language } = wording.phrases;
  const known = disabledReason === undefined ? view : undefined;
  const notes: Content = [
    disabledReason !== undefined && html`<p>${say([disabledReason], language)}</p>`,
    failure !== undefined && html`<p>${say(failure, language)}</p>`,
    known !== undefined &&
      isOld &&
      html`<p>${celery.old(wording.phrases.ago(wording.age(known.observedAt)))}</p>`,
  ];
  return layout(
    { ...frame, page: 'celery', mood, title: `${heading} · Celery` },
    wording,
    html`${hero(mood, heading, notes)}
    ${known !== undefined && [workers(known, wording), queues(known, wording)]}
    ${failuresSection(model.records, wording)}${beatSection(model.beat, wording)}
    ${known !== undefined && tasks(known, wording)}`,
    known === undefined
      ? wording.phrases.refresh
      : html`${wording.phrases.dataAt(wording.clock(known.observedAt), wording.timezone)} ·
        ${wording.phrases.refresh}`,
  );
}

function summaryOf(
  { view, disabledReason, failure, isOld }: CeleryModel,
  { phrases: { celery, overall } }: Wording,
): { readonly mood: Mood; readonly heading: string } {
  if (disabledReason !== undefined) return { mood: 'unknown', heading: celery.disabled };
  if (view === undefined || isOld) {
    if (failure !== undefined) return { mood: 'down', heading: overall.unhealthy };
    return { mood: 'unknown', heading: view === undefined ? celery.unknown : overall.stopped };
  }
  const replying = view.workers.filter(({ standing }) => standing === 'replying').length;
  if (replying + view.busy === 0) return { mood: 'down', heading: celery.nobody };
  if (view.hung > 0) return { mood: 'part', heading: celery.hung(view.hung) };
  return { mood: 'up', heading: replying === 0 ? celery.busy(view.busy) : celery.replying(replying) };
}

function workers({ workers: all }: CeleryView, wording: Wording): Html {
  const { celery } = wording.phrases;
  const order = ['silent', 'busy', 'replying', 'gone'];
  const sorted = all.toSorted((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing));
  return html`<section class="group">
    <h2>${celery.workers}</h2>
    ${
      sorted.length === 0
        ? html`<p class="note">${celery.noWorkers}</p>`
        : html`<ul class="card">
            ${sorted.map((worker) => workerItem(worker, wording))}
          </ul>`
    }
  </section>`;
}

const MOOD_OF: Readonly<Record<WorkerView['standing'], Mood>> = {
  replying: 'up',
  busy: 'up',
  silent: 'down',
  gone: 'unknown',
};

function workerItem(worker: WorkerView, wording: Wording): Html {
  const { celery, ago } = wording.phrases;
  const { standing, inspected } = worker;
  const isReplying = standing === 'replying';
  const words =
    isReplying || worker.lastReplyAt === undefined
      ? celery.standing[standing]
      : `${celery.standing[standing]}, ${celery.lastReply(ago(wording.age(worker.lastReplyAt)))}`;
  const { stats } = inspected?.told ?? {};
  const facts = [
    stats?.uptimeSeconds === undefined
      ? undefined
      : celery.uptime(wording.duration(stats.uptimeSeconds * 1000)),
    stats?.concurrency === undefined ? undefined : celery.concurrency(stats.concurrency),
    stats?.prefetch === undefined
      ? undefined
      : celery.prefetch(stats.prefetch === 0 ? '∞' : wording.count(stats.prefetch)),
  ].filter((fact) => fact !== undefined);
  return html`<li class="worker ${MOOD_OF[standing]}">
    <h3>
      ${sign(MOOD_OF[standing])}<span>${breakable(worker.name)} <small>${words}</small></span>
    </h3>
    ${isReplying && (inspected === undefined ? html`<p>${celery.notInspected}</p>` : html`<p>${facts.join(' · ')}</p>`)}
    ${isReplying && inspected !== undefined && activity(inspected.told, wording)}
  </li>`;
}

function activity(
  { active, reserved }: NonNullable<WorkerView['inspected']>['told'],
  wording: Wording,
): Html {
  const { celery } = wording.phrases;
  const rest = (total: number, shown: number): Content =>
    total > shown && html`<li>${celery.more(total - shown)}</li>`;
  const activeRows = active?.rows ?? [];
  const reservedRows = reserved?.rows ?? [];
  const reservedShown = reservedRows.reduce((sum, { count }) => sum + count, 0);
  return html`<dl>
    ${
      active !== undefined &&
      html`<dt>${celery.active}</dt>
        <dd>
          ${
            active.total === 0
              ? celery.idle
              : html`<ul>
                  ${activeRows.map(
                    ({ task, startedAt }) =>
                      html`<li>
                        <span>${breakable(task)}</span>
                        <span>${startedAt === undefined ? celery.notBegun : wording.age(startedAt)}</span>
                      </li>`,
                  )}${rest(active.total, activeRows.length)}
                </ul>`
          }
        </dd>`
    }
    ${
      reservedRows.length > 0 &&
      html`<dt>${celery.reserved}</dt>
        <dd>
          <ul>
            ${reservedRows.map(({ task, count }) => html`<li><span>${breakable(task)}</span> <span>× ${wording.count(count)}</span></li>`)}
            ${rest(reserved?.total ?? 0, reservedShown)}
          </ul>
        </dd>`
    }
  </dl>`;
}

/** Only what waits is worth a row: the names of the rest fit on a line. */
function queues(view: CeleryView, wording: Wording): Html {
  const { celery } = wording.phrases;
  const { queues: all, unacked, redeliveryAt, held } = view;
  const scheduled = scheduledIn(view) ?? [];
  const etas = scheduled.flatMap(({ eta }) => eta ?? []);
  const waiting = all.filter(({ messages }) => messages > 0);
  const empty = all.filter(({ messages }) => messages === 0).map(({ queue }) => queue);
  return html`<section class="group">
    <h2>${celery.queues}</h2>
    ${waiting.length > 0 && queueTable(waiting, wording)}
    ${empty.length > 0 && html`<p class="note">${celery.empty(empty.join(', '))}</p>`}
    <p class="note">
      ${celery.unacked(wording.count(unacked))}${
        redeliveryAt !== undefined &&
        html` · ${celery.redelivery(wording.time(redeliveryAt), held?.[0]?.task ?? '')}`
      }${etas.length > 0 && html` · ${celery.scheduled(scheduled.length, wording.time(Math.min(...etas)))}`}
    </p>
  </section>`;
}

const queueTable = (waiting: readonly QueueView[], wording: Wording): Html => {
  const { celery } = wording.phrases;
  const steps = waiting[0]?.steps.map(({ step }) => step) ?? [];
  return html`<div class="card">
      <table>
        <thead>
          <tr>
            <th scope="col">${celery.queue}</th>
            ${steps.map((step) => html`<th scope="col"><span class="hidden">${celery.priority} </span>${step}</th>`)}
            <th scope="col">${celery.total}</th>
            <th scope="col">${celery.oldest}</th>
          </tr>
        </thead>
        <tbody>
          ${waiting.map((queue) => queueRow(queue, wording))}
        </tbody>
      </table>
    </div>
    <p class="note">${celery.priorities}</p>`;
};

function queueRow({ queue, steps, messages, oldestSince }: QueueView, wording: Wording): Html {
  return html`<tr>
    <th scope="row">${breakable(queue)}</th>
    ${steps.map((one) => countCell(one.messages, wording))}
    <td><strong>${wording.count(messages)}</strong></td>
    <td>${oldestSince === undefined ? '—' : `≥ ${wording.brief(wording.now - oldestSince)}`}</td>
  </tr>`;
}

const countCell = (count: number, wording: Wording): Html =>
  count === 0 ? html`<td class="zero">0</td>` : html`<td>${wording.count(count)}</td>`;

/** Of the workers that reply: what others told before says nothing about now. */
function tasks({ workers: all }: CeleryView, wording: Wording): Html {
  const { celery } = wording.phrases;
  const told = all.flatMap(({ standing, inspected }) =>
    standing === 'replying' && inspected !== undefined ? [inspected.told] : [],
  );
  const running = countsOf(
    told.flatMap(({ active }) => (active?.rows ?? []).map(({ task }) => ({ task, count: 1 }))),
  );
  const taken = countsOf(told.flatMap(({ reserved }) => reserved?.rows ?? []));
  const begun = countsOf(told.flatMap(({ stats }) => stats?.processed.rows ?? []));
  const names = new Set([...begun.keys(), ...running.keys(), ...taken.keys()]);
  const { rows } = largestFirst([...names].map((task) => ({ task, count: begun.get(task) ?? 0 })));
  const cell = (count = 0): Html => countCell(count, wording);
  return html`<section class="group">
    <h2>${celery.tasks}</h2>
    ${
      rows.length === 0
        ? html`<p class="note">${celery.noTasks}</p>`
        : html`<div class="card">
              <table>
                <thead>
                  <tr>
                    <th scope="col">${celery.task}</th>
                    <th scope="col">${celery.running}</th>
                    <th scope="col">${celery.taken}</th>
                    <th scope="col">${celery.begun}</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows.map(
                    ({ task }) =>
                      html`<tr>
                        <th scope="row">${breakable(task)}</th>
                        ${cell(running.get(task))}${cell(taken.get(task))}${cell(begun.get(task))}
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>
            <p class="note">${celery.begunNote}</p>`
    }
  </section>`;
}

function countsOf(counts: readonly TaskCount[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { task, count } of counts) sums.set(task, (sums.get(task) ?? 0) + count);
  return sums;
}
