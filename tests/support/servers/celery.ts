/** A real Celery worker, set up the way the application's is: https://docs.celeryq.dev/en/stable/userguide/workers.html. */
import { execFile } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { claimFolder, makeTemporaryFolder, removeTemporaryFolder } from './folders.ts';
import { startServer, type Server } from './process.ts';

/** The interpreter that Debian's packages belong to; another python may come first on PATH. */
const PYTHON = '/usr/bin/python3';

const APP = `import json
import os
import threading
import time

from celery import Celery
from celery.signals import beat_init, worker_ready
from kombu import Exchange, Queue

results = json.loads(os.environ["RESULTS"])
app = Celery("watched", broker=os.environ["CELERY_BROKER_URL"], backend=results.get("backend"))
app.conf.result_extended = results.get("isExtended", False)
app.conf.broker_transport_options = json.loads(os.environ["TRANSPORT_OPTIONS"])
exchange = Exchange("default", type="topic")
names = os.environ["QUEUES"].split(",")
app.conf.update(
    task_queues=[Queue(name, exchange, routing_key=name) for name in names],
    task_default_queue=names[0],
    task_default_exchange="default",
    task_default_exchange_type="topic",
    task_default_routing_key=names[0],
    task_acks_late=True,
    worker_hijack_root_logger=False,
)


@app.task(name="watched.noop")
def noop(*args):
    return None


@app.task(name="watched.sleep")
def sleep(seconds, *args):
    time.sleep(seconds)


@app.task(name="watched.fail")
def fail(*args):
    raise ValueError("private-message-of-an-exception")


@worker_ready.connect
def tell(sender, **kwargs):
    # It subscribes to broadcasts only after this signal: it is ready when it answers one.
    def ask():
        while not app.control.ping(destination=[sender.hostname], timeout=0.2, limit=1):
            pass
        mark_ready()

    threading.Thread(target=ask, daemon=True).start()


@beat_init.connect
def mark_ready(**kwargs):
    with open("ready", "w"):
        pass
`;

/** The module of the program above; one of a caller's own takes its `app` from it, with queues and settings. */
const MODULE = 'watched';

export interface CeleryProgram {
  /** `redis://…`; nothing is left in it but what Celery itself leaves. */
  readonly brokerUrl: string;
  /** Default: `default` alone. The first is where tasks go that name none. */
  readonly queues?: readonly string[];
  /** Python file that takes `app` from the module `watched` and adds tasks of its own; default: that module alone. */
  readonly program?: string;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where results are kept, and whether with names and arguments; default: nowhere. */
  readonly results?: { readonly backend: string; readonly isExtended?: boolean };
  /** `broker_transport_options`; default: none. */
  readonly transportOptions?: TransportOptions;
}

export type TransportOptions = Readonly<Record<string, unknown>>;

export interface CeleryWorkerOptions extends CeleryProgram {
  /** Name of the node; default `celery@test`. */
  readonly name?: string;
  /** Processes for tasks, so that it replies while it works; default: none, it works itself. */
  readonly processes?: number;
}

/** It listens to nothing: its port is 0 and its url the broker's. Ready once it takes tasks and broadcasts. */
export async function startCeleryWorker(options: CeleryWorkerOptions): Promise<Server> {
  const { name = 'celery@test', processes } = options;
  return startCelery(`Celery worker ${name}`, options, [
    ...['worker', '-n', name],
    ...(processes === undefined ? ['--pool', 'solo'] : ['--concurrency', String(processes)]),
    // What workers tell each other takes a second at the start and says nothing here.
    ...['--without-gossip', '--without-mingle', '--without-heartbeat'],
  ]);
}

/** Publishes what the `beat_schedule` of its program says: https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html. */
export async function startCeleryBeat(options: CeleryProgram): Promise<Server> {
  return startCelery('Celery beat', options, ['beat', '--schedule', 'schedule', '--pidfile', '']);
}

async function startCelery(name: string, options: CeleryProgram, args: readonly string[]): Promise<Server> {
  const { brokerUrl, queues = ['default'], program, transportOptions, results } = options;
  const folder = options.folder ?? makeTemporaryFolder();
  if (options.folder !== undefined) claimFolder(options.folder);
  writeFileSync(join(folder, `${MODULE}.py`), APP);
  if (program !== undefined) copyFileSync(program, join(folder, basename(program)));
  return startServer({
    name,
    command: PYTHON,
    args: ['-m', 'celery', '-A', program === undefined ? MODULE : basename(program, '.py'), ...args],
    env: { ...environment(brokerUrl, queues, transportOptions, results), ...options.env },
    host: '127.0.0.1',
    port: 0,
    url: brokerUrl,
    folder,
    keepFolder: options.folder !== undefined,
    // Taken away when it is seen, so that a restart waits for its own.
    probe: () => rm(join(folder, 'ready')),
  });
}

export interface PublishedTask {
  readonly queue: string;
  readonly priority?: number;
  /** Seconds after which it may run. */
  readonly countdown?: number;
  /** Default: one that does nothing. */
  readonly sleepSeconds?: number;
  /** It raises an exception whose message is private. */
  readonly fails?: boolean;
}

/** An argument of every task that is published here: it is never to be seen anywhere. */
export const PRIVATE_ARGUMENT = 'private-argument-of-a-task';
/** Nor is this. */
export const PRIVATE_MESSAGE = 'private-message-of-an-exception';

/** Publishes tasks as the application does, by Celery itself. */
export async function publishTasks(
  brokerUrl: string,
  tasks: readonly PublishedTask[],
  transportOptions?: TransportOptions,
): Promise<void> {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, `${MODULE}.py`), APP);
  const program = [
    'import json, sys, watched',
    'for task in json.loads(sys.argv[1]):',
    '    seconds = task.pop("sleepSeconds", None)',
    '    name, args = (watched.noop, []) if seconds is None else (watched.sleep, [seconds])',
    '    name = watched.fail if task.pop("fails", False) else name',
    `    name.apply_async(args=[*args, "${PRIVATE_ARGUMENT}"], **task)`,
  ].join('\n');
  const queues = [...new Set(tasks.map(({ queue }) => queue))];
  try {
    await promisify(execFile)(PYTHON, ['-c', program, JSON.stringify(tasks)], {
      cwd: folder,
      env: { PATH: '/usr/bin', PYTHONPATH: folder, ...environment(brokerUrl, queues, transportOptions) },
    });
  } finally {
    removeTemporaryFolder(folder);
  }
}

const environment = (
  brokerUrl: string,
  queues: readonly string[],
  transportOptions: TransportOptions = {},
  results: CeleryProgram['results'] | Record<string, never> = {},
): Record<string, string> => ({
  RESULTS: JSON.stringify(results),
  TRANSPORT_OPTIONS: JSON.stringify(transportOptions),
  CELERY_BROKER_URL: brokerUrl,
  QUEUES: queues.join(','),
  PYTHONDONTWRITEBYTECODE: '1',
});
