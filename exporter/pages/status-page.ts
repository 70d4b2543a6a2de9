/** The status page: (model, words) → HTML. Pure. */
import { componentName } from '../../common/health-words.ts';
import { say } from '../../common/reasons/reason.ts';
import { breakable, html, type Content, type Html } from './html.ts';
import { hero, layout, MOODS, sign, type Frame, type Mood } from './layout.ts';
import type { Fact, Row, StatusModel } from './model.ts';
import { upRatioOf, type CellState, type Strip } from './strip.ts';
import type { Wording } from './wording.ts';

const DAY_MS = 24 * 3_600_000;
/** More troubles than this are counted: the rows below name them all. */
const MAX_TROUBLES = 4;

export function statusPage(model: StatusModel, wording: Wording, frame: Pick<Frame, 'grafanaUrl'>): Html {
  const { phrases } = wording;
  const mood = MOODS[model.overall];
  const heading = phrases.overall[model.overall];
  const footer: Content =
    model.lastCheckAt === undefined
      ? phrases.noData
      : phrases.dataAt(wording.clock(model.lastCheckAt), wording.timezone);
  return layout(
    { ...frame, page: 'status', mood, title: `${heading} · ExpenseBot` },
    wording,
    html`${hero(mood, heading, summary(model, wording))} ${figures(model, wording)}
    ${model.groups.map(
      ({ group, rows }) =>
        html`<section class="group">
          <h2>${phrases.groups[group]}</h2>
          <ul class="rows">
            ${rows.map((row) => component(row, wording))}
          </ul>
        </section> `,
    )}
    ${model.groups.length > 0 && html`<p class="note">${phrases.strip.legend}</p>`}
    ${disabled(model, wording)}`,
    html`${footer} · ${phrases.refresh}`,
  );
}

const nameOf = (component: string, { phrases }: Wording): string =>
  componentName(component, phrases.language);

function summary({ troubles, overall }: StatusModel, wording: Wording): Html {
  const { phrases } = wording;
  if (overall === 'stopped' || troubles.length === 0) return html`<p>${phrases.overallNote[overall]}</p>`;
  const sentences = troubles.slice(0, MAX_TROUBLES).map((row) => html`<li>${troubleOf(row, wording)}</li>`);
  const rest = troubles.length - MAX_TROUBLES;
  return html`<ul class="troubles">
    ${sentences}${rest > 0 && html`<li>${phrases.andMore(rest)}</li>`}
  </ul>`;
}

function troubleOf(row: Row, wording: Wording): string {
  const { phrases } = wording;
  const duration = row.since === undefined ? undefined : wording.age(row.since);
  const name = nameOf(row.name, wording);
  const sentence = row.isStale
    ? phrases.silentCheck(name, duration)
    : phrases.trouble(row.name, name, duration);
  return sentence.charAt(0).toLocaleUpperCase(phrases.intl) + sentence.slice(1);
}

function figures({ figures: known }: StatusModel, wording: Wording): Html {
  const { figures: words } = wording.phrases;
  const figure = (label: string, value: string | undefined): Html =>
    html`<div>
      <dt>${label}</dt>
      <dd>${value ?? html`<span aria-hidden="true">—</span><span class="hidden">${words.unknown}</span>`}</dd>
    </div>`;
  const count = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : wording.count(value);
  return html`<section class="figures">
    <h2 class="hidden">${words.heading}</h2>
    <dl>
      ${[
        figure(words.activeUsers, count(known.activeUsers)),
        figure(words.newUsers, count(known.newUsers)),
        figure(words.users, count(known.users)),
        figure(words.subscriptions, count(known.subscriptions)),
        figure(words.requestsPerMinute, count(known.requestsPerMinute)),
        figure(words.errorRate, known.errorRate === undefined ? undefined : wording.percent(known.errorRate)),
      ]}
    </dl>
  </section>`;
}

function stateOf(row: Row, wording: Wording): string {
  const { states, scarce, blocked } = wording.phrases;
  if (row.isStale) return states.stale;
  if (row.blockedBy !== undefined) return blocked(nameOf(row.blockedBy, wording));
  if (row.status === 'unhealthy') return scarce[row.name] ?? states.unhealthy;
  return states[row.status === 'disabled' ? 'unknown' : row.status];
}

