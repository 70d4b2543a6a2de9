import { phrasesOf } from '../render/context.ts';
import { duration } from '../render/times.ts';
import type { Diagnosis } from './diagnose.ts';

/** The same annotations that a rule has: Russian, and English with the suffix `_en`. */
export type Annotations = Readonly<Record<string, string>>;

const RESULT = 'Пока это так, о сбоях из Prometheus никто не узнает.';
const RESULT_EN = 'Until it is mended, nobody hears of outages that Prometheus sees.';

const CAUSES: Readonly<Record<Diagnosis, { readonly ru: string; readonly en: string }>> = {
  prometheus_down: {
    ru: 'Prometheus не отвечает. Сначала: `docker compose ps prometheus`; `docker compose logs --tail 50 prometheus`.',
    en: 'Prometheus does not answer. First: `docker compose ps prometheus`; `docker compose logs --tail 50 prometheus`.',
  },
  rule_not_firing: {
    ru: 'Prometheus работает, но правило Watchdog в нём не горит: правила не загружены или не вычисляются. Сначала: `docker compose logs --tail 50 prometheus`.',
    en: 'Prometheus runs, but the rule Watchdog does not fire there: the rules are not loaded or not evaluated. First: `docker compose logs --tail 50 prometheus`.',
  },
  alertmanager_down: {
    ru: 'Alertmanager не отвечает. Сначала: `docker compose ps alertmanager`; `docker compose logs --tail 50 alertmanager`.',
    en: 'Alertmanager does not answer. First: `docker compose ps alertmanager`; `docker compose logs --tail 50 alertmanager`.',
  },
  alertmanager_not_told: {
    ru: 'Prometheus не передаёт сигналы в Alertmanager. Сначала: `docker compose logs --tail 50 prometheus`.',
    en: 'Prometheus does not pass alerts on to Alertmanager. First: `docker compose logs --tail 50 prometheus`.',
  },
  muted: {
    ru: 'Watchdog заглушён в Alertmanager. Уберите заглушку, которая его задевает: `amtool silence query`.',
    en: 'The Watchdog is silenced in Alertmanager. Remove the silence that matches it: `amtool silence query`.',
  },
  webhook_failing: {
    ru: 'Alertmanager не может передать сигнал сюда: не тот адрес или токен, или нет сети между ними. Сначала: `docker compose logs --tail 50 alertmanager`.',
    en: 'Alertmanager cannot hand the alert over to this bridge: wrong address or token, or no network between them. First: `docker compose logs --tail 50 alertmanager`.',
  },
};

export function watchdogAnnotations(diagnosis: Diagnosis): Annotations {
  const { ru, en } = CAUSES[diagnosis];
  return {
    summary: 'Цепочка оповещений молчит',
    description: `${ru} ${RESULT}`,
    summary_en: 'The alert chain is silent',
    description_en: `${en} ${RESULT_EN}`,
    runbook: 'Watchdog',
  };
}

/** A check-in that did not come. The name is the operator's own. */
export function checkInAnnotations(name: string, periodMs: number, graceMs: number): Annotations {
  const [ru, en] = [phrasesOf('ru'), phrasesOf('en')];
  return {
    summary: `Нет отметки: ${name}`,
    description: `Отметка ожидается раз в ${duration(periodMs, ru)}, опоздание до ${duration(graceMs, ru)}. Сначала проверьте, работает ли то, что должно отмечаться.`,
    summary_en: `No check-in: ${name}`,
    description_en: `It is expected once in ${duration(periodMs, en)} and may be ${duration(graceMs, en)} late. First see whether what should report is running.`,
  };
}
