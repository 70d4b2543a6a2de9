import { expect, it } from 'vitest';
import type { Reason } from '../../../../common/reasons/reason.ts';
import { celeryPage } from '../../../../exporter/pages/celery-page.ts';
import { ru } from '../../../../exporter/pages/locale/ru.ts';
import type { CeleryView } from '../../../../exporter/collectors/celery/view.ts';
import type { CollectorState } from '../../../../exporter/model/snapshot.ts';
import { statusModel } from '../../../../exporter/pages/model.ts';
import { statusPage } from '../../../../exporter/pages/status-page.ts';
import { createWording } from '../../../../exporter/pages/wording.ts';
import { CELERY, component, NOW, ran, scenes } from '../../../support/pages/scenes.ts';
import { EVERY_REASON, withoutQuotations } from '../../../support/documents/reasons.ts';
import { unwelcomeInRussian } from '../../../support/documents/russian.ts';

const wording = createWording(ru, NOW, 'Europe/Moscow');
const frame = { grafanaUrl: undefined };
const names = scenes
  .healthy()
  .snapshot.collectors.flatMap(({ kind, name }) => (kind === 'component' ? [name] : []));

/** Every text of a page and every label, on a line of its own: names that stand beside each other are no sentence. */
function textsOf(page: { toString(): string }): string {
  const markup = page.toString().replaceAll(/<style>.*<\/style>|<wbr \/>/gs, '');
  const labels = [...markup.matchAll(/aria-label="([^"]*)"/g)].map(([, label = '']) => label);
  const nodes = markup.split(/<[^>]+>/).map((node) => node.replaceAll(/\s+/g, ' ').trim());
  return withoutQuotations([...nodes, ...labels].join('\n').replaceAll('&quot;', '"'));
}

const statusOf = (collectors: readonly CollectorState[], scene = scenes.healthy()): string =>
  textsOf(
    statusPage(
      statusModel({ collectors }, scene.history, { now: NOW, isPolling: scene.isPolling }),
      wording,
      frame,
    ),
  );

const celeryOf = (failure: Reason, view: CeleryView | undefined): string =>
  textsOf(
    celeryPage(
      { view, disabledReason: undefined, failure: [failure], isOld: true, records: {}, beat: {} },
      wording,
      frame,
    ),
  );

it.each(EVERY_REASON.map((reason) => [reason.code, reason] as const))(
  'every component that fails because of %s is told in Russian',
  (_code, failure) => {
    const down = names.map((name) => ran(component(name), { failure, sinceMs: 300_000 }));
    const off = names.map((name) => component(name, failure));
    for (const text of [
      statusOf(down),
      statusOf(off),
      celeryOf(failure, CELERY),
      celeryOf(failure, undefined),
    ])
      expect(unwelcomeInRussian(text)).toEqual([]);
  },
);

it('the pages are in Russian whatever is the matter', () => {
  const { healthy, degraded, starting, nothing, frozen } = scenes;
  for (const draw of [healthy, degraded, starting, nothing, frozen])
    expect(unwelcomeInRussian(statusOf(draw().snapshot.collectors, draw()))).toEqual([]);
});
