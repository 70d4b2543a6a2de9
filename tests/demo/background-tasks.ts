/** The application's background tasks: a worker of Celery and the beat that publishes for it. */
import { join } from 'node:path';
import { withClient } from '../support/servers/postgres.ts';
import { startCeleryBeat, startCeleryWorker } from '../support/servers/celery.ts';
import type { Server } from '../support/servers/process.ts';

export interface BackgroundTasks {
  readonly worker: Server;
  readonly beat: Server;
}

/** As the application declares them. */
const QUEUES = ['default', 'reports', 'recurring', 'maintenance', 'notifications', 'monitoring', 'analytics'];
const PROGRAM = join(import.meta.dirname, 'expense_bot.py');

/** The tasks of the program, and how often beat sends them. */
const SCHEDULE: Readonly<Record<string, number>> = {
  'expenses.tasks.process_recurring_payments': 4,
  'reports.tasks.send_daily_reports': 40,
  'analytics.tasks.update_user_analytics': 3,
  'maintenance.tasks.clean_old_receipts': 10,
  'expenses.tasks.process_affiliate_commissions': 5,
  'notifications.tasks.remind_of_budget': 10,
};
const NOTE_EVERY_MS = 2_000;

/** What beat notes of its last runs where it keeps its schedule in the application's database (django_celery_beat). */
export interface Schedule {
  /** While beat is frozen it notes nothing. */
  pause(isPaused: boolean): void;
  close(): Promise<void>;
}

export async function startSchedule(databaseUrl: string): Promise<Schedule> {
  const query = (text: string): Promise<unknown> => withClient(databaseUrl, (client) => client.query(text));
  const entries = Object.entries(SCHEDULE);
  await query(`
    TRUNCATE django_celery_beat_periodictask, django_celery_beat_intervalschedule RESTART IDENTITY;
    INSERT INTO django_celery_beat_intervalschedule (every, period)
      VALUES ${entries.map(([, seconds]) => `(${seconds}, 'seconds')`).join(', ')};
    INSERT INTO django_celery_beat_periodictask (name, task, interval_id)
      VALUES ${entries.map(([task], index) => `('${task.split('.').at(-1)}', '${task}', ${index + 1})`).join(', ')}`);
  let isPaused = false;
  let noting: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (isPaused) return;
    // The database may be frozen: one statement at a time, and what fails is noted by the next.
    noting = noting.then(() =>
      query(`
        UPDATE django_celery_beat_periodictask AS entry
        SET last_run_at = now(), total_run_count = total_run_count + 1, date_changed = now()
        FROM django_celery_beat_intervalschedule AS span
        WHERE span.id = entry.interval_id AND entry.enabled
          AND coalesce(last_run_at, '-infinity') < now() - span.every * interval '1 second'`).catch(
        () => undefined,
      ),
    );
  }, NOTE_EVERY_MS);
  return {
    pause: (wanted) => void (isPaused = wanted),
    close: async () => {
      clearInterval(timer);
      await noting;
    },
  };
}

export async function startBackgroundTasks(
  brokerUrl: string,
  folders: { readonly worker: string; readonly beat: string },
): Promise<BackgroundTasks> {
  const results = { backend: brokerUrl, isExtended: true };
  const common = { brokerUrl, queues: QUEUES, program: PROGRAM, results };
  const [worker, beat] = await Promise.all([
    startCeleryWorker({ ...common, folder: folders.worker, name: 'celery@expense_bot', processes: 1 }),
    startCeleryBeat({ ...common, folder: folders.beat }),
  ]);
  return { worker, beat };
}
