/** `/celery`: workers, which tasks failed, what beat was to send. Pure. */
import { MESSAGE_UNITS } from '../../render/context.ts';
import { bold, line, lines, markedTextWithin, paragraphs, type Fragment } from '../../render/html.ts';
import type { CeleryFacts } from '../exporter-celery.ts';
import type { Screen } from './screen.ts';

const NAME_UNITS = 100;
/** The rest is on the page of the exporter. */
const MAX_ROWS = 7;

/** @param facts undefined: the exporter did not answer */
export function celeryScreen(facts: CeleryFacts | undefined, screen: Screen): Fragment {
  const { bot, commands } = screen;
  if (facts === undefined) return line('⚠️ ', markedTextWithin(commands(bot.exporterSilent), MESSAGE_UNITS));
  return paragraphs(workers(facts, screen), failures(facts.results, screen), beat(facts.beat, screen));
}

function workers(facts: CeleryFacts, { bot: { celery }, phrases, times, words }: Screen): Fragment {
  const { workers: found, queued, unacked, scheduled, redelivery_at: at, redelivery_task: task } = facts;
  const shown = (figure: number | null): string => (figure === null ? '—' : phrases.number(figure));
  return lines(
    bold(celery.title),
    found === null
      ? `⚪ ${celery.unknown}`
      : `${found.hung > 0 || found.replying + found.busy === 0 ? '🔴' : '🟢'} ${celery.workers(found.replying + found.busy, found.hung)}`,
    unacked === null ? undefined : celery.messages(shown(queued), shown(unacked), shown(scheduled)),
    at === null
      ? undefined
      : line(
          celery.redelivery(times.show(Date.parse(at))),
          ...(task === null ? [] : [': ', words(task, NAME_UNITS)]),
        ),
  );
}

function failures(results: CeleryFacts['results'], { bot, phrases, times, words }: Screen): Fragment {
  const { celery } = bot;
  const rows = results?.failures ?? [];
  return lines(
    bold(celery.failures),
    results === null ? `⚪ ${celery.unknown}` : undefined,
    results !== null && rows.length === 0
      ? `🟢 ${celery.noFailures(phrases.number(results.finished))}`
      : undefined,
    ...rows
      .slice(0, MAX_ROWS)
      .map(({ task, exception, at, failed, finished }) =>
        line(
          '🔴 ',
          words(task, NAME_UNITS),
          ' — ',
          words(exception, NAME_UNITS),
          `, ${celery.failed(phrases.number(failed), phrases.number(finished))}`,
          at === null ? '' : `, ${times.show(Date.parse(at))}`,
        ),
      ),
    rows.length > MAX_ROWS ? bot.andMore(rows.length - MAX_ROWS) : undefined,
    rows.some(({ task }) => task === 'unknown') ? celery.nameless : undefined,
  );
}

function beat(known: CeleryFacts['beat'], { bot, times, words }: Screen): Fragment {
  const { celery } = bot;
  if (known === null) return lines(bold(celery.beat), `⚪ ${celery.noBeat}`);
  const { late, last_run_at: lastRunAt } = known;
  return lines(
    bold(celery.beat),
    `${late.length === 0 ? '🟢' : '🔴'} ${lastRunAt === null ? celery.neverRan : celery.lastRun(times.show(Date.parse(lastRunAt)))}`,
    ...late
      .slice(0, MAX_ROWS)
      .map(({ name, due_at: at }) =>
        line(
          '• ',
          words(name, NAME_UNITS),
          at === null ? '' : ` — ${celery.due(times.show(Date.parse(at)))}`,
        ),
      ),
    late.length > MAX_ROWS ? bot.andMore(late.length - MAX_ROWS) : undefined,
  );
}
