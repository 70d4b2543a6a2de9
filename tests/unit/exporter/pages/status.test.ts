import { describe, expect, it } from 'vitest';
import { createRecentHistory } from '../../../../exporter/history/recent.ts';
import { en } from '../../../../exporter/pages/locale/en.ts';
import { ru } from '../../../../exporter/pages/locale/ru.ts';
import { statusModel, type Overall, type StatusModel } from '../../../../exporter/pages/model.ts';
import { statusPage } from '../../../../exporter/pages/status-page.ts';
import { createWording } from '../../../../exporter/pages/wording.ts';
import { component, HOSTILE, NOW, ran, REFUSED, scenes, type Scene } from '../../../support/pages/scenes.ts';
import { seen } from '../../../support/pages/seen.ts';

const modelOf = ({ snapshot, history, isPolling }: Scene): StatusModel =>
  statusModel(snapshot, history, { now: NOW, isPolling });

const textOf = (scene: Scene, phrases = ru, grafanaUrl?: string): string =>
  statusPage(modelOf(scene), createWording(phrases, NOW, 'Europe/Moscow'), { grafanaUrl }).toString();

describe('the whole', () => {
  it.each<[keyof typeof scenes, Overall]>([
    ['healthy', 'healthy'],
    ['degraded', 'unhealthy'],
    ['starting', 'checking'],
    ['nothing', 'nothing'],
    ['frozen', 'stopped'],
  ])('%s is %s', (name, overall) => {
    expect(modelOf(scenes[name]()).overall).toBe(overall);
  });

  it.each<[string, Parameters<typeof ran>[1] | undefined, Overall]>([
    ['one that is not vital down', { failure: REFUSED }, 'degraded'],
    ['one that is silent', { seenMs: 600_000 }, 'degraded'],
    ['one not heard of yet', undefined, 'checking'],
  ])('with %s is %s', (_what, told, overall) => {
    const cpu = told === undefined ? component('cpu') : ran(component('cpu'), told);
    const snapshot = { collectors: [ran(component('database')), ran(component('redis')), cpu] };
    expect(modelOf({ ...scenes.healthy(), snapshot }).overall).toBe(overall);
  });

  it('is stopped when the poller is', () => {
    expect(modelOf({ ...scenes.healthy(), isPolling: false }).overall).toBe('stopped');
  });
});

describe('the page', () => {
  it('says in words what is wrong and since when, in the language asked for', () => {
    const russian = seen(textOf(scenes.degraded()));
    expect(russian).toContain(
      'Не работает Redis не отвечает уже 5 минут Воркеры Celery не отвечают уже 4 минуты',
    );
    expect(russian).toContain('Проверка «Google AI» не завершается уже 20 минут');
    expect(russian).toContain('не работает с 13:57');
    expect(russian).toContain('соединение отклонено (127.0.0.1:6379)');
    const english = seen(textOf(scenes.degraded(), en));
    expect(english).toContain('Not working Redis has not answered for 5 minutes');
    expect(english).toContain('not working since 13:57');
    expect(english).toContain('nothing listens at 127.0.0.1:6379 (connection refused)');
  });

  it('says of a server that is short of something what it is short of, and not that it does not work', () => {
    const failing = (name: string) => ran(component(name), { failure: REFUSED, sinceMs: 60_000 });
    const collectors = ['disk_space', 'memory', 'cpu'].map(failing);
    const scene = { ...scenes.healthy(), snapshot: { collectors } };
    const russian = seen(textOf(scene));
    for (const word of ['мало места с', 'мало свободной с', 'перегружен с']) expect(russian).toContain(word);
    expect(russian).not.toContain('не работает');
    expect(seen(textOf(scene, en))).toContain('overloaded since');
  });

  it('shows figures, a dash for what is unknown, and what is measured beside the response time', () => {
    const text = seen(textOf(scenes.healthy()));
    for (const words of [
      'активных за сутки 234',
      'пользователей всего 1 234',
      'подписок активно 45',
      'свободно 14 ГБ',
      '63 %',
      '2 воркера · 8 мс',
      'TLS 63 дня · 212 мс',
      'ждут 3 · 161 мс',
    ])
      expect(text).toContain(words);
    expect(text).toContain('запросов в минуту 45');
    expect(text).toContain('запросов с ошибкой 0,2 %');
    expect(seen(textOf(scenes.starting()))).toContain('запросов в минуту — неизвестно');
    expect(seen(textOf(scenes.starting()))).not.toMatch(/за сутки 0|всего 0/);
  });

  it('tells the day of each component in words, and each outage by its time', () => {
    const text = textOf(scenes.healthy()).replaceAll('\u00a0', ' ');
    expect(text).toContain('aria-label="98,75 % за 24 часа, простой 18 мин"');
    expect(text).toContain('<title>07:02–07:32: простой</title>');
    const frozen = modelOf(scenes.frozen()).groups[0]?.rows[0]?.strip.cells.slice(-3);
    expect(frozen).toEqual(['up', 'unknown', 'unknown']);
  });

  it('tells one failure that has not made it down', () => {
    const before = ran(component('redis'));
    const blink = {
      ...before,
      lastRun: { ok: false, startedAt: NOW, observedAt: NOW, durationMs: 1, reasons: [REFUSED] },
    };
    const text = seen(textOf({ ...scenes.healthy(), snapshot: { collectors: [blink] } }));
    expect(text).toContain('работает с 14 нояб., 14:02');
    expect(text).toContain('Последняя проверка не прошла: соединение отклонено (127.0.0.1:6379)');
  });

  it('says why something is not watched, and links to Grafana where it is', () => {
    expect(seen(textOf(scenes.healthy()))).toContain(
      'Проверки выключены: 2 DeepSeek не задано: DEEPSEEK_API_KEY',
    );
    expect(textOf(scenes.healthy(), ru, 'https://g.example/x?a="b')).toContain(
      'href="https://g.example/x?a=&quot;b"',
    );
    expect(textOf(scenes.healthy())).not.toContain('Grafana');
  });

  it('counts troubles beyond four', () => {
    const collectors = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
      ran(component(name), { failure: REFUSED, sinceMs: 60_000 }),
    );
    const scene = { ...scenes.healthy(), snapshot: { collectors }, history: createRecentHistory() };
    expect(seen(textOf(scene))).toContain('D не отвечает уже 1 минуту и ещё 2');
  });

  it('never takes text for markup', () => {
    const text = textOf(scenes.hostile());
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toMatch(/<script|<img/);
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
  });
});
