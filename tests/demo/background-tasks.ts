/** The application's background tasks: a worker of Celery and the beat that publishes for it. */
import { join } from 'node:path';
import { startCeleryBeat, startCeleryWorker } from '../support/servers/celery.ts';
import type { Server } from '../support/servers/process.ts';

export interface BackgroundTasks {
  readonly worker: Server;
  readonly beat: Server;
}

/** As the application declares them. */
const QUEUES = ['default', 'reports', 'recurring', 'maintenance', 'notifications', 'monitoring', 'analytics'];
const PROGRAM = join(import.meta.dirname, 'expense_bot.py');

export async function startBackgroundTasks(
  brokerUrl: string,
  folders: { readonly worker: string; readonly beat: string },
): Promise<BackgroundTasks> {
  const common = { brokerUrl, queues: QUEUES, program: PROGRAM };
  const [worker, beat] = await Promise.all([
    startCeleryWorker({ ...common, folder: folders.worker, name: 'celery@expense_bot', processes: 1 }),
    startCeleryBeat({ ...common, folder: folders.beat }),
  ]);
  return { worker, beat };
}