function component(row: Row, wording: Wording): Html {
  const { phrases } = wording;
  const mood: Mood = row.status === 'healthy' ? 'up' : row.status === 'unhealthy' ? 'down' : 'unknown';
  const state = stateOf(row, wording);
  const ratio = upRatioOf(row.strip);
  const isBlink = row.status === 'healthy';
  return html`<li class="row ${mood}">
    <h3>${sign(mood)}<span>${breakable(nameOf(row.name, wording))}</span></h3>
    <p class="state">
      ${state}${row.since !== undefined && html` <span>${phrases.since(wording.time(row.since))}</span>`}
    </p>
    <p class="value">${valuesOf(row, wording)}</p>
    ${strip(row.strip, wording)}
    <p class="uptime">${ratio === undefined ? '—' : wording.percent(ratio)}</p>
    ${row.failure !== undefined && html`<p class="error">${isBlink && html`${phrases.lastCheckFailed} `}${say(row.failure, phrases.language)}</p>`}
  </li> `;
}

/** The response time says nothing of a disk: where a figure says more, it stands alone. */
function valuesOf(row: Row, wording: Wording): Content {
  const words = row.facts.map((fact) => factOf(fact, wording)).filter((text) => text !== undefined);
  const isMeasured = row.facts.some(({ kind }) => kind === 'usage' || kind === 'free');
  const response = row.responseMs === undefined || isMeasured ? [] : [wording.response(row.responseMs)];
  return [...words, ...response].map((text, index) => [index > 0 && html` · `, html`<span>${text}</span>`]);
}

function factOf(fact: Fact, wording: Wording): string | undefined {
  const { facts } = wording.phrases;
  switch (fact.kind) {
    case 'usage':
      return wording.share(fact.ratio);
    case 'free':
      return facts.free(wording.bytes(fact.bytes));
    case 'workers':
      return facts.workers(fact.replying);
    case 'pending':
      return fact.updates === 0 ? undefined : facts.pending(fact.updates);
    case 'certificate': {
      const days = Math.floor((fact.expiresAt - wording.now) / DAY_MS);
      return days < 0 ? facts.certificateExpired : facts.certificateDays(days);
    }
  }
}

/** Cells differ in height as well as in colour. */
const CELL: Readonly<Record<CellState, { readonly y: number; readonly height: number }>> = {
  up: { y: 3, height: 7 },
  down: { y: 0, height: 10 },
  unknown: { y: 8, height: 2 },
};
const CELL_WIDTH = 5;
const GAP = 1;

function strip({ cells, from, cellMs, ...known }: Strip, wording: Wording): Html {
  const { strip: words } = wording.phrases;
  const ratio = upRatioOf({ cells, from, cellMs, ...known });
  const text =
    ratio === undefined
      ? words.unknown
      : [
          words.summary(wording.percent(ratio), wording.duration(known.knownMs)),
          ...(known.downMs === 0 ? [] : [words.down(wording.brief(known.downMs))]),
        ].join(', ');
  const path = (state: CellState): Html => {
    const { y, height } = CELL[state];
    const boxes = cells.flatMap((cell, index) =>
      cell === state ? `M${index * CELL_WIDTH} ${y}h${CELL_WIDTH - GAP}v${height}h-${CELL_WIDTH - GAP}z` : [],
    );
    return html`<path class="${state}" d="${boxes.join('')}" />`;
  };
  const down = cells.flatMap((cell, index) => {
    if (cell !== 'down') return [];
    const start = from + index * cellMs;
    const title = words.cell(wording.time(start), wording.time(start + cellMs));
    return html`<rect class="down" x="${index * CELL_WIDTH}" y="0" width="${CELL_WIDTH - GAP}" height="10"
      ><title>${title}</title></rect
    >`;
  });
  return html`<svg
    class="strip"
    role="img"
    aria-label="${text}"
    viewBox="0 0 ${cells.length * CELL_WIDTH - GAP} 10"
    preserveAspectRatio="none"
  >
    ${path('unknown')}${path('up')}${down}
  </svg>`;
}

function disabled({ disabled: names }: StatusModel, wording: Wording): Content {
  if (names.length === 0) return undefined;
  const rows = names.map(
    ({ name, reason }) =>
      html`<div>
        <dt>${nameOf(name, wording)}</dt>
        <dd>${say([reason], wording.phrases.language)}</dd>
      </div>`,
  );
  return html`<details>
    <summary>${wording.phrases.disabled(names.length)}</summary>
    <dl>${rows}</dl>
  </details>`;
}
