/** What the exporter knows, through its `/health` and the bridge's screens. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '../../common/reasons/reason.ts';
import { readHealth, type Health } from '../../alert-bridge/bot/exporter-health.ts';
import { createScreen, type Screen } from '../../alert-bridge/bot/screens/screen.ts';
import { healthScreen, statusScreen } from '../../alert-bridge/bot/screens/status.ts';
import { healthAt } from '../../exporter/model/health.ts';
import { component, NOW, ran, scenes } from '../support/pages/scenes.ts';
import { EVERY_REASON, FOREIGN, withoutQuotations } from '../support/documents/reasons.ts';
import { unwelcomeInRussian } from '../support/documents/russian.ts';

let answer: object = {};
const server = createServer((_incoming, response) => void response.end(JSON.stringify(answer)));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

function read(health: object): Promise<Health> {
  answer = health;
  const { port } = server.address() as AddressInfo;
  return readHealth(`http://127.0.0.1:${port}`, new AbortController().signal);
}

const names = scenes
  .healthy()
  .snapshot.collectors.flatMap(({ kind, name }) => (kind === 'component' ? [name] : []));
/** Half of them down for that reason, half of them switched off. */
const healthWith = (failure: Reason): object =>
  healthAt(
    {
      collectors: names.map((name, index) =>
        index % 2 === 0 ? ran(component(name), { failure, sinceMs: 300_000 }) : component(name, failure),
      ),
    },
    NOW,
  );

const screenIn = (locale: 'ru' | 'en', redact = (text: string): string => text): Screen =>
  createScreen({ locale, timezone: 'Europe/Moscow', now: NOW, links: {}, redact });
const firing = { source: 'alertmanager', alerts: [] } as const;
const textsOf = (health: Health, screen: Screen): readonly string[] => [
  healthScreen(health, screen).plain,
  statusScreen({ health, firing, silences: [], pending: 0 }, screen).plain,
];

describe('/status and /health of the bridge', () => {
  it.each(EVERY_REASON.map((reason) => [reason.code, reason] as const))(
    'tell in Russian that everything fails because of %s',
    async (_code, failure) => {
      const health = await read(healthWith(failure));
      for (const text of textsOf(health, screenIn('ru')))
        expect(unwelcomeInRussian(withoutQuotations(text))).toEqual([]);
    },
  );

  it('say why in the language of the reader', async () => {
    const health = await read(healthWith({ code: 'telegram_says', status: 400, words: FOREIGN }));
    expect(textsOf(health, screenIn('ru'))[1]).toContain(
      `🔴 База данных — 5 мин: Telegram ответил 400: "${FOREIGN}"`,
    );
    expect(textsOf(health, screenIn('en'))[1]).toContain(
      `🔴 Database — 5 min: Telegram answers 400: ${FOREIGN}`,
    );
  });

  it('repeat the English sentence of an exporter that sends no reason, or one that is not known here', async () => {
    const error = 'the moon is full';
    const redis = { status: 'unhealthy', since: null, error };
    const metrics = {};
    for (const reasons of [undefined, [{ code: 'moon_phase' }], 'moon']) {
      const health = await read({
        status: 'unhealthy',
        components: { redis: { ...redis, reasons } },
        metrics,
      });
      expect(textsOf(health, screenIn('ru'))[0]).toContain(`🔴 Redis — ${error}`);
    }
  });

  it('take secrets out of what the exporter tells', async () => {
    const health = await read(healthWith({ code: 'connection_refused', target: 'token-123:80' }));
    const screen = screenIn('ru', (text) => text.replaceAll('token-123', '[secret]'));
    for (const text of textsOf(health, screen)) {
      expect(text).toContain('соединение отклонено ([secret]:80)');
      expect(text).not.toContain('token-123');
    }
  });

  it('name the ten worst and count the others', async () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      ran(component(`http:site-${index}`), {
        failure: { code: 'http_status', target: 'x'.repeat(300), status: 500, expected: '200–299' },
      }),
    );
    const health = await read(healthAt({ collectors: many }, NOW));
    const [all = '', summary = ''] = textsOf(health, screenIn('ru'));
    expect(summary.match(/🔴/g)).toHaveLength(10);
    expect(summary).toContain('и ещё 290 · /health');
    expect(Math.max(all.length, summary.length)).toBeLessThanOrEqual(4_096);
  });
});
