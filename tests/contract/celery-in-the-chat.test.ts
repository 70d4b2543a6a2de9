/** What the exporter knows of Celery, through its `/api/v1/celery` and the bridge's screen. */
import { afterEach, expect, it } from 'vitest';
import { readCelery, type CeleryFacts } from '../../alert-bridge/bot/exporter-celery.ts';
import { celeryScreen } from '../../alert-bridge/bot/screens/celery.ts';
import { createScreen } from '../../alert-bridge/bot/screens/screen.ts';
import { initialState } from '../../exporter/model/snapshot.ts';
import { serveScene, type ServedScene } from '../support/pages/server.ts';
import { component, NOW, ran, REFUSED, scenes, type Scene } from '../support/pages/scenes.ts';

let served: ServedScene | undefined;
afterEach(() => served?.close());

async function read(scene: Scene): Promise<CeleryFacts> {
  served = await serveScene(scene);
  return readCelery(served.url, AbortSignal.timeout(10_000));
}
const said = (facts: CeleryFacts): string =>
  celeryScreen(
    facts,
    createScreen({ locale: 'ru', timezone: 'Europe/Moscow', now: NOW, links: {}, redact: (text) => text }),
  ).plain;

it('tells of workers, failed tasks and beat', async () => {
  expect(
    said(await read(scenes.healthy()))
      .replaceAll('\u00a0', ' ')
      .split('\n'),
  ).toEqual([
    'Celery',
    '🟢 Воркеров работает: 2',
    'В очередях: 1 237 · не подтверждено: 9 · ждут времени (ETA): 2',
    'Повторная выдача не раньше 14:50: reports.build_monthly_report',
    '',
    'Ошибки задач',
    expect.stringMatching(
      /^🔴 expenses\.tasks\.process_affiliate_commissions — NameError, ошибок 2 из 3, 02:02$/,
    ),
    '',
    'Расписание (beat)',
    '🔴 Последняя задача отправлена в 13:49',
    '• send-weekly-report — не отправлена, ждём с 13:22',
  ]);
});

it('says of what is not known that it is not', async () => {
  const query = (name: string) => initialState({ name, kind: 'query', intervalMs: 30_000 });
  const collectors = [
    ran(component('celery_workers'), { failure: REFUSED }),
    ran(query('celery_results'), { failure: REFUSED }),
    ran(query('celery_beat'), { seenMs: 3_600_000 }),
  ];
  const facts = await read({ ...scenes.starting(), snapshot: { collectors } });
  expect(facts).toMatchObject({ workers: null, unacked: null, results: null, beat: null });
  expect(said(facts).match(/нет данных/g)).toHaveLength(3);
});

it('has nothing to tell before the first look', async () => {
  expect(await read(scenes.starting())).toMatchObject({ workers: null, results: null, beat: null });
});

it('repeats hostile names as they are, and as text', async () => {
  expect(said(await read(scenes.hostile()))).toContain('<img src=x');
});
