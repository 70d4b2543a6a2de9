/** The daily report from the application's tables to the chat: PostgreSQL, the built exporter, the built bridge. */
import { DateTime } from 'luxon';
import { expect, it } from 'vitest';
import { CHAT_ID } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { recountDay } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { freePort } from '../support/servers/ports.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { startService } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';

/** A zone in which it is about noon: no hour of the test is on another day. */
const offset = 12 - DateTime.utc().hour;
const zone = offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
const local = DateTime.now().setZone(zone);
const day = local.minus({ days: 1 });

let postgres: PostgresServer;
const prepare = async (at: Installation): Promise<void> => {
  postgres = at.closeAtTheEnd(await startPostgres());
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, now: local.toJSDate(), users: 200, days: 40 });
  });
};
const world = useInstallation(prepare, { shared: true });

const grouped = new Intl.NumberFormat('en-US');
const roubles = (amount: number | undefined): string => `${grouped.format(Math.round(amount ?? 0))}₽`;
const percent = (ratio: number): string => `${Math.round(ratio * 1000) / 10}%`;

/** What the chat must read, from a plain recount. */
async function expected(): Promise<string> {
  const date = day.toFormat('yyyy-MM-dd');
  return withClient(postgres.url, async (client) => {
    const count = async (sql: string): Promise<number> =>
      Number((await client.query<{ n: string }>(sql, [day.endOf('day').toJSDate()])).rows[0]?.n);
    const users = await count('SELECT count(*) AS n FROM users_profile WHERE created_at <= $1');
    const active = await count(
      `SELECT count(*) AS n FROM subscriptions
       WHERE created_at <= $1 AND end_date > $1 AND (is_active OR end_date <= now())`,
    );
    const figures = await recountDay(client, { day: date, timezone: zone });
    const ai = Object.values(figures.ai);
    const requests = ai.reduce((sum, one) => sum + one.requests, 0);
    const failed = ai.reduce((sum, one) => sum + one.failed, 0);
    const inRoubles = (table: string) =>
      count(`SELECT count(*) AS n FROM ${table}
        WHERE currency = 'RUB' AND created_at <= $1 AND created_at > $1::timestamptz - interval '24 hours'`);
    const people = (which: string) =>
      count(`SELECT count(*) AS n FROM (SELECT profile_id FROM subscriptions
        WHERE created_at <= $1 AND end_date > $1 AND (is_active OR end_date <= now())
        GROUP BY profile_id HAVING ${which}) AS people`);
    const retention = figures.retention7dRatio;
    return [
      `📊 [Coins] Ежедневный отчет за ${day.toFormat('dd.MM.yyyy')}`,
      '👥 Пользователи:',
      `  • Всего: ${grouped.format(users)}`,
      `  • Активных вчера: ${grouped.format(figures.activeUsers)}`,
      `  • Новых вчера: ${grouped.format(figures.newUsers)}`,
      `  • Retention 7d: ${retention === null ? 'нет данных' : percent(retention)}`,
      '💰 Финансы:',
      `  • Расходы: ${grouped.format(await inRoubles('expenses_expense'))} записей на ${roubles(figures.expensesAmount['RUB'])}`,
      `  • Доходы: ${grouped.format(await inRoubles('incomes_income'))} записей на ${roubles(figures.incomesAmount['RUB'])}`,
      `  • Подписки: ${grouped.format(active)} активных`,
      `      платят: ${grouped.format(await people(`bool_or(payment_method = 'stars' AND amount > 0)`))}, на пробном периоде: ${grouped.format(await people(`bool_and(payment_method = 'trial')`))}`,
      '🤖 AI сервисы:',
      `  • Запросов: ${grouped.format(requests)}`,
      `  • Успешность: ${requests === 0 ? 'нет данных' : percent(1 - failed / requests)}`,
      `  • Токенов: ${grouped.format(ai.reduce((sum, one) => sum + (one.tokens ?? 0), 0))}`,
      `  • Стоимость: $${ai.reduce((sum, one) => sum + (one.costUsd ?? 0), 0).toFixed(2)}`,
      '📂 Топ категорий:',
      ...(figures.topCategories['RUB'] ?? [])
        .slice(0, 3)
        .map(
          ({ name, amount, count: n }) => `  • ${name}: ${roubles(amount)} (${grouped.format(n)} записей)`,
        ),
      '⚠️ Ошибок за день: нет данных',
    ].join('\n');
  });
}

/** Without other currencies, the time of forming, empty lines and plural forms: those have tests of their own. */
const comparable = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('      + ') && !line.startsWith('🕐'))
    .join('\n')
    .replaceAll(/ запис[ьи](?=[ )])/g, ' записей')
    .replaceAll(/ активн(?:ая|ые)(?=\n|$)/g, ' активных');

it('what the chat reads of yesterday is what a plain recount of the tables says', async () => {
  const exporter = world.closeAtTheEnd(
    await startService('exporter', { DATABASE_URL: postgres.url, TIMEZONE: zone }),
  );
  const folder = world.makeFolder();
  const at = (minutes: number): string => local.plus({ minutes }).toFormat('HH:mm');
  const report = (minutes: number): string =>
    `tell_start_and_stop: false\nreport: { at: "${at(minutes)}", give_up_at: "23:59" }\n`;
  const env = { EXPORTER_URL: exporter.url, TIMEZONE: zone };
  const port = await freePort();
  // A report that is due for the first time is waited for; from then on one that was missed is made up for.
  const first = await world.startBridge(env, { port, folder, config: report(60) });
  await first.close();
  const bridge = await world.startBridge(env, { port, folder, config: report(-60) });
  const [message] = await until(
    () => world.telegram.messages(CHAT_ID).filter(({ text }) => text.startsWith('📊')),
    (all) => all.length > 0,
    { timeoutMs: 200_000, what: 'the daily report' },
  );
  expect(comparable(message?.text ?? '')).toBe(await expected());
  const metrics = await (await fetch(`${bridge.url}/metrics`)).text();
  expect(metrics).toMatch(
    /^alert_bridge_job_last_success_timestamp_seconds\{job_name="daily_report"\} \d{10}\.?\d*$/m,
  );
  expect(metrics).toContain('alert_bridge_job_runs_failed_total{job_name="daily_report"} 0\n');
});
