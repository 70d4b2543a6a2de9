/** Serves the pages: what is known, in the reader's language; nothing is asked and nothing is stored. */
import { createHash } from 'node:crypto';
import type { Express, Response } from 'express';
import type { Clock } from '../../common/time/clock.ts';
import { allowMethods } from '../../common/http/errors.ts';
import type { CeleryKnown } from '../collectors/celery/view.ts';
import type { RecentHistory } from '../history/recent.ts';
import { outcomeOf, type Snapshot } from '../model/snapshot.ts';
import { celeryPage, type CeleryModel } from './celery-page.ts';
import { celeryReport, partOf } from './celery-report.ts';
import type { Html } from './html.ts';
import { en } from './locale/en.ts';
import { ru } from './locale/ru.ts';
import { statusModel } from './model.ts';
import { statusPage } from './status-page.ts';
import { STYLE } from './style.ts';
import { createWording } from './wording.ts';

export interface PageOptions {
  readonly snapshot: () => Snapshot;
  /** True while what is watched is really being polled. */
  readonly isPolling: () => boolean;
  readonly history: RecentHistory;
  readonly celery: () => CeleryKnown;
  readonly clock: Clock;
  readonly locale: 'ru' | 'en';
  readonly timezone: string;
  /** Where Grafana is for a browser. */
  readonly grafanaUrl: string | undefined;
}

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    // The icon of the tab, which is in the page itself.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
} as const;

export function mountPages(app: Express, options: PageOptions): void {
  const { snapshot, isPolling, history, clock, timezone } = options;
  const phrases = { ru, en }[options.locale];
  const send = (response: Response, page: Html): void =>
    void response.set(HEADERS).type('html').send(page.toString());

  app
    .route('/')
    .get((_request, response) => {
      const now = clock.now();
      const model = statusModel(snapshot(), history, { now, isPolling: isPolling() });
      send(response, statusPage(model, createWording(phrases, now, timezone), options));
    })
    .all(allowMethods('GET'));

  app
    .route('/celery')
    .get((_request, response) => {
      const now = clock.now();
      const model = celeryModel(snapshot(), options.celery(), now);
      send(response, celeryPage(model, createWording(phrases, now, timezone), options));
    })
    .all(allowMethods('GET'));

  app
    .route('/api/v1/celery')
    .get((_request, response) => {
      const now = clock.now();
      const { view, isOld, records, beat } = celeryModel(snapshot(), options.celery(), now);
      response.json(celeryReport({ view: isOld ? {} : { known: view }, records, beat }, now));
    })
    .all(allowMethods('GET'));
}

function celeryModel(snapshot: Snapshot, known: CeleryKnown, now: number): CeleryModel {
  const state = snapshot.collectors.find(({ name }) => name === 'celery_workers');
  const outcome = state === undefined ? 'unknown' : outcomeOf(state, now);
  // A check that finds workers silent brings figures; one that does not reach the broker brings none.
  const isSeen = state?.lastRun !== undefined && state.figures?.at === state.lastRun.observedAt;
  return {
    view: known.view,
    disabledReason: state?.disabledReason,
    failure: outcome === 'failed' ? state?.lastRun?.reasons : undefined,
    isOld: !isSeen || outcome === 'stale',
    records: partOf(snapshot, 'celery_results', known.records, now),
    beat: partOf(snapshot, 'celery_beat', known.beat, now),
  };
}
