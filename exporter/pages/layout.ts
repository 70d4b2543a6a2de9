/** What both pages have around them. Pure. */
import { Html, html, type Content } from './html.ts';
import type { Overall } from './model.ts';
import { STYLE } from './style.ts';
import type { Wording } from './wording.ts';

export type Page = 'status' | 'celery';

/** How the whole is, for a colour and a sign; the words are beside it. */
export type Mood = 'up' | 'part' | 'down' | 'unknown';

export const MOODS: Readonly<Record<Overall, Mood>> = {
  healthy: 'up',
  degraded: 'part',
  unhealthy: 'down',
  checking: 'unknown',
  stopped: 'part',
  nothing: 'unknown',
};

const REFRESH_SECONDS = 30;

/** Not through a template, which would escape it and be laid out: its hash would not fit. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** Signs differ in form, so that nobody needs their colour. */
const SIGNS: Readonly<Record<Mood, string>> = {
  up: 'M4.5 8.5l2.3 2.3 4.7-5.3',
  part: 'M8 4.2v4.6M8 11.4v.2',
  down: 'M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4',
  unknown: 'M5 8h.1M8 8h.1M11 8h.1',
};

/** Decoration: whoever uses it says the same in words. */
export const sign = (mood: Mood): Html =>
  html`<svg class="sign ${mood}" viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="8" />
    <path d="${SIGNS[mood]}" />
  </svg>`;

/** The tab shows the state as well. */
const ICON_COLOURS: Readonly<Record<Mood, string>> = {
  up: '1f8a4c',
  part: 'b45f06',
  down: 'c5303a',
  unknown: '6b7280',
};

function icon(mood: Mood): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="#${ICON_COLOURS[mood]}"/><path d="${SIGNS[mood]}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export interface Frame {
  readonly page: Page;
  readonly mood: Mood;
  readonly title: string;
  /** Where Grafana is for a browser. */
  readonly grafanaUrl: string | undefined;
}

export function layout(frame: Frame, { phrases }: Wording, content: Content, footer: Content): Html {
  const { links } = phrases;
  const link = (href: string, label: string, page?: Page): Html =>
    html`<li><a href="${href}" ${page === frame.page && html` aria-current="page"`}>${label}</a></li>`;
  return html`<!doctype html>
    <html lang="${phrases.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
        <title>${frame.title}</title>
        <link rel="icon" href="${icon(frame.mood)}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <a class="brand" href="./">ExpenseBot</a>
          <nav aria-label="${links.label}">
            <ul>
              ${link('./', links.status, 'status')}${link('celery', links.celery, 'celery')}${frame.grafanaUrl !== undefined && link(frame.grafanaUrl, links.grafana)}
            </ul>
          </nav>
        </header>
        <main>${content}</main>
        <footer>
          <p>${footer}</p>
          <p><a href="health">${links.health}</a> · <a href="metrics">${links.metrics}</a></p>
        </footer>
      </body>
    </html> `;
}

/** The head of a page: how it is, in one word or two, and what is wrong. */
export const hero = (mood: Mood, heading: string, content: Content): Html =>
  html`<section class="hero ${mood}">
    ${sign(mood)}
    <div>
      <h1>${heading}</h1>
      ${content}
    </div>
  </section>`;
